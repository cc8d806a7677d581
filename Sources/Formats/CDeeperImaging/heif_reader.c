#ifdef DEEPER_PICTURE_FORMATS
#include "heif_library.h"
#include "messages.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

typedef struct {
    deeper_picture_reader base;
    const heif_library *heif;
    struct heif_context *context;
    struct heif_image_handle *picture;
    bool is_upright;
} heif_reader;

static void explain_heif_error(struct heif_error error, char *message) {
    const bool lacks_decoder = error.code == heif_error_Plugin_loading_error
                               || (error.code == heif_error_Unsupported_feature
                                   && error.subcode == heif_suberror_Unsupported_codec);
    if (lacks_decoder) {
        deeper_explain(
            message,
            "libheif has no decoder for it; install libheif-plugin-libde265 for HEIC, libheif-plugin-dav1d for AVIF");
    } else {
        deeper_explain(message, "%s", error.message ? error.message : "the file is damaged");
    }
}

static void close_heif(deeper_picture_reader *base) {
    heif_reader *reader = (heif_reader *)base;
    const heif_library *heif = reader->heif;
    if (reader->picture) heif->image_handle_release(reader->picture);
    if (reader->context) heif->context_free(reader->context);
    free(reader);
}

static int read_heif(deeper_picture_reader *base, uint8_t *pixels, char *message) {
    heif_reader *reader = (heif_reader *)base;
    const heif_library *heif = reader->heif;
    struct heif_decoding_options *options = heif->decoding_options_alloc();
    if (!options) {
        deeper_explain(message, "out of memory");
        return 0;
    }
    options->ignore_transformations = !reader->is_upright;
    struct heif_image *image = NULL;
    const struct heif_error error =
        heif->decode_image(reader->picture, &image, heif_colorspace_RGB, heif_chroma_interleaved_RGB, options);
    heif->decoding_options_free(options);
    if (error.code != heif_error_Ok || !image) {
        explain_heif_error(error, message);
        return 0;
    }
    int stride = 0;
    const uint8_t *rows = heif->image_get_plane_readonly(image, heif_channel_interleaved, &stride);
    const int width = heif->image_get_width(image, heif_channel_interleaved);
    const int height = heif->image_get_height(image, heif_channel_interleaved);
    const int fits = rows && width == (int)base->width && height == (int)base->height;
    if (fits) {
        const size_t row_bytes = (size_t)3 * base->width;
        for (uint32_t y = 0; y < base->height; y++) memcpy(pixels + y * row_bytes, rows + y * (size_t)stride, row_bytes);
    } else {
        deeper_explain(
            message, "the picture has %dx%d pixels where the header says %ux%u", width, height, base->width, base->height);
    }
    heif->image_release(image);
    return fits;
}

// libheif takes its limit as the side of a square: the smallest square with at least `pixel_count` pixels.
static int side_of_square(uint64_t pixel_count) {
    uint64_t side = 0;
    for (uint64_t bit = UINT64_C(1) << 30; bit; bit >>= 1) {
        if ((side | bit) * (side | bit) <= pixel_count) side |= bit;
    }
    if (side * side < pixel_count) side++;
    return side > INT_MAX ? INT_MAX : (int)side;
}

deeper_picture_reader *deeper_heif_open(
    const uint8_t *bytes, size_t byteCount, uint64_t maxPixelCount, bool isUpright, char *message) {
    const heif_library *heif = deeper_heif_library(message);
    if (!heif) return NULL;
    heif_reader *reader = calloc(1, sizeof *reader);
    if (reader) reader->context = heif->context_alloc();
    if (!reader || !reader->context) {
        deeper_explain(message, "out of memory");
        free(reader);
        return NULL;
    }
    reader->heif = heif;
    reader->base.read = read_heif;
    reader->base.close = close_heif;
    reader->is_upright = isUpright;
    heif->context_set_maximum_image_size_limit(reader->context, side_of_square(maxPixelCount));
    // 0 means that tiles are decoded on the caller's thread.
    heif->context_set_max_decoding_threads(reader->context, 0);
    struct heif_error error = heif->context_read_from_memory_without_copy(reader->context, bytes, byteCount, NULL);
    if (error.code == heif_error_Ok) error = heif->context_get_primary_image_handle(reader->context, &reader->picture);
    if (error.code != heif_error_Ok) {
        explain_heif_error(error, message);
        close_heif(&reader->base);
        return NULL;
    }
    const int width = isUpright ? heif->image_handle_get_width(reader->picture)
                                : heif->image_handle_get_ispe_width(reader->picture);
    const int height = isUpright ? heif->image_handle_get_height(reader->picture)
                                 : heif->image_handle_get_ispe_height(reader->picture);
    reader->base.width = width > 0 ? (uint32_t)width : 0;
    reader->base.height = height > 0 ? (uint32_t)height : 0;
    return &reader->base;
}

#endif
