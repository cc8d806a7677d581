// Packed products of integers.
#pragma once

#include <stddef.h>
#include <stdint.h>

// What becomes of the sum of a row and a column n.
typedef enum {
    // int32: the sum.
    CK_SUMS,
    // float: sum * scale[n].
    CK_REALS,
    // A byte: sum * scale[n] held between lower and upper, rounded to the nearest, ties to even, plus zero.
    CK_BYTES,
} ck_integer_result;

typedef struct {
    // What sums begin with, and what they are multiplied by; each followed by readable memory, up to as many elements as the
    // panel is padded to.
    const int32_t *bias;
    const float *scale;
    ck_integer_result result;
    float lower, upper;
    int32_t zero;
} ck_integer_epilogue;

// Rows times a panel: c[r][n] = epilogue(sum over k of a[r][k] * panel[k][n]). All distances are in bytes.
//
// Row r lies at a + r * a_pitch, or, where rows come in lines of `line_rows` (0: they do not), at
// a + r / line_rows * line_pitch + r % line_rows * a_pitch, in `runs` runs of `run_steps` steps of 4 bytes, the i-th
// run_offsets[i] from there. What the last step of a run reads beyond its terms meets zeros in the panel.
typedef struct {
    const char *a;
    ptrdiff_t a_pitch;
    size_t line_rows;
    ptrdiff_t line_pitch;
    size_t runs, run_steps;
    const ptrdiff_t *run_offsets;
    const char *panel;
    char *c;
    ptrdiff_t c_pitch;
    size_t rows, columns;
    ck_integer_epilogue epilogue;
} ck_integer_product;

// Two operands of bytes: unsigned ones, or signed ones with flip = 0x80 instead of 0.
typedef struct {
    uint8_t flip;
    int32_t a_zero, b_zero;
    float a_scale, b_scale, product;
} ck_byte_pair;

// A row of depthwise windows of unsigned bytes that all lie inside memory: tap (y, x) of output q and channel c is
// source[q * step + y * row + x * pixel + c], its weight weights[(y * width + x) * weight_pitch + c]. Distances in bytes, those of
// weights in elements. Whole registers are read: `source`, weights, bias and scales are followed by readable memory.
typedef struct {
    const uint8_t *source;
    ptrdiff_t step, row, pixel;
    size_t outputs, height, width, channels;
    const int32_t *weights;
    size_t weight_pitch;
    char *target;
    ptrdiff_t target_pitch;
} ck_byte_row;

// A line of integer-routines.inc, which says what the members mean.
typedef struct {
    const char *name, *set;
    uint64_t features;
    // vector_width: lanes of 32 bits of a register.
    size_t rows, vectors, vector_width, step;

    // The panel of `columns` filters [channels][taps], whose terms [taps][channels] are cut into `runs` equal runs: for each
    // run and step, for each column padded to whole registers, `step` terms. Zeroed before.
    void (*pack)(void *panel, size_t columns, const int16_t *filters, size_t channels, size_t taps, size_t runs);

    // At least one column, and no more than vectors * vector_width.
    void (*product)(const ck_integer_product *product);
} ck_integer_routine;

// The routine at a position of its list; null after the last one.
const ck_integer_routine *ck_integer_routine_at(size_t index);
