#pragma once
// libpng reports errors with longjmp, which must never cross a Swift frame. These functions keep setjmp, longjmp and
// every libpng call inside C; to Swift a failure is a return value and a message.

#include <stddef.h>
#include <stdint.h>

/// The size of a message buffer in bytes, including the terminating zero.
#define DEEPER_MESSAGE_BYTES 160

/// A PNG file being read. Not for use from two threads at once.
typedef struct deeper_png_reader deeper_png_reader;

/// Reads everything before the first IDAT chunk.
///
/// `bytes` must stay valid until the reader is closed. Pictures wider or higher than 1,000,000 are refused, so that
/// a row never takes more than 8 MB.
///
/// Returns NULL on failure, with a message.
deeper_png_reader *_Nullable deeper_png_open(
    const uint8_t *_Nonnull bytes, size_t byteCount, char message[_Nonnull DEEPER_MESSAGE_BYTES]);

/// Pixels across.
uint32_t deeper_png_width(const deeper_png_reader *_Nonnull reader);
/// Pixels down.
uint32_t deeper_png_height(const deeper_png_reader *_Nonnull reader);

/// Reads the whole picture as 8-bit RGB and then the file up to its end.
///
/// `pixels` has space for 3 * width * height bytes. 16-bit samples keep their high byte; alpha and gamma are ignored.
///
/// Returns 0 on failure, with a message; may be called once.
int deeper_png_read_pixels(
    deeper_png_reader *_Nonnull reader, uint8_t *_Nonnull pixels, char message[_Nonnull DEEPER_MESSAGE_BYTES]);

/// Frees the reader.
void deeper_png_close(deeper_png_reader *_Nonnull reader);

/// Compresses an 8-bit RGB picture of 3 * width * height bytes into a PNG file in memory.
///
/// Returns a block for free(), with its length in `byteCount`, or NULL with a message.
uint8_t *_Nullable deeper_png_encode(
    const uint8_t *_Nonnull pixels, uint32_t width, uint32_t height, size_t *_Nonnull byteCount,
    char message[_Nonnull DEEPER_MESSAGE_BYTES]);

#include "picture_reader.h"
