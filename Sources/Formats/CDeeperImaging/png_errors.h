#pragma once
#include "CImaging.h"

#include <png.h>
#include <string.h>

// The error pointer of every png_struct is the caller's message buffer.
static inline void keep_message_and_jump(png_structp png, png_const_charp text) {
    char *message = png_get_error_ptr(png);
    strncpy(message, text, DEEPER_MESSAGE_BYTES - 1);
    message[DEEPER_MESSAGE_BYTES - 1] = 0;
    png_longjmp(png, 1);
}

static inline void ignore_warning(png_structp png, png_const_charp text) {
    (void)png;
    (void)text;
}
