#ifdef DEEPER_PICTURE_FORMATS
#include "messages.h"

#include <stdlib.h>
#include <webp/decode.h>
#include <webp/demux.h>

typedef struct {
    deeper_picture_reader base;
    WebPDemuxer *demuxer;
    WebPIterator frame;
} webp_reader;

static void close_webp(deeper_picture_reader *base) {
    webp_reader *reader = (webp_reader *)base;
    WebPDemuxReleaseIterator(&reader->frame);
    WebPDemuxDelete(reader->demuxer);
    free(reader);
}

static const char *explain_status(VP8StatusCode status) {
    switch (status) {
    case VP8_STATUS_OUT_OF_MEMORY: return "libwebp is out of memory";
    case VP8_STATUS_UNSUPPORTED_FEATURE: return "the file uses a feature that libwebp does not read";
    case VP8_STATUS_SUSPENDED:
    case VP8_STATUS_NOT_ENOUGH_DATA: return "the file ends early";
    default: return "the data of the picture are damaged";
    }
}

// Decodes the first frame to its position; the rest stays black, as at the start of an animation.
static int read_webp(deeper_picture_reader *base, uint8_t *pixels, char *message) {
    const WebPIterator *frame = &((webp_reader *)base)->frame;
    WebPDecoderConfig config;
    if (!WebPInitDecoderConfig(&config)) {
        deeper_explain(message, "the installed libwebp differs from the version of this build");
        return 0;
    }
    VP8StatusCode status = WebPGetFeatures(frame->fragment.bytes, frame->fragment.size, &config.input);
    const uint64_t right = (uint64_t)frame->x_offset + (uint64_t)config.input.width;
    const uint64_t bottom = (uint64_t)frame->y_offset + (uint64_t)config.input.height;
    if (status == VP8_STATUS_OK && (right > base->width || bottom > base->height)) status = VP8_STATUS_BITSTREAM_ERROR;
    if (status == VP8_STATUS_OK) {
        const size_t row_bytes = (size_t)3 * base->width;
        const size_t start = (size_t)frame->y_offset * row_bytes + (size_t)3 * frame->x_offset;
        config.output.colorspace = MODE_RGB;
        config.output.is_external_memory = 1;
        config.output.u.RGBA.rgba = pixels + start;
        config.output.u.RGBA.stride = (int)row_bytes;
        config.output.u.RGBA.size = row_bytes * base->height - start;
        status = WebPDecode(frame->fragment.bytes, frame->fragment.size, &config);
        WebPFreeDecBuffer(&config.output);
    }
    if (status != VP8_STATUS_OK) deeper_explain(message, "%s", explain_status(status));
    return status == VP8_STATUS_OK;
}

// A chunk's bytes, which point into the file.
static const uint8_t *find_chunk(WebPDemuxer *demuxer, const char *name, size_t *byte_count) {
    WebPChunkIterator chunk;
    if (!WebPDemuxGetChunk(demuxer, name, 1, &chunk)) return NULL;
    const uint8_t *bytes = chunk.chunk.bytes;
    *byte_count = chunk.chunk.size;
    WebPDemuxReleaseChunkIterator(&chunk);
    return bytes;
}

deeper_picture_reader *deeper_webp_open(const uint8_t *bytes, size_t byteCount, char *message) {
    webp_reader *reader = calloc(1, sizeof *reader);
    if (!reader) {
        deeper_explain(message, "out of memory");
        return NULL;
    }
    reader->base.read = read_webp;
    reader->base.close = close_webp;
    reader->demuxer = WebPDemux(&(WebPData){bytes, byteCount});
    if (!reader->demuxer || !WebPDemuxGetFrame(reader->demuxer, 1, &reader->frame) || !reader->frame.complete) {
        deeper_explain(message, "the file is damaged or ends early");
        close_webp(&reader->base);
        return NULL;
    }
    reader->base.width = WebPDemuxGetI(reader->demuxer, WEBP_FF_CANVAS_WIDTH);
    reader->base.height = WebPDemuxGetI(reader->demuxer, WEBP_FF_CANVAS_HEIGHT);
    reader->base.exif = find_chunk(reader->demuxer, "EXIF", &reader->base.exif_byte_count);
    reader->base.xmp = find_chunk(reader->demuxer, "XMP ", &reader->base.xmp_byte_count);
    return &reader->base;
}

#endif
