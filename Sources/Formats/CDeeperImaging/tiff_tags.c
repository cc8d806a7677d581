#ifdef DEEPER_PICTURE_FORMATS
#include "messages.h"
#include "tiff_samples.h"

// Raw files of cameras begin with a small preview, which must not be mistaken for the picture.
static int is_preview_of_raw_data(TIFF *tiff) {
    void *version = NULL;
    if (TIFFGetField(tiff, TIFFTAG_DNGVERSION, &version)) return 1;
    uint32_t kind = 0;
    uint16_t count = 0;
    void *directories = NULL;
    TIFFGetField(tiff, TIFFTAG_SUBFILETYPE, &kind);
    return (kind & FILETYPE_REDUCEDIMAGE) && TIFFGetField(tiff, TIFFTAG_SUBIFD, &count, &directories) && count > 0;
}

static int is_read_compression(uint16_t compression) {
    switch (compression) {
    case COMPRESSION_NONE:
    case COMPRESSION_CCITTRLE:
    case COMPRESSION_CCITTFAX3:
    case COMPRESSION_CCITTFAX4:
    case COMPRESSION_LZW:
    case COMPRESSION_JPEG:
    case COMPRESSION_ADOBE_DEFLATE:
    case COMPRESSION_DEFLATE:
    case COMPRESSION_PACKBITS:
    case COMPRESSION_LZMA:
    case COMPRESSION_ZSTD:
    case COMPRESSION_WEBP: return TIFFIsCODECConfigured(compression);
    default: return 0;
    }
}

// Whether the samples have one of the layouts that are read.
static int is_read_layout(const tiff_file *file) {
    const uint16_t bits = file->bits;
    // More samples would be decoded without being used; Pillow does not read more either.
    if (file->samples > 6) return 0;
    switch (file->photometric) {
    case PHOTOMETRIC_MINISWHITE:
    case PHOTOMETRIC_MINISBLACK: return bits == 1 || bits == 2 || bits == 4 || bits == 8 || bits == 16;
    case PHOTOMETRIC_PALETTE: return (bits == 1 || bits == 2 || bits == 4 || bits == 8) && file->palette[0];
    case PHOTOMETRIC_RGB: return (bits == 8 || bits == 16) && file->samples >= deeper_tiff_used_samples(file);
    case PHOTOMETRIC_SEPARATED: return (bits == 8 || bits == 16) && file->samples >= 4;
    case PHOTOMETRIC_YCBCR: return bits == 8 && file->samples >= 3;
    default: return 0;
    }
}

// The most bytes that a decoded row or tile may take.
#define MAX_BLOCK_BYTES ((tmsize_t)1 << 26)

// Whether rows or tiles are of a reasonable length, and all tiles together not much larger than the picture.
static int is_read_blocking(const tiff_file *file) {
    TIFF *tiff = file->tiff;
    if (!TIFFIsTiled(tiff)) {
        const tmsize_t row_bytes = TIFFScanlineSize(tiff);
        return row_bytes > 0 && row_bytes <= MAX_BLOCK_BYTES;
    }
    uint32_t width = 0, height = 0;
    TIFFGetField(tiff, TIFFTAG_TILEWIDTH, &width);
    TIFFGetField(tiff, TIFFTAG_TILELENGTH, &height);
    const tmsize_t tile_bytes = TIFFTileSize(tiff);
    if (width == 0 || height == 0 || tile_bytes <= 0 || tile_bytes > MAX_BLOCK_BYTES) return 0;
    const uint64_t across = ((uint64_t)file->base.width + width - 1) / width * width;
    const uint64_t down = ((uint64_t)file->base.height + height - 1) / height * height;
    // In floating point, because each factor has up to 33 bits.
    return (double)across * (double)down <= 4.0 * file->base.width * file->base.height + (1 << 24);
}

static void read_blocks(tiff_file *file) {
    uint16_t orientation = 0;
    if (TIFFGetField(file->tiff, TIFFTAG_ORIENTATION, &orientation)) file->base.orientation = orientation;
    uint32_t byte_count = 0;
    void *xmp = NULL;
    if (TIFFGetField(file->tiff, TIFFTAG_XMLPACKET, &byte_count, &xmp)) {
        file->base.xmp = xmp;
        file->base.xmp_byte_count = byte_count;
    }
}

int deeper_tiff_examine(tiff_file *file) {
    TIFF *tiff = file->tiff;
    uint16_t planar = PLANARCONFIG_CONTIG, format = SAMPLEFORMAT_UINT, extra_count = 0, *extra = NULL;
    TIFFGetField(tiff, TIFFTAG_IMAGEWIDTH, &file->base.width);
    TIFFGetField(tiff, TIFFTAG_IMAGELENGTH, &file->base.height);
    TIFFGetFieldDefaulted(tiff, TIFFTAG_BITSPERSAMPLE, &file->bits);
    TIFFGetFieldDefaulted(tiff, TIFFTAG_SAMPLESPERPIXEL, &file->samples);
    TIFFGetFieldDefaulted(tiff, TIFFTAG_COMPRESSION, &file->compression);
    TIFFGetFieldDefaulted(tiff, TIFFTAG_PLANARCONFIG, &planar);
    TIFFGetFieldDefaulted(tiff, TIFFTAG_SAMPLEFORMAT, &format);
    TIFFGetFieldDefaulted(tiff, TIFFTAG_EXTRASAMPLES, &extra_count, &extra);
    if (!TIFFGetField(tiff, TIFFTAG_PHOTOMETRIC, &file->photometric)) file->photometric = PHOTOMETRIC_MINISWHITE;
    TIFFGetField(tiff, TIFFTAG_COLORMAP, &file->palette[0], &file->palette[1], &file->palette[2]);
    file->is_planar = planar == PLANARCONFIG_SEPARATE && file->samples > 1;
    file->is_alpha_associated = file->photometric == PHOTOMETRIC_RGB && file->samples > 3 && extra_count > 0
                                && extra[0] == EXTRASAMPLE_ASSOCALPHA;
    if (is_preview_of_raw_data(tiff)) {
        deeper_explain(file->message, "this is a raw camera picture (DNG, NEF or similar); convert it to JPEG or PNG");
        return 0;
    }
    if (!is_read_compression(file->compression)) {
        deeper_explain(
            file->message, "compression %u is not read; save it uncompressed, or as PNG", (unsigned)file->compression);
        return 0;
    }
    if (file->photometric == PHOTOMETRIC_YCBCR && file->samples == 1) file->photometric = PHOTOMETRIC_MINISBLACK;
    if (format != SAMPLEFORMAT_UINT || !is_read_layout(file)) {
        deeper_explain(
            file->message, "%u samples of %u bits with photometric interpretation %u and sample format %u are not read",
            (unsigned)file->samples, (unsigned)file->bits, (unsigned)file->photometric, (unsigned)format);
        return 0;
    }
    if (file->photometric == PHOTOMETRIC_YCBCR && file->compression == COMPRESSION_JPEG && !file->is_planar) {
        // libjpeg converts and upsamples, as it does for JPEG files.
        TIFFSetField(tiff, TIFFTAG_JPEGCOLORMODE, JPEGCOLORMODE_RGB);
        file->photometric = PHOTOMETRIC_RGB;
    }
    if (!is_read_blocking(file)) {
        deeper_explain(file->message, "its %s are too large to be read", TIFFIsTiled(tiff) ? "tiles" : "rows");
        return 0;
    }
    read_blocks(file);
    return 1;
}

#endif
