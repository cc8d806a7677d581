#include "routinecheck.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#pragma STDC FP_CONTRACT OFF

typedef struct {
    size_t rows, columns, runs, run_length, line_rows;
    int has_bias, has_residual, is_raw;
    float lower, upper;
} shape;

static uint64_t seed = 1;

static float random_float(void) {
    seed = seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (float)(int32_t)(seed >> 32) * 0x1p-31f;
}

static float *random_floats(size_t count) {
    float *result = malloc((count + 1) * sizeof(float));
    for (size_t index = 0; index < count; ++index) result[index] = random_float();
    return result;
}

static int is_fused(const ck_routine *routine) {
#if defined(__x86_64__)
    for (size_t index = 0; ck_set_at(index); ++index)
        if (strcmp(ck_set_at(index)->name, routine->set) == 0) return (ck_set_at(index)->features & CK_FMA) != 0;
    return 0;
#else
    (void)routine;
    return 1;
#endif
}

// The house order, element by element: see CK_CHAINS.
static float element(const ck_product *t, const float *row, size_t column, size_t width, size_t r, int fused) {
    float sum = t->epilogue.bias ? t->epilogue.bias[column] : 0, total = 0;
    size_t terms = 0, k = 0;
    int is_split = 0;
    for (size_t run = 0; run < t->runs; ++run) {
        if (terms >= 128) {
            total = is_split ? total + sum : sum;
            sum = 0;
            terms = 0;
            is_split = 1;
        }
        terms += t->run_length;
        for (size_t index = 0; index < t->run_length; ++index, ++k) {
            const float x = row[t->run_offsets[run] + (ptrdiff_t)index], w = t->panel[k * width + column];
            if (fused) {
                sum = fmaf(x, w, sum);
            } else {
                const float product = x * w;
                sum = sum + product;
            }
        }
    }
    if (is_split) sum = sum + total;
    if (t->is_raw) return sum;
    const ck_epilogue *e = &t->epilogue;
    if (e->residual) sum = sum + e->residual[(ptrdiff_t)r * e->residual_pitch + (ptrdiff_t)column];
    if (sum < e->lower) sum = e->lower;
    return sum > e->upper ? e->upper : sum;
}

static int check(const ck_routine *routine, const shape *s, char *message, size_t message_size) {
    const size_t vector = routine->vector_width, width = (s->columns + vector - 1) / vector * vector;
    const size_t k = s->runs * s->run_length, line = s->line_rows ? s->line_rows : s->rows;
    // Rows overlap as windows do, runs lie apart, and so do lines.
    const size_t pitch = 3, gap = s->run_length + 5, line_pitch = pitch * line + 7;
    const size_t lines = (s->rows + line - 1) / line, c_pitch = width + 3, written = s->is_raw ? width : s->columns;
    float *a = random_floats(lines * line_pitch + s->runs * gap + s->run_length);
    // The kernels ask the cache for what follows a panel, but read nothing of it.
    float *panel = random_floats(k * width), *bias = random_floats(width), *residual = random_floats(s->rows * c_pitch);
    for (size_t row = 0; row < k; ++row)
        for (size_t column = s->columns; column < width; ++column) panel[row * width + column] = 0;
    for (size_t column = s->columns; column < width; ++column) bias[column] = 0;
    ptrdiff_t *offsets = malloc(s->runs * sizeof(ptrdiff_t));
    for (size_t run = 0; run < s->runs; ++run) offsets[run] = (ptrdiff_t)(run * gap);
    float *c = malloc(s->rows * c_pitch * sizeof(float));
    const float untouched = -12345;
    for (size_t index = 0; index < s->rows * c_pitch; ++index) c[index] = untouched;
    const ck_product t = {
        .a = a, .a_pitch = (ptrdiff_t)pitch, .line_rows = s->line_rows, .line_pitch = (ptrdiff_t)line_pitch,
        .runs = s->runs, .run_length = s->run_length, .run_offsets = offsets, .panel = panel, .c = c,
        .c_pitch = (ptrdiff_t)c_pitch, .rows = s->rows, .columns = s->columns, .is_raw = s->is_raw,
        .epilogue = {
            .bias = s->has_bias ? bias : 0, .residual = s->has_residual ? residual : 0,
            .residual_pitch = (ptrdiff_t)c_pitch, .lower = s->lower, .upper = s->upper}};
    routine->product(&t);
    int is_wrong = 0;
    for (size_t r = 0; r < s->rows && !is_wrong; ++r) {
        const float *row = a + r / line * line_pitch + r % line * pitch;
        for (size_t column = 0; column < c_pitch && !is_wrong; ++column) {
            const float found = c[r * c_pitch + column];
            const float wanted =
                column < written ? element(&t, row, column, width, r, is_fused(routine)) : untouched;
            is_wrong = memcmp(&found, &wanted, sizeof found) != 0;
            if (is_wrong)
                snprintf(
                    message, message_size,
                    "%s %s: %zu rows in lines of %zu, %zu columns, %zu runs of %zu, bias %d, residual %d, raw %d: "
                    "row %zu, column %zu is %a, expected %a",
                    routine->set, routine->name, s->rows, line, s->columns, s->runs, s->run_length, s->has_bias,
                    s->has_residual, s->is_raw, r, column, (double)found, (double)wanted);
        }
    }
    free(a), free(panel), free(bias), free(residual), free(offsets), free(c);
    return is_wrong;
}

size_t rc_check_routine(const ck_routine *routine, char *message, size_t message_size) {
    const size_t most = routine->rows, vector = routine->vector_width, all = routine->vectors * vector;
    const size_t rows[] = {1, 2, 3, 4, 5, 7, most - 1, most, most + 1, 2 * most + 3, 29};
    const size_t columns[] = {1, vector - 1, vector, vector + 1, all - 1, all};
    const size_t runs[][2] = {{1, 1}, {1, 5}, {3, 7}, {1, 128}, {2, 128}, {5, 60}, {3, 200}};
    size_t failures = 0;
    seed = 1;
    *message = 0;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; ++i)
        for (size_t j = 0; j < sizeof columns / sizeof *columns; ++j)
            for (size_t n = 0; n < sizeof runs / sizeof *runs; ++n)
                for (int variant = 0; variant < 6; ++variant) {
                    shape s = {
                        .rows = rows[i], .columns = columns[j], .runs = runs[n][0], .run_length = runs[n][1],
                        .line_rows = variant == 1 ? 7 : variant == 2 ? 5 : 0, .has_bias = variant != 3,
                        .has_residual = variant == 2 || variant == 4, .is_raw = variant == 5, .lower = -INFINITY,
                        .upper = INFINITY};
                    if (s.rows == 0 || s.columns == 0 || s.columns > all) continue;
                    if (variant == 1 || variant == 4) s.lower = 0, s.upper = 1.5f;
                    char other[1];
                    failures += (size_t)check(
                        routine, &s, failures ? other : message, failures ? sizeof other : message_size);
                }
    return failures;
}
