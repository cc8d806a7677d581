#ifndef DEEPER_CIMAGENETCLASSES_H
#define DEEPER_CIMAGENETCLASSES_H

#include <stddef.h>

/// The classes of ILSVRC 2012 in ASCII, one line per class in the order of the outputs: wnid, space, names. Lines that
/// begin with '#' are WordNet's licence.
extern const char *_Nonnull const deeper_imagenet_classes;
/// Its length in bytes.
extern const size_t deeper_imagenet_classes_count;

#endif
