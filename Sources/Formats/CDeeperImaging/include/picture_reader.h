#pragma once
// Reads WebP, HEIC, AVIF, GIF and TIFF with their libraries, whose callbacks, macros and variable arguments stay inside
// C. None of this is built without the package trait PictureFormats.

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/// A picture file being read. Not for use from two threads at once.
typedef struct deeper_picture_reader deeper_picture_reader;
struct deeper_picture_reader {
    /// The extent of the first picture in the file.
    uint32_t width, height;
    /// The file's own orientation tag; 0 where there is none.
    uint32_t orientation;
    /// The EXIF and XMP blocks; NULL where there are none. They live until the reader is closed.
    const uint8_t *_Nullable exif, *_Nullable xmp;
    size_t exif_byte_count, xmp_byte_count;

    // The functions that read and close the format; for this target only.
    int (*_Nonnull read)(deeper_picture_reader *_Nonnull reader, uint8_t *_Nonnull pixels, char *_Nonnull message);
    void (*_Nonnull close)(deeper_picture_reader *_Nonnull reader);
};

/// Reads everything before the pixels.
///
/// `bytes` must stay valid until the reader is closed. Returns NULL on failure, with a message.
deeper_picture_reader *_Nullable deeper_webp_open(
    const uint8_t *_Nonnull bytes, size_t byteCount, char message[_Nonnull DEEPER_MESSAGE_BYTES]);
/// As deeper_webp_open.
deeper_picture_reader *_Nullable deeper_gif_open(
    const uint8_t *_Nonnull bytes, size_t byteCount, char message[_Nonnull DEEPER_MESSAGE_BYTES]);
/// As deeper_webp_open.
deeper_picture_reader *_Nullable deeper_tiff_open(
    const uint8_t *_Nonnull bytes, size_t byteCount, char message[_Nonnull DEEPER_MESSAGE_BYTES]);
/// As deeper_webp_open, for HEIC and AVIF.
///
/// `maxPixelCount` also limits the pictures that this one is composed of. With `isUpright` the file's rotation,
/// mirroring and cropping are applied.
deeper_picture_reader *_Nullable deeper_heif_open(
    const uint8_t *_Nonnull bytes, size_t byteCount, uint64_t maxPixelCount, bool isUpright,
    char message[_Nonnull DEEPER_MESSAGE_BYTES]);

/// Reads the first picture as 8-bit RGB, alpha dropped.
///
/// `pixels` has 3 * width * height bytes, all 0. Returns 0 on failure, with a message; may be called once.
int deeper_picture_read(
    deeper_picture_reader *_Nonnull reader, uint8_t *_Nonnull pixels, char message[_Nonnull DEEPER_MESSAGE_BYTES]);

/// Frees the reader.
void deeper_picture_close(deeper_picture_reader *_Nonnull reader);
