#ifndef DEEPER_CBUILTINMODEL_H
#define DEEPER_CBUILTINMODEL_H

#include <stddef.h>

/// A safetensors file: the weights of the built-in model.
extern const unsigned char *_Nonnull const deeper_builtin_weights;
/// Its length in bytes.
extern const size_t deeper_builtin_weights_count;

/// An ONNX file: the built-in model in int8, which scripts/quantize-builtin-model.sh makes.
extern const unsigned char *_Nonnull const deeper_builtin_int8_model;
/// Its length in bytes.
extern const size_t deeper_builtin_int8_model_count;

#endif
