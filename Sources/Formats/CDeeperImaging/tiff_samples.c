#ifdef DEEPER_PICTURE_FORMATS
#include "tiff_samples.h"

#include "messages.h"

#include <string.h>

uint16_t deeper_tiff_used_samples(const tiff_file *file) {
    switch (file->photometric) {
    case PHOTOMETRIC_RGB: return file->is_alpha_associated ? 4 : 3;
    case PHOTOMETRIC_SEPARATED: return 4;
    default: return 1;
    }
}

size_t deeper_tiff_row_bytes(const tiff_file *file, uint32_t width) {
    const uint64_t samples = file->is_planar ? 1 : file->samples;
    return (size_t)((samples * width * file->bits + 7) / 8);
}

// Sample number `index` of a row: the value of samples of up to 8 bits, the high byte of 16-bit samples.
static inline uint8_t sample_at(const uint8_t *row, size_t index, unsigned bits) {
    if (bits == 8) return row[index];
    if (bits == 16) {
        // libtiff gives samples in the machine's byte order.
        uint16_t value;
        memcpy(&value, row + 2 * index, 2);
        return (uint8_t)(value >> 8);
    }
    const size_t first = index * bits;
    return (uint8_t)(row[first / 8] >> (8 - bits - first % 8)) & (uint8_t)((1u << bits) - 1);
}

// x * y / 255, rounded.
static inline unsigned scaled(unsigned x, unsigned y) {
    const unsigned product = x * y + 128;
    return ((product >> 8) + product) >> 8;
}

static inline void place_sample(const tiff_file *file, uint16_t sample, uint8_t value, uint8_t *pixel) {
    switch (file->photometric) {
    case PHOTOMETRIC_MINISWHITE:
    case PHOTOMETRIC_MINISBLACK: {
        const unsigned grey = file->bits < 8 ? value * 255u / ((1u << file->bits) - 1) : value;
        memset(pixel, (int)(file->photometric == PHOTOMETRIC_MINISWHITE ? 255 - grey : grey), 3);
        break;
    }
    case PHOTOMETRIC_PALETTE:
        for (int i = 0; i < 3; i++) pixel[i] = (uint8_t)(file->palette[i][value] >> 8);
        break;
    case PHOTOMETRIC_RGB:
        if (sample < 3) {
            pixel[sample] = value;
        } else {
            // Undoes the multiplication of the colours by this alpha.
            for (int i = 0; i < 3; i++) {
                const unsigned colour = value ? pixel[i] * 255u / value : 0;
                pixel[i] = (uint8_t)(colour > 255 ? 255 : colour);
            }
        }
        break;
    case PHOTOMETRIC_SEPARATED:
        if (sample < 3) {
            pixel[sample] = value;
        } else {
            const unsigned light = 255u - value;
            for (int i = 0; i < 3; i++) {
                const unsigned ink = scaled(pixel[i], light);
                pixel[i] = (uint8_t)(light > ink ? light - ink : 0);
            }
        }
        break;
    }
}

void deeper_tiff_place(const tiff_file *file, const uint8_t *row, uint32_t count, uint16_t plane, uint8_t *pixels) {
    const uint16_t used = deeper_tiff_used_samples(file);
    for (uint32_t x = 0; x < count; x++) {
        uint8_t *pixel = pixels + (size_t)3 * x;
        if (file->is_planar) {
            place_sample(file, plane, sample_at(row, x, file->bits), pixel);
        } else {
            for (uint16_t sample = 0; sample < used; sample++) {
                place_sample(file, sample, sample_at(row, (size_t)x * file->samples + sample, file->bits), pixel);
            }
        }
    }
}

#endif
