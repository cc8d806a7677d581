#ifndef DEEPER_CBUILTINMODEL_H
#define DEEPER_CBUILTINMODEL_H

#include <stddef.h>

/// A safetensors file: the weights of the built-in model.
extern const unsigned char *_Nonnull const deeper_builtin_weights;
/// Its length in bytes.
extern const size_t deeper_builtin_weights_count;

#endif
