#pragma once
#include "CImaging.h"

#include <tiffio.h>

// A TIFF file in memory, opened by libtiff, which reports errors only to this reader.
typedef struct {
    deeper_picture_reader base;
    TIFF *tiff;
    const uint8_t *bytes;
    size_t byte_count, position;
    char message[DEEPER_MESSAGE_BYTES];
    // A JPEG stream inside the file ended early; libtiff fills in grey and only warns.
    bool ends_early;

    uint16_t compression, photometric, samples, bits;
    bool is_planar, is_alpha_associated;
    // 256 colours at most, 16 bits per sample.
    const uint16_t *palette[3];
} tiff_file;

// 1 on success, otherwise 0 with a message in `file`.
int deeper_tiff_open_memory(tiff_file *file);
