// The SIMD loops of deeper: a table of functions for each instruction set, and a list of packed products. Callers
// choose among them at run time by the CPU's features.
//
// Unless stated otherwise, functions work on float32 with contiguous channels. NaN is propagated. Pointers need only
// the alignment of float. No function allocates memory.
#pragma once

#include "ckepilogue.h"
#include "ckintegers.h"

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

// The taps of one output pixel that are inside the input: counts, and distances in floats, along depth, height and
// width.
typedef struct {
    int32_t depth, height, width;
    ptrdiff_t depth_stride, height_stride, width_stride;
} ck_taps;

// A row of windows: output q covers columns q * stride - pad ..< q * stride - pad + kernel of `rows` input rows, which
// are all inside the image. Columns outside 0 ..< width do not count.
typedef struct {
    const float *source;
    ptrdiff_t rows, row_pitch, pixel_pitch, width, outputs, kernel, stride, pad;
} ck_window_row;

// The groups of a convolution. filters: filters per group, a power of two; inputs: channels per group, at most as many.
typedef struct {
    size_t groups, inputs, filters;
} ck_groups;

// Rows times a panel: c[r][n] = epilogue(sum over k of a[r][k] * panel[k][n]).
//
// A panel has at most as many columns as a block of its routine, padded with zeros to whole vectors, in k dense rows.
// Row r of the left operand is at a + r * a_pitch or, if rows are divided into lines of `line_rows` (0: they are not),
// at a + r / line_rows * line_pitch + r % line_rows * a_pitch. It consists of `runs` runs of `run_length` floats; run i
// is run_offsets[i] floats from there. The bias, if there is one, is followed by readable memory up to the padded
// number of columns.
typedef struct {
    const float *a;
    ptrdiff_t a_pitch;
    size_t line_rows;
    ptrdiff_t line_pitch;
    size_t runs, run_length;
    const ptrdiff_t *run_offsets;
    const float *panel;
    float *c;
    ptrdiff_t c_pitch;
    size_t rows, columns;
    ck_epilogue epilogue;
    // Whether the sums are written without an epilogue, including those of the padding.
    int is_raw;
} ck_product;

// A square of pixels of a channels-last image. It may extend beyond the image; pixels outside are zero.
typedef struct {
    const float *image;
    ptrdiff_t row_pitch, pixel_pitch;
    ptrdiff_t first_row, first_column;
    // The extents of the image.
    ptrdiff_t rows, columns;
} ck_window;

// Up to rows x columns outputs of one Winograd tile. A row of the epilogue's residual is one pixel; its bias is padded
// to whole vectors.
typedef struct {
    float *target;
    ptrdiff_t row_pitch, pixel_pitch;
    ptrdiff_t rows, columns;
    size_t channels;
    ck_epilogue epilogue;
    // The distance of the residual from one row of the tile to the next.
    ptrdiff_t residual_row_pitch;
} ck_patch;

// The arithmetic of two operands: X(constant, function), where the functions are those of elementwise.inc.
#define CK_COMBINATIONS(X)    \
    X(SUM, sum)               \
    X(DIFFERENCE, difference) \
    X(PRODUCT, product)       \
    X(QUOTIENT, quotient)     \
    X(SMALLER, smaller)       \
    X(LARGER, larger)

typedef enum {
#define CK_COMBINATION(NAME, TEXT) CK_##NAME,
    CK_COMBINATIONS(CK_COMBINATION)
#undef CK_COMBINATION
} ck_combination;

// Element (r, c) is at values + r * pitch + c * step; 0 repeats an element.
typedef struct {
    const float *values;
    ptrdiff_t pitch, step;
} ck_grid;

// The taps of a resampling: those of output q are entries starts[q] ..< starts[q + 1] of the input indices and of the
// weights.
typedef struct {
    const int32_t *starts, *indices;
    const float *weights;
} ck_resampling;

// A line of outputs of a convolution with 1 to 8 filters. Plane c of an input line has the line's numbers of channel c;
// if the stride is more than 1, those of every stride-th column are together, in a phase of planes. Each plane is
// followed by readable memory for a register.
typedef struct {
    const float *planes;
    ptrdiff_t line_pitch, phase_pitch, plane_pitch;
    size_t kernel_rows, kernel_columns, channels, stride, outputs, filters;
    // weights[(y * kernel_columns + x) * channels + c][filter].
    const float *weights;
    // One value for each filter, or null.
    const float *bias;
    // The number of terms of a chain, in the house order.
    size_t chain;
    float *c;
    ptrdiff_t c_pitch;
} ck_planar;

// A sum of outer products: c[k][n] += sum over pixels of a[pixel][k] * b[pixel][n], for k < rows and n < columns.
// Pixels come in `lines` lines of `pixels` each.
typedef struct {
    const float *a;
    ptrdiff_t a_pitch, a_line_pitch;
    const float *b;
    ptrdiff_t b_pitch, b_line_pitch;
    size_t lines, pixels, rows, columns;
    float *c;
    ptrdiff_t c_pitch;
} ck_outer_product;

typedef enum { CK_FLOAT32, CK_INT32, CK_INT8, CK_UINT8 } ck_type;

// The order in which a routine sums the products of an element.
typedef enum {
    // The house order: terms along k are summed in chains of at least 128, the first of which starts with the bias;
    // then the chains are added one after the other, then the residual. Multiply-adds are fused if the features include
    // FMA or NEON.
    CK_CHAINS,
} ck_order;

// The features of a CPU beyond its architecture's baseline: X(constant, bit, name), with the names that compilers use.
#if defined(__x86_64__)
#define CK_FEATURES(X)             \
    X(AVX2, 0, "avx2")             \
    X(FMA, 1, "fma")               \
    X(AVX512F, 2, "avx512f")       \
    X(AVX512VL, 3, "avx512vl")     \
    X(AVX512BW, 4, "avx512bw")     \
    X(AVX512DQ, 5, "avx512dq")     \
    X(AVX512VNNI, 6, "avx512vnni") \
    X(AVXVNNI, 7, "avxvnni")       \
    X(AVX512BF16, 8, "avx512bf16") \
    X(AVX512FP16, 9, "avx512fp16") \
    X(F16C, 10, "f16c")
#elif defined(__aarch64__)
#define CK_FEATURES(X)        \
    X(NEON, 32, "neon")       \
    X(DOTPROD, 33, "dotprod") \
    X(FP16, 34, "fp16")       \
    X(I8MM, 35, "i8mm")       \
    X(BF16, 36, "bf16")
#else
#define CK_FEATURES(X)
#endif

typedef enum : uint64_t {
    CK_NO_FEATURE = 0,
#define CK_FEATURE(NAME, BIT, TEXT) CK_##NAME = UINT64_C(1) << BIT,
    CK_FEATURES(CK_FEATURE)
#undef CK_FEATURE
} ck_feature;

// A routine that multiplies rows by packed panels: a line of routines.inc, which explains the members.
typedef struct {
    const char *name, *set;
    uint64_t features;
    ck_type row_type, panel_type, sum_type, store_type;
    // vector_width: the number of elements of an accumulator register.
    size_t rows, vectors, vector_width, step;
    ck_order order;

    // panel[tap * channels + c][j] = filters[j][c][tap] for j < columns: a panel as in ck_product, which is zero
    // before.
    void (*pack)(float *panel, size_t columns, const float *filters, size_t channels, size_t taps);

    // panel[position * channels + c][j] = (G filters[j][c] G')[position], where G is `points` x `taps`, row-major.
    void (*pack_winograd)(float *panel, size_t columns, const float *filters, size_t channels, size_t taps,
                          size_t points, const double *transform);

    // At least one column, and no more than vectors * vector_width.
    void (*product)(const ck_product *product);
} ck_routine;

typedef struct {
    // The instruction set's name: "portable", "avx2", "avx512", "neon".
    const char *name;
    // The number of floats of a register.
    size_t vector_width;

    // Only independent multiply-adds, to measure the peak rate of a core. Returns their number. result: vector_width
    // floats, which are changed.
    size_t (*multiply_adds)(size_t rounds, float *result);

    // target[r][c] = epilogue(source[r][c]); target may be source, and the residual may be the target.
    void (*finish)(float *target, ptrdiff_t target_pitch, const float *source, ptrdiff_t source_pitch, size_t rows,
                   size_t columns, const ck_epilogue *epilogue);

    // target[r * target_pitch + c * target_step] = ending(a[r][c] how b[r][c]); target may be an operand. SMALLER and
    // LARGER return NaN if an operand is NaN. Only activation and clamp of the ending are used.
    void (*combine)(float *target, ptrdiff_t target_pitch, ptrdiff_t target_step, const ck_grid *a, const ck_grid *b,
                    size_t rows, size_t columns, ck_combination how, const ck_epilogue *ending);

    // sums[c] += sum over r of source[r][c]; maxima[c] = max(maxima[c], max over r of source[r][c]), minima likewise.
    void (*column_sums)(float *sums, const float *source, ptrdiff_t pitch, size_t rows, size_t columns);
    void (*column_maxima)(float *maxima, const float *source, ptrdiff_t pitch, size_t rows, size_t columns);
    void (*column_minima)(float *minima, const float *source, ptrdiff_t pitch, size_t rows, size_t columns);

    // The sum, the maximum and the minimum of elements; 0, -inf and inf if there are none.
    double (*sum_of_row)(const float *source, size_t count);
    float (*maximum_of_elements)(const float *source, size_t count);
    float (*minimum_of_elements)(const float *source, size_t count);

    // target[i] = exp(source[i]) / sum over j of exp(source[j]), or its logarithm; at least one element.
    void (*softmax_row)(float *target, const float *source, size_t count, int is_logarithm);

    // target[c][r] = source[r][c] for any elements of 32 bits.
    void (*transpose)(float *target, ptrdiff_t target_pitch, const float *source, ptrdiff_t source_pitch, size_t rows,
                      size_t columns);

    // target[3 i + c] = source[c * plane + i] for bytes, c = 0, 1, 2.
    void (*interleave_three)(void *target, const void *source, ptrdiff_t plane, size_t count);

    // target[q][c] = sum over the taps of output q of weight * source[index][c].
    void (*resample_row)(float *target, ptrdiff_t target_pitch, const float *source, ptrdiff_t source_pitch,
                         size_t channels, size_t outputs, const ck_resampling *axis);

    // target[c] = max over taps of source[tap][c], or NaN if any is NaN; at least one tap.
    void (*maximum_of_taps)(float *target, const float *source, size_t channels, ck_taps taps);

    // The same for bytes, with the distances of taps in bytes. flip is 0 for unsigned bytes, 0x80 for signed ones.
    // Without taps, the result is the lowest value.
    void (*maximum_of_bytes)(void *target, const void *source, size_t channels, ck_taps taps, uint8_t flip);

    // target[c] = the byte of (sum over taps of source[tap][c] - zeros) * scale[0], as for CK_BYTES; the sums are of
    // flipped bytes.
    void (*mean_of_bytes)(void *target, const void *source, size_t channels, ck_taps taps, uint8_t flip, int32_t zeros,
                          const ck_integer_epilogue *epilogue);

    // target[i] = the byte of (source[i] - zero) * scale[0], as for CK_BYTES.
    void (*rescale_bytes)(void *target, const void *source, size_t count, uint8_t flip, int32_t zero,
                          const ck_integer_epilogue *epilogue);

    // target[i] = the byte of a[i] * a_scale + b[i * b_step] * b_scale, or of a[i] * b[i * b_step] * product, where
    // zero points are subtracted from the operands first. b_step is 0 or 1. At least one element.
    void (*combine_bytes)(void *target, const void *a, const void *b, size_t b_step, size_t count, int is_product,
                          const ck_byte_pair *pair, const ck_integer_epilogue *epilogue);

    // target[i] = source[i] / scale, clamped to lower and upper (NaN becomes lower), rounded to nearest, ties to even,
    // plus zero.
    void (*quantize)(void *target, const float *source, size_t count, float scale, float lower, float upper,
                     int32_t zero);

    // target[i] = (source[i] - zero) * scale for bytes. flip is 0 for unsigned bytes, 0x80 for signed ones.
    void (*dequantize)(float *target, const void *source, size_t count, uint8_t flip, int32_t zero, float scale);

    // The same with a scale and a zero point for each number. Zero points have the bytes' type; null means 0. Returns 0
    // if a scale is not positive and finite.
    int (*quantize_columns)(void *target, const float *source, size_t count, const float *scales, const void *zeros,
                            uint8_t flip);
    int (*dequantize_columns)(float *target, const void *source, size_t count, const float *scales, const void *zeros,
                              uint8_t flip);

    // target[c] = (sum over taps of source[tap][c]) * scale.
    void (*sum_of_taps)(float *target, const float *source, size_t channels, ck_taps taps, float scale);

    // target[q][c] = max, or mean, over the pixels of window q inside the image; -inf, or 0, if there are none.
    // scratch: width * channels floats.
    void (*maximum_of_row)(float *target, ptrdiff_t target_pitch, const ck_window_row *row, size_t channels,
                           float *scratch);
    void (*mean_of_row)(float *target, ptrdiff_t target_pitch, const ck_window_row *row, size_t channels,
                           float *scratch);

    // target[c] = epilogue(sum over taps of source[tap][c] * weights[tap][c]); weight_taps has the distances of the
    // weights.
    void (*depthwise)(float *target, const float *source, const float *weights, size_t channels, ck_taps taps,
                      ck_taps weight_taps, const ck_epilogue *epilogue);

    // A row of depthwise windows: target[q][c] = epilogue(sum over the pixels of window q inside the image of pixel[c]
    // * weights[y][x][c]), where y counts from the first input row, and x over the kernel's width.
    void (*depthwise_row)(float *target, ptrdiff_t target_pitch, const ck_window_row *row, const float *weights,
                          size_t channels, const ck_epilogue *epilogue);

    // The same for groups of `filters` filters that read the same `inputs` channels: target[q][g * filters + f] =
    // epilogue(sum over the pixels of window q inside the image and i of pixel[g * inputs + i] * weights[y][x][i][g *
    // filters + f]).
    void (*grouped_row)(float *target, ptrdiff_t target_pitch, const ck_window_row *row, const float *weights,
                        ck_groups groups, const ck_epilogue *epilogue);

    // c[q][f] = bias[f] + sum over y, x and c of plane c of line y at column q * stride + x, times weights[y][x][c][f].
    void (*planar_line)(const ck_planar *line);

    // Local response normalisation across channels of `pixels` pixels:
    // target[c] = source[c] * (bias + alpha_over_size * sum of squares over the window around c) ^ -beta.
    // scratch: 2 * (channels + size) floats; target is not source.
    void (*lrn)(float *target, ptrdiff_t target_pitch, const float *source, ptrdiff_t source_pitch, size_t pixels,
                size_t channels, size_t size, float alpha_over_size, float beta, float bias, float *scratch);

    // target[r][n] = epilogue(sum over k of source[r][k] * weights[k][n]). The bits of an element do not depend on
    // other rows and columns.
    void (*dense)(float *target, ptrdiff_t target_pitch, const float *source, ptrdiff_t source_pitch, size_t rows,
                  const float *weights, ptrdiff_t weight_pitch, size_t k, size_t n, const ck_epilogue *epilogue);

    // target[position * position_pitch + c] = (B' d B)[position] for a window of points x points pixels.
    void (*winograd_input)(float *target, ptrdiff_t position_pitch, const ck_window *window, size_t channels,
                           int points);

    // patch[i][j][c] = epilogue((A' m A)[i][j]); m[position] is at source + position * position_pitch, padded to whole
    // vectors. (points, outputs) is (4, 2), (6, 2) or (6, 4).
    void (*winograd_output)(const ck_patch *patch, const float *source, ptrdiff_t position_pitch, int points,
                            int outputs);

    // The functions from here on are for training.

    void (*outer_product)(const ck_outer_product *product);

    // gradient[r][c] = 0 where result[r][c] is not strictly between lower and upper.
    void (*clamp_gradient)(float *gradient, ptrdiff_t gradient_pitch, const float *result, ptrdiff_t result_pitch,
                           size_t rows, size_t columns, float lower, float upper);

    // sums[c] += sum over r of (source[r][c] - mean[c])^2, or of a[r][c] * (b[r][c] - mean[c]).
    void (*column_deviations)(float *sums, const float *source, ptrdiff_t pitch, const float *mean, size_t rows,
                              size_t columns);
    void (*column_products)(float *sums, const float *a, ptrdiff_t a_pitch, const float *b, ptrdiff_t b_pitch,
                            const float *mean, size_t rows, size_t columns);

    // target[r][c] = gradient[r][c] * gradient_factor[c] + source[r][c] * source_factor[c] + shift[c], added to the
    // contents of target if `adds`.
    void (*normalization_gradient)(float *target, ptrdiff_t target_pitch, const float *gradient,
                                   ptrdiff_t gradient_pitch, const float *source, ptrdiff_t source_pitch, size_t rows,
                                   size_t columns, const float *gradient_factor, const float *source_factor,
                                   const float *shift, int adds);

    // Adds gradient[c] to target at the first tap where source[tap][c] == maximum[c]. Windows must be planar.
    void (*maximum_gradient)(float *target, ck_taps target_taps, const float *source, ck_taps taps,
                             const float *maximum, const float *gradient, size_t channels);

    // target[tap][c] += gradient[c] * scale for every tap. Windows must be planar.
    void (*add_to_taps)(float *target, ck_taps taps, const float *gradient, size_t channels, float scale);

    // The gradient of lrn: target[c] = gradient[c] s[c]^-beta - 2 alpha_over_size beta source[c] * sum over the windows
    // i that contain c of gradient[i] source[i] s[i]^(-beta-1), where s = bias + alpha_over_size * sum of squares;
    // added to the contents of target if `adds`. scratch: 3 * channels + 2 * size floats.
    void (*lrn_gradient)(float *target, ptrdiff_t target_pitch, const float *source, ptrdiff_t source_pitch,
                         const float *gradient, ptrdiff_t gradient_pitch, size_t pixels, size_t channels, size_t size,
                         float alpha_over_size, float beta, float bias, int adds, float *scratch);

    // target[i] = source[i] * scale, or 0 where the random number of element first + i, from 0 to 1, is below threshold
    // / 2^32; added to the contents of target if `adds`.
    void (*dropout)(float *target, const float *source, size_t count, uint32_t first, uint64_t key, uint32_t threshold,
                    float scale, int adds);

    double (*sum_of_squares)(const float *source, size_t count);

    // g = gradient * scale + decay * weights; velocity = momentum * velocity + g; weights -= rate * velocity or, with
    // Nesterov's look-ahead, rate * (g + momentum * velocity).
    void (*momentum_update)(float *weights, float *velocity, const float *gradient, size_t count, float rate,
                            float momentum, float decay, float scale, int is_nesterov);

    // Adam with bias correction: `rate` is the corrected rate, `correction` the correction of the root of `second`.
    void (*adam_update)(float *weights, float *first, float *second, const float *gradient, size_t count, float rate,
                        float decay1, float decay2, float epsilon, float decay, float scale, float correction);

    // mean[i] += share * (source[i] - mean[i]).
    void (*average)(float *mean, const float *source, size_t count, float share);
} ck_table;

// An instruction set of this build: a line of sets.inc.
typedef struct {
    const char *name;
    // The features that the CPU needs for the table's functions.
    uint64_t features;
    const ck_table *table;
} ck_set;

// The instruction set, or the routine, at a position of its list; null after the last one.
const ck_set *ck_set_at(size_t index);
const ck_routine *ck_routine_at(size_t index);

// The features of this CPU, as bits of ck_feature; and the name of a bit, null if it has none.
uint64_t ck_host_features(void);
const char *ck_feature_name(unsigned bit);

// Sets the floating-point mode of the calling thread: round to nearest, no traps, and subnormal numbers are treated as
// zero. Returns the previous mode, for ck_restore_mode.
uint64_t ck_enter_computing_mode(void);
void ck_restore_mode(uint64_t mode);

#ifdef __cplusplus
}
#endif
