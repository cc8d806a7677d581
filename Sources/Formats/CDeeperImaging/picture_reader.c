#ifdef DEEPER_PICTURE_FORMATS
#include "CImaging.h"

int deeper_picture_read(deeper_picture_reader *reader, uint8_t *pixels, char *message) {
    return reader->read(reader, pixels, message);
}

void deeper_picture_close(deeper_picture_reader *reader) { reader->close(reader); }

#endif
