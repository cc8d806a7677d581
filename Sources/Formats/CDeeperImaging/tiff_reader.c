#ifdef DEEPER_PICTURE_FORMATS
#include "messages.h"
#include "tiff_file.h"
#include "tiff_samples.h"

#include <stdlib.h>
#include <string.h>

static void close_tiff(deeper_picture_reader *base) {
    tiff_file *file = (tiff_file *)base;
    if (file->tiff) TIFFClose(file->tiff);
    free(file);
}

// Reads row by row: all samples of a pixel together, or one plane of samples after the other.
static int read_rows(tiff_file *file, uint8_t *pixels) {
    const tmsize_t row_bytes = TIFFScanlineSize(file->tiff);
    const uint16_t planes = file->is_planar ? deeper_tiff_used_samples(file) : 1;
    if (row_bytes <= 0 || (size_t)row_bytes < deeper_tiff_row_bytes(file, file->base.width)) return 0;
    uint8_t *row = malloc((size_t)row_bytes);
    int is_read = row != NULL;
    for (uint16_t plane = 0; is_read && plane < planes; plane++) {
        for (uint32_t y = 0; is_read && y < file->base.height; y++) {
            is_read = TIFFReadScanline(file->tiff, row, y, plane) == 1;
            if (is_read) {
                uint8_t *target = pixels + (size_t)3 * file->base.width * y;
                deeper_tiff_place(file, row, file->base.width, plane, target);
            }
        }
    }
    free(row);
    return is_read;
}

static int read_tile(tiff_file *file, uint8_t *tile, uint32_t left, uint32_t top, uint16_t plane, uint8_t *pixels) {
    uint32_t tile_width = 0, tile_height = 0;
    TIFFGetField(file->tiff, TIFFTAG_TILEWIDTH, &tile_width);
    TIFFGetField(file->tiff, TIFFTAG_TILELENGTH, &tile_height);
    if (TIFFReadTile(file->tiff, tile, left, top, 0, plane) < 0) return 0;
    const uint32_t across = file->base.width - left, down = file->base.height - top;
    const size_t row_bytes = (size_t)TIFFTileRowSize(file->tiff);
    for (uint32_t y = 0; y < (down < tile_height ? down : tile_height); y++) {
        uint8_t *target = pixels + 3 * ((size_t)file->base.width * (top + y) + left);
        deeper_tiff_place(file, tile + y * row_bytes, across < tile_width ? across : tile_width, plane, target);
    }
    return 1;
}

static int read_tiles(tiff_file *file, uint8_t *pixels) {
    uint32_t tile_width = 0, tile_height = 0;
    TIFFGetField(file->tiff, TIFFTAG_TILEWIDTH, &tile_width);
    TIFFGetField(file->tiff, TIFFTAG_TILELENGTH, &tile_height);
    const tmsize_t tile_bytes = TIFFTileSize(file->tiff);
    const uint16_t planes = file->is_planar ? deeper_tiff_used_samples(file) : 1;
    if ((size_t)TIFFTileRowSize(file->tiff) < deeper_tiff_row_bytes(file, tile_width)) return 0;
    uint8_t *tile = malloc((size_t)tile_bytes);
    int is_read = tile != NULL;
    for (uint16_t plane = 0; is_read && plane < planes; plane++) {
        // 64 bits, because the last step may exceed the largest 32-bit number.
        for (uint64_t y = 0; is_read && y < file->base.height; y += tile_height) {
            for (uint64_t x = 0; is_read && x < file->base.width; x += tile_width) {
                is_read = read_tile(file, tile, (uint32_t)x, (uint32_t)y, plane, pixels);
            }
        }
    }
    free(tile);
    return is_read;
}

// Reads subsampled colour differences with libtiff's own conversion, in the file's orientation.
static int read_converted(tiff_file *file, uint8_t *pixels) {
    TIFFRGBAImage image;
    char text[1024] = "";
    if (!TIFFRGBAImageBegin(&image, file->tiff, 1, text)) {
        deeper_explain(file->message, "%s", text);
        return 0;
    }
    image.req_orientation = image.orientation;
    const size_t pixel_count = (size_t)file->base.width * file->base.height;
    uint32_t *colours = malloc(pixel_count * sizeof *colours);
    const int is_read = colours && TIFFRGBAImageGet(&image, colours, file->base.width, file->base.height);
    for (size_t i = 0; is_read && i < pixel_count; i++) {
        pixels[3 * i] = TIFFGetR(colours[i]);
        pixels[3 * i + 1] = TIFFGetG(colours[i]);
        pixels[3 * i + 2] = TIFFGetB(colours[i]);
    }
    free(colours);
    TIFFRGBAImageEnd(&image);
    return is_read;
}

static int read_tiff(deeper_picture_reader *base, uint8_t *pixels, char *message) {
    tiff_file *file = (tiff_file *)base;
    file->message[0] = 0;
    const int is_read = file->photometric == PHOTOMETRIC_YCBCR ? read_converted(file, pixels)
                        : TIFFIsTiled(file->tiff)              ? read_tiles(file, pixels)
                                                               : read_rows(file, pixels);
    if (is_read && !file->ends_early) return 1;
    deeper_explain(message, "%s", file->message[0] ? file->message : "the file is damaged or ends early");
    return 0;
}

deeper_picture_reader *deeper_tiff_open(const uint8_t *bytes, size_t byteCount, char *message) {
    tiff_file *file = calloc(1, sizeof *file);
    if (!file) {
        deeper_explain(message, "out of memory");
        return NULL;
    }
    file->base.read = read_tiff;
    file->base.close = close_tiff;
    file->bytes = bytes;
    file->byte_count = byteCount;
    if (!deeper_tiff_open_memory(file) || !deeper_tiff_examine(file)) {
        deeper_explain(message, "%s", file->message);
        close_tiff(&file->base);
        return NULL;
    }
    return &file->base;
}

#endif
