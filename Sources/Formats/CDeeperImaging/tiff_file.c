#ifdef DEEPER_PICTURE_FORMATS
#include "tiff_file.h"

#include "messages.h"

#include <string.h>

static tmsize_t read_bytes(thandle_t handle, void *target, tmsize_t count) {
    tiff_file *file = handle;
    const size_t left = file->position < file->byte_count ? file->byte_count - file->position : 0;
    const size_t taken = (size_t)count < left ? (size_t)count : left;
    memcpy(target, file->bytes + (file->byte_count - left), taken);
    file->position += taken;
    return (tmsize_t)taken;
}

static tmsize_t refuse_to_write(thandle_t handle, void *source, tmsize_t count) {
    (void)handle;
    (void)source;
    (void)count;
    return -1;
}

static toff_t seek(thandle_t handle, toff_t offset, int whence) {
    tiff_file *file = handle;
    switch (whence) {
    case SEEK_SET: file->position = offset; break;
    case SEEK_CUR: file->position += offset; break;
    default: file->position = file->byte_count + offset; break;
    }
    return file->position;
}

static int keep_open(thandle_t handle) {
    (void)handle;
    return 0;
}

static toff_t count_bytes(thandle_t handle) { return ((tiff_file *)handle)->byte_count; }

// libtiff then reads the caller's memory in place.
static int map(thandle_t handle, void **base, toff_t *byte_count) {
    tiff_file *file = handle;
    // libtiff's declaration lacks const; it does not write to a file that is opened for reading.
    *base = (void *)file->bytes;
    *byte_count = file->byte_count;
    return 1;
}

static void unmap(thandle_t handle, void *base, toff_t byte_count) {
    (void)handle;
    (void)base;
    (void)byte_count;
}

// Returning 1 keeps libtiff from calling the process's handler, which prints.
static int keep_error(TIFF *tiff, void *data, const char *module, const char *format, va_list arguments) {
    (void)tiff;
    (void)module;
    tiff_file *file = data;
    vsnprintf(file->message, sizeof file->message, format, arguments);
    return 1;
}

static int look_at_warning(TIFF *tiff, void *data, const char *module, const char *format, va_list arguments) {
    (void)tiff;
    (void)module;
    tiff_file *file = data;
    char text[DEEPER_MESSAGE_BYTES];
    vsnprintf(text, sizeof text, format, arguments);
    if (strstr(text, "Premature end of JPEG file")) file->ends_early = true;
    return 1;
}

int deeper_tiff_open_memory(tiff_file *file) {
    TIFFOpenOptions *options = TIFFOpenOptionsAlloc();
    if (!options) {
        deeper_explain(file->message, "out of memory");
        return 0;
    }
    TIFFOpenOptionsSetMaxSingleMemAlloc(options, (tmsize_t)1 << 28);
    TIFFOpenOptionsSetErrorHandlerExtR(options, keep_error, file);
    TIFFOpenOptionsSetWarningHandlerExtR(options, look_at_warning, file);
    file->tiff = TIFFClientOpenExt(
        "picture", "r", file, read_bytes, refuse_to_write, seek, keep_open, count_bytes, map, unmap, options);
    TIFFOpenOptionsFree(options);
    if (!file->tiff && !file->message[0]) deeper_explain(file->message, "the file is damaged");
    return file->tiff != NULL;
}

#endif
