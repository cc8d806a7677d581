// The operations on a kernel's sums before they are stored.
#pragma once

#include <stddef.h>

// Every function of one number except clamping: X(constant, function), where the functions are those of activation.inc.
// a is alpha, or a column's slope; b is beta.
#define CK_ACTIVATIONS(X)                                          \
    X(IDENTITY, identity)                                          \
    X(LEAKY_RELU, leaky_relu) /* x < 0 ? a x : x */                \
    X(SIGMOID, sigmoid)                                            \
    X(SWISH, swish) /* x sigmoid(a x) */                           \
    X(HARD_SIGMOID, hard_sigmoid) /* a x + b, from 0 to 1 */       \
    X(HARD_SWISH, hard_swish)                                      \
    X(TANH, tanh)                                                  \
    X(GELU, gelu)                                                  \
    X(TANH_GELU, tanh_gelu)                                        \
    X(ELU, elu) /* x < 0 ? a (exp(x) - 1) : x */                   \
    X(CELU, celu) /* x < 0 ? a (exp(x / a) - 1) : x */             \
    X(SELU, selu) /* x < 0 ? a (exp(x) - 1) : b x */               \
    X(SOFTPLUS, softplus)                                          \
    X(SOFTSIGN, softsign)                                          \
    X(MISH, mish)                                                  \
    X(EXP, exp)                                                    \
    X(LOG, log)                                                    \
    X(ERF, erf)                                                    \
    X(SQRT, sqrt)                                                  \
    X(RECIPROCAL, reciprocal)                                      \
    X(SQUARE, square)                                              \
    X(ABSOLUTE, absolute)                                          \
    X(NEGATIVE, negative)                                          \
    X(FLOOR, floor)                                                \
    X(CEIL, ceil)                                                  \
    X(ROUND, round) /* halves to the even number */

typedef enum {
#define CK_ACTIVATION(NAME, TEXT) CK_##NAME,
    CK_ACTIVATIONS(CK_ACTIVATION)
#undef CK_ACTIVATION
} ck_activation;

// The operations on the sums of a row r and a column n before they are stored: y = clamp(activation(sum * scale[n] +
// bias[n] + residual[r][n])), and then y * factor + addend if has_affine is not 0.
typedef struct {
    // One value per column, or null.
    const float *scale, *bias;
    // Rows that are residual_pitch floats apart, or null.
    const float *residual;
    ptrdiff_t residual_pitch;
    ck_activation activation;
    float alpha, beta;
    // One slope per column; null: alpha for every column.
    const float *slopes;
    // 0 and infinity for ReLU; -infinity and infinity for no clamping.
    float lower, upper;
    int has_affine;
    float factor, addend;
} ck_epilogue;
