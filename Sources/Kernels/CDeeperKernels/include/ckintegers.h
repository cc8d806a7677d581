// Packed products of integers.
#pragma once

#include <stddef.h>
#include <stdint.h>

// The form in which the sum of a row and a column n is written.
typedef enum {
    // int32: the sum.
    CK_SUMS,
    // float: sum * scale[n] + offset[n], clamped to lower and upper.
    CK_REALS,
    // A byte: sum * scale[n] + offset[n], clamped to lower and upper, rounded to nearest, ties to even, plus zero.
    CK_BYTES,
} ck_integer_result;

// A further operand of bytes that is added to the stored results of a ck_integer_epilogue with its lower, upper and
// zero. The sum is requantised: (stored - zero of the epilogue) * own_scale + ((byte ^ flip) - zero) * scale, clamped,
// rounded, plus result_zero.
typedef struct {
    // Row r begins at bytes + r * pitch. Null: there is no such operand.
    const uint8_t *bytes;
    ptrdiff_t pitch;
    // 0x80 for signed bytes, for which `zero` is increased by 128; otherwise 0.
    uint8_t flip;
    int32_t zero;
    float own_scale, scale;
    float lower, upper;
    int32_t result_zero;
} ck_byte_residual;

typedef struct {
    // The initial values of the sums, and the factors that they are multiplied by. Each is followed by readable memory
    // up to the padded number of columns of the panel.
    const int32_t *bias;
    const float *scale;
    // Added after that, for CK_REALS and CK_BYTES, and followed by readable memory as well; or null.
    const float *offset;
    ck_integer_result result;
    float lower, upper;
    int32_t zero;
    // For products with CK_BYTES.
    ck_byte_residual residual;
} ck_integer_epilogue;

// Rows times a panel: c[r][n] = epilogue(sum over k of a[r][k] * panel[k][n]). All distances are in bytes.
//
// Row r is at a + r * a_pitch or, if rows are divided into lines of `line_rows` (0: they are not), at a + r / line_rows
// * line_pitch + r % line_rows * a_pitch. It consists of `runs` runs of `run_steps` steps of 4 bytes; run i is
// run_offsets[i] bytes from there. Bytes that the last step of a run reads beyond its terms are multiplied by zeros in
// the panel.
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

// Two operands of bytes. The flip of each is 0 for unsigned bytes, 0x80 for signed ones.
typedef struct {
    uint8_t a_flip, b_flip;
    int32_t a_zero, b_zero;
    float a_scale, b_scale, product;
} ck_byte_pair;

// A line of depthwise windows, with one filter per channel, over channels-last bytes. flip is 0 for unsigned bytes, and
// 0x80 for signed ones, which are then read as unsigned numbers, 128 larger. The padding outside the image has the
// stored byte `fill`. Distances are in bytes.
typedef struct {
    // The first column of the image in the input row of the windows' first row, which may be above the image; memory
    // ends at `end`. Of a window's rows, first_row ..< end_row are inside the image.
    const uint8_t *source, *end;
    ptrdiff_t row_pitch, pixel_pitch;
    size_t first_row, end_row;
    // The columns that windows read: `left` columns of padding, `inside` columns of the image from its column `skipped`
    // on, then padding again, `width` in total.
    size_t left, inside, skipped, width;
    size_t outputs, stride, dilation, height, window_width, channels;
    uint8_t flip, fill;
    // [group of `step` (see the routine) rows][column][channel], with 4 bytes each, as in panels. weight_pitch: lanes
    // from one column to the next. Whole registers are read, as with bias, scale and offset.
    const int32_t *weights;
    size_t weight_pitch;
    // Space for groups * width registers.
    void *scratch;
    char *target;
    ptrdiff_t target_pitch;
} ck_byte_windows;

// A routine that multiplies integer rows by packed panels: a line of integer-routines.inc, which explains the members.
typedef struct {
    const char *name, *set;
    uint64_t features;
    // vector_width: the number of 32-bit lanes of a register.
    size_t rows, vectors, vector_width, step;

    // Packs `columns` filters [channels][taps] into a panel, which is zero before. The terms, in the order
    // [taps][channels], are divided into `runs` equal runs. The panel has, for each run and step, and for each column
    // padded to whole registers, `step` terms.
    void (*pack)(void *panel, size_t columns, const int16_t *filters, size_t channels, size_t taps, size_t runs);

    // At least one column, and no more than vectors * vector_width.
    void (*product)(const ck_integer_product *product);

    // The given number of rounds of multiply-adds with enough independent sums to hide the latency. Returns the number
    // of multiply-adds. `sink`, vector_width lanes, prevents the work from being optimised away.
    size_t (*multiply_adds)(size_t rounds, void *sink);

    void (*depthwise)(const ck_byte_windows *windows, const ck_integer_epilogue *epilogue);
} ck_integer_routine;

// The routine at a position of its list; null after the last one.
const ck_integer_routine *ck_integer_routine_at(size_t index);
