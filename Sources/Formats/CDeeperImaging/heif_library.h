#pragma once
// libheif, loaded when the first HEIC or AVIF file is opened. It loads the decoders of HEVC and AV1, whose start-up
// would cost every process four milliseconds, even one that reads only JPEG files.

#include <libheif/heif.h>

#define DEEPER_HEIF_FUNCTIONS(FUNCTION) \
    FUNCTION(init) \
    FUNCTION(context_alloc) \
    FUNCTION(context_free) \
    FUNCTION(context_get_primary_image_handle) \
    FUNCTION(context_read_from_memory_without_copy) \
    FUNCTION(context_set_max_decoding_threads) \
    FUNCTION(context_set_maximum_image_size_limit) \
    FUNCTION(decode_image) \
    FUNCTION(decoding_options_alloc) \
    FUNCTION(decoding_options_free) \
    FUNCTION(image_get_height) \
    FUNCTION(image_get_plane_readonly) \
    FUNCTION(image_get_width) \
    FUNCTION(image_handle_get_height) \
    FUNCTION(image_handle_get_ispe_height) \
    FUNCTION(image_handle_get_ispe_width) \
    FUNCTION(image_handle_get_width) \
    FUNCTION(image_handle_release) \
    FUNCTION(image_release)

#define DEEPER_HEIF_MEMBER(name) __typeof__(&heif_##name) name;
typedef struct {
    DEEPER_HEIF_FUNCTIONS(DEEPER_HEIF_MEMBER)
} heif_library;

// The library's functions, the same for every caller; NULL, with a message, if the library is missing or too old.
const heif_library *deeper_heif_library(char *message);
