// Packed products of integers.
#pragma once

#include <stddef.h>
#include <stdint.h>

// What becomes of the sum of a row and a column n.
typedef enum {
    // int32: the sum.
    CK_SUMS,
    // float: sum * scale[n] + offset[n] held between lower and upper.
    CK_REALS,
    // A byte: sum * scale[n] + offset[n] held between lower and upper, rounded to the nearest, ties to even, plus zero.
    CK_BYTES,
} ck_integer_result;

// Bytes of a further operand, added to stored results that lower, upper and zero of ck_integer_epilogue describe; their sum is stored
// anew: (stored - zero of those) * own_scale + ((byte ^ flip) - zero) * scale, held between bounds, rounded, plus result_zero.
typedef struct {
    // Row r begins at bytes + r * pitch.
    const uint8_t *bytes;
    ptrdiff_t pitch;
    // 0x80 where bytes are signed, 0 where not; `zero` is 128 larger where they are.
    uint8_t flip;
    int32_t zero;
    float own_scale, scale;
    float lower, upper;
    int32_t result_zero;
} ck_byte_residual;

typedef struct {
    // What sums begin with, and what they are multiplied by; each followed by readable memory, up to as many elements as the
    // panel is padded to.
    const int32_t *bias;
    const float *scale;
    // Added after that, of CK_REALS and CK_BYTES, and followed by readable memory too; or null.
    const float *offset;
    ck_integer_result result;
    float lower, upper;
    int32_t zero;
    // Of products, with CK_BYTES; none without bytes.
    ck_byte_residual residual;
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

// Two operands of bytes: each unsigned, or signed with a flip of 0x80 instead of 0.
typedef struct {
    uint8_t a_flip, b_flip;
    int32_t a_zero, b_zero;
    float a_scale, b_scale, product;
} ck_byte_pair;

// A line of depthwise windows, one filter a channel, of channels-last bytes: signed ones with flip = 0x80 instead of 0, as
// which they are read as unsigned ones, 128 larger. Outside the image lies `fill`, a byte as it is stored. Distances are in bytes.
typedef struct {
    // The image's first column in the input row of the windows' first row, which may lie above the image; memory ends at
    // `end`. Of a window's rows, first_row ..< end_row lie in the image.
    const uint8_t *source, *end;
    ptrdiff_t row_pitch, pixel_pitch;
    size_t first_row, end_row;
    // Columns that windows read: of padding, then of the image from its column `skipped` on, then of padding again.
    size_t left, inside, skipped, width;
    size_t outputs, stride, dilation, height, window_width, channels;
    uint8_t flip, fill;
    // [group of `step` of the routine's rows][column][channel]: 4 bytes, as of panels. weight_pitch: lanes between columns. Whole
    // registers are read, as of bias, scale and offset.
    const int32_t *weights;
    size_t weight_pitch;
    // Of groups * width registers.
    void *scratch;
    char *target;
    ptrdiff_t target_pitch;
} ck_byte_windows;

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

    // Multiply-adds of enough independent sums to hide the latency, in so many rounds: how many there were. `sink`, vector_width
    // lanes, keeps the work from being left out.
    size_t (*multiply_adds)(size_t rounds, void *sink);

    void (*depthwise)(const ck_byte_windows *windows, const ck_integer_epilogue *epilogue);
} ck_integer_routine;

// The routine at a position of its list; null after the last one.
const ck_integer_routine *ck_integer_routine_at(size_t index);
