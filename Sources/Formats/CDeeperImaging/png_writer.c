#include "CImaging.h"
#include "png_errors.h"

#include <setjmp.h>
#include <stdlib.h>

// Everything that changes between setjmp and longjmp is kept here, outside the registers that longjmp restores.
typedef struct {
    uint8_t *bytes;
    size_t count, capacity;
} growing_block;

static void append_bytes(png_structp png, png_bytep bytes, size_t count) {
    growing_block *block = png_get_io_ptr(png);
    if (count > block->capacity - block->count) {
        const size_t capacity = 2 * block->capacity + count;
        uint8_t *larger = realloc(block->bytes, capacity);
        if (!larger) png_error(png, "out of memory");
        block->bytes = larger;
        block->capacity = capacity;
    }
    memcpy(block->bytes + block->count, bytes, count);
    block->count += count;
}

static void nothing_to_flush(png_structp png) { (void)png; }

// Returns 1 on success, 0 after an error; the caller frees the block in both cases.
static int write_picture(
    png_structp png, png_infop info, growing_block *block, const uint8_t *pixels, uint32_t width, uint32_t height) {
    if (setjmp(png_jmpbuf(png))) return 0;
    png_set_write_fn(png, block, append_bytes, nothing_to_flush);
    png_set_IHDR(
        png, info, width, height, 8, PNG_COLOR_TYPE_RGB, PNG_INTERLACE_NONE, PNG_COMPRESSION_TYPE_DEFAULT,
        PNG_FILTER_TYPE_DEFAULT);
    png_write_info(png, info);
    for (uint32_t y = 0; y < height; y++) png_write_row(png, pixels + (size_t)3 * width * y);
    png_write_end(png, NULL);
    return 1;
}

uint8_t *deeper_png_encode(
    const uint8_t *pixels, uint32_t width, uint32_t height, size_t *byteCount, char message[]) {
    strncpy(message, "libpng could not be started", DEEPER_MESSAGE_BYTES);
    growing_block block = {0};
    png_structp png =
        png_create_write_struct(PNG_LIBPNG_VER_STRING, message, keep_message_and_jump, ignore_warning);
    png_infop info = png ? png_create_info_struct(png) : NULL;
    const int written = info && write_picture(png, info, &block, pixels, width, height);
    png_destroy_write_struct(&png, &info);
    if (!written) {
        free(block.bytes);
        return NULL;
    }
    *byteCount = block.count;
    return block.bytes;
}
