#include "CImageNetClasses.h"

// Embedded in the executable, so that the command and libdeeper.so are single files.
#pragma clang diagnostic ignored "-Wc23-extensions"
static const char classes[] = {
#embed "classes.txt"
};

const char *const deeper_imagenet_classes = classes;
const size_t deeper_imagenet_classes_count = sizeof classes;
