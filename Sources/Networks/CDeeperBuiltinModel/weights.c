#include "CBuiltinModel.h"

// Embedded in the executable, because a separate resource bundle would have to be found again wherever the command is
// copied.
#pragma clang diagnostic ignored "-Wc23-extensions"
static const unsigned char weights[] = {
#embed "inception-cifar10.safetensors"
};

const unsigned char *const deeper_builtin_weights = weights;
const size_t deeper_builtin_weights_count = sizeof weights;

static const unsigned char int8_model[] = {
#embed "inception-cifar10-int8.onnx"
};

const unsigned char *const deeper_builtin_int8_model = int8_model;
const size_t deeper_builtin_int8_model_count = sizeof int8_model;
