#pragma once
#include "tiff_file.h"

// Reads the tags of the first page into `file`. 1 if its pixels can be read, else 0 with a message in `file`.
int deeper_tiff_examine(tiff_file *file);

// The number of samples per pixel that are used; alpha is used only where colours are multiplied by it.
uint16_t deeper_tiff_used_samples(const tiff_file *file);

// The number of bytes of `width` pixels in a row as libtiff decodes it.
size_t deeper_tiff_row_bytes(const tiff_file *file, uint32_t width);

// Writes `count` pixels of a decoded row to `pixels`, 3 bytes each: all their samples, or those of one plane. Planes
// must come in order, because the last one may change what the others wrote.
void deeper_tiff_place(const tiff_file *file, const uint8_t *row, uint32_t count, uint16_t plane, uint8_t *pixels);
