#include "CImaging.h"
#include "png_errors.h"

#include <setjmp.h>
#include <stdlib.h>

struct deeper_png_reader {
    png_structp png;
    png_infop info;
    const uint8_t *next;
    size_t remaining;
    char message[DEEPER_MESSAGE_BYTES];
};

static void read_bytes(png_structp png, png_bytep target, size_t count) {
    deeper_png_reader *reader = png_get_io_ptr(png);
    if (count > reader->remaining) png_error(png, "the file ends early");
    memcpy(target, reader->next, count);
    reader->next += count;
    reader->remaining -= count;
}

static void set_limits(png_structp png) {
    png_set_user_limits(png, 1000000, 1000000);
    png_set_chunk_malloc_max(png, 1 << 20);
    png_set_chunk_cache_max(png, 16);
    // -1: all chunks except for IHDR, PLTE, tRNS, IDAT and IEND are ignored, so compressed texts and profiles are not
    // unpacked.
    png_set_keep_unknown_chunks(png, PNG_HANDLE_CHUNK_NEVER, NULL, -1);
}

deeper_png_reader *deeper_png_open(const uint8_t *bytes, size_t byteCount, char message[]) {
    deeper_png_reader *reader = calloc(1, sizeof *reader);
    if (reader) {
        reader->png = png_create_read_struct(
            PNG_LIBPNG_VER_STRING, reader->message, keep_message_and_jump, ignore_warning);
    }
    if (!reader || !reader->png) {
        strncpy(message, "libpng could not be started", DEEPER_MESSAGE_BYTES);
        free(reader);
        return NULL;
    }
    reader->next = bytes;
    reader->remaining = byteCount;
    if (setjmp(png_jmpbuf(reader->png))) {
        memcpy(message, reader->message, DEEPER_MESSAGE_BYTES);
        deeper_png_close(reader);
        return NULL;
    }
    reader->info = png_create_info_struct(reader->png);
    if (!reader->info) png_error(reader->png, "out of memory");
    set_limits(reader->png);
    png_set_read_fn(reader->png, reader, read_bytes);
    png_read_info(reader->png, reader->info);
    return reader;
}

uint32_t deeper_png_width(const deeper_png_reader *reader) { return png_get_image_width(reader->png, reader->info); }

uint32_t deeper_png_height(const deeper_png_reader *reader) { return png_get_image_height(reader->png, reader->info); }

int deeper_png_read_pixels(deeper_png_reader *reader, uint8_t *pixels, char message[]) {
    png_structp png = reader->png;
    if (setjmp(png_jmpbuf(png))) {
        memcpy(message, reader->message, DEEPER_MESSAGE_BYTES);
        return 0;
    }
    png_set_strip_16(png);
    png_set_palette_to_rgb(png);
    png_set_expand_gray_1_2_4_to_8(png);
    png_set_gray_to_rgb(png);
    png_set_strip_alpha(png);
    const int passCount = png_set_interlace_handling(png);
    png_read_update_info(png, reader->info);

    const uint32_t height = png_get_image_height(png, reader->info);
    const size_t rowBytes = (size_t)3 * png_get_image_width(png, reader->info);
    if (png_get_rowbytes(png, reader->info) != rowBytes) png_error(png, "the rows do not come out as 8-bit RGB");
    for (int pass = 0; pass < passCount; pass++) {
        for (uint32_t y = 0; y < height; y++) png_read_row(png, pixels + y * rowBytes, NULL);
    }
    png_read_end(png, NULL);
    return 1;
}

void deeper_png_close(deeper_png_reader *reader) {
    png_destroy_read_struct(&reader->png, &reader->info, NULL);
    free(reader);
}
