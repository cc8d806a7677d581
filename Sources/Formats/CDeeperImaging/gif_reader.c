#ifdef DEEPER_PICTURE_FORMATS
#include "messages.h"

#include <gif_lib.h>
#include <stdlib.h>
#include <string.h>

typedef struct {
    deeper_picture_reader base;
    GifFileType *gif;
    const uint8_t *next;
    size_t remaining;
    // The number of the transparent colour; -1 where there is none.
    int transparent;
} gif_reader;

static void close_gif(deeper_picture_reader *base) {
    gif_reader *reader = (gif_reader *)base;
    if (reader->gif) DGifCloseFile(reader->gif, NULL);
    free(reader);
}

static int read_bytes(GifFileType *gif, GifByteType *target, int count) {
    gif_reader *reader = gif->UserData;
    const size_t taken = (size_t)count < reader->remaining ? (size_t)count : reader->remaining;
    memcpy(target, reader->next, taken);
    reader->next += taken;
    reader->remaining -= taken;
    return (int)taken;
}

static void explain_gif_error(int error, char *message) {
    const char *text = GifErrorString(error);
    deeper_explain(message, "%s", text ? text : "the file is damaged");
}

// Skips an extension; a graphic control extension (GIF89a, section 23) may name the transparent colour.
static int read_extension(gif_reader *reader) {
    enum { graphic_control = 0xF9 };
    int code = 0;
    GifByteType *block = NULL;
    if (DGifGetExtension(reader->gif, &code, &block) == GIF_ERROR) return GIF_ERROR;
    if (code == graphic_control && block && block[0] >= 4 && block[1] & 1) reader->transparent = block[4];
    while (block) {
        if (DGifGetExtensionNext(reader->gif, &block) == GIF_ERROR) return GIF_ERROR;
    }
    return GIF_OK;
}

// Reads up to the first picture's data. Returns 1 on success.
static int find_picture(gif_reader *reader, char *message) {
    GifFileType *gif = reader->gif;
    for (;;) {
        GifRecordType type = UNDEFINED_RECORD_TYPE;
        int status = DGifGetRecordType(gif, &type);
        if (status == GIF_OK && type == TERMINATE_RECORD_TYPE) {
            deeper_explain(message, "there is no picture in the file");
            return 0;
        }
        if (status == GIF_OK && type == EXTENSION_RECORD_TYPE) status = read_extension(reader);
        if (status == GIF_OK && type == IMAGE_DESC_RECORD_TYPE) status = DGifGetImageDesc(gif);
        if (status == GIF_ERROR) {
            explain_gif_error(gif->Error, message);
            return 0;
        }
        if (type == IMAGE_DESC_RECORD_TYPE) return 1;
    }
}

// The colours by number: the picture's own or the file's. Grey levels if there is no palette; numbers beyond a palette
// are black.
static void fill_palette(const GifFileType *gif, uint8_t palette[256][3]) {
    const ColorMapObject *map = gif->Image.ColorMap ? gif->Image.ColorMap : gif->SColorMap;
    int is_grey = 1;
    for (int i = 0; map && i < map->ColorCount; i++) {
        const GifColorType colour = map->Colors[i];
        if (colour.Red != i || colour.Green != i || colour.Blue != i) is_grey = 0;
    }
    for (int i = 0; i < 256; i++) {
        const int is_known = map && i < map->ColorCount;
        palette[i][0] = is_grey ? (uint8_t)i : is_known ? map->Colors[i].Red : 0;
        palette[i][1] = is_grey ? (uint8_t)i : is_known ? map->Colors[i].Green : 0;
        palette[i][2] = is_grey ? (uint8_t)i : is_known ? map->Colors[i].Blue : 0;
    }
}

static int read_gif(deeper_picture_reader *base, uint8_t *pixels, char *message) {
    gif_reader *reader = (gif_reader *)base;
    GifFileType *gif = reader->gif;
    const GifImageDesc *frame = &gif->Image;
    uint8_t palette[256][3];
    fill_palette(gif, palette);
    // Pixels outside the first picture have the transparent colour, or colour number 0 if there is none.
    const uint8_t *ground = palette[reader->transparent < 0 ? 0 : reader->transparent];
    const size_t pixel_count = (size_t)base->width * base->height;
    for (size_t i = 0; i < pixel_count; i++) memcpy(pixels + 3 * i, ground, 3);

    uint8_t line[65536];
    static const int starts[] = {0, 4, 2, 1}, steps[] = {8, 8, 4, 2};
    for (int pass = 0; pass < (frame->Interlace ? 4 : 1); pass++) {
        const int step = frame->Interlace ? steps[pass] : 1;
        for (int y = frame->Interlace ? starts[pass] : 0; y < frame->Height; y += step) {
            if (DGifGetLine(gif, line, frame->Width) == GIF_ERROR) {
                explain_gif_error(gif->Error, message);
                return 0;
            }
            uint8_t *row = pixels + 3 * ((size_t)(frame->Top + y) * base->width + (size_t)frame->Left);
            for (int x = 0; x < frame->Width; x++) memcpy(row + 3 * x, palette[line[x]], 3);
        }
    }
    return 1;
}

deeper_picture_reader *deeper_gif_open(const uint8_t *bytes, size_t byteCount, char *message) {
    gif_reader *reader = calloc(1, sizeof *reader);
    if (!reader) {
        deeper_explain(message, "out of memory");
        return NULL;
    }
    reader->base.read = read_gif;
    reader->base.close = close_gif;
    reader->next = bytes;
    reader->remaining = byteCount;
    reader->transparent = -1;
    int error = 0;
    reader->gif = DGifOpen(reader, read_bytes, &error);
    if (!reader->gif) explain_gif_error(error, message);
    if (!reader->gif || !find_picture(reader, message)) {
        close_gif(&reader->base);
        return NULL;
    }
    // A picture that extends beyond the screen enlarges it. All of these are 16-bit numbers, so the sums do not
    // overflow.
    const GifImageDesc *frame = &reader->gif->Image;
    const GifWord right = frame->Left + frame->Width, bottom = frame->Top + frame->Height;
    reader->base.width = (uint32_t)(right > reader->gif->SWidth ? right : reader->gif->SWidth);
    reader->base.height = (uint32_t)(bottom > reader->gif->SHeight ? bottom : reader->gif->SHeight);
    return &reader->base;
}

#endif
