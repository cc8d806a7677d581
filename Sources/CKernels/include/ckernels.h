// The SIMD loops of deeper: one table of functions per instruction set, chosen at run time.
//
// Every function works on float32, channels contiguous. `lower` and `upper` clamp the result (ReLU: 0 and +inf; no
// activation: -inf and +inf); NaN passes through. Pointers need the alignment of float only. Nothing allocates.
#pragma once

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

// The taps of one output pixel that lie inside the input: counts, and distances in floats, along depth, height, width.
typedef struct {
    int32_t depth, height, width;
    ptrdiff_t depth_stride, height_stride, width_stride;
} ck_taps;

typedef struct {
    // The instruction set's name: "portable", "avx2", "avx512".
    const char *name;

    // target[r][c] = clamp(source[r][c] + bias[c]); bias may be null; target may be source.
    void (*bias_clamp)(float *target, ptrdiff_t target_pitch, const float *source, ptrdiff_t source_pitch,
                       size_t rows, size_t columns, const float *bias, float lower, float upper);

    // target[r][c] = clamp(source[r][c] * scale[c] + shift[c]); target may be source.
    void (*scale_shift_clamp)(float *target, ptrdiff_t target_pitch, const float *source, ptrdiff_t source_pitch,
                              size_t rows, size_t columns, const float *scale, const float *shift, float lower,
                              float upper);

    // target[c] = max over taps of source[tap][c]; at least one tap. NaN wins.
    void (*maximum_of_taps)(float *target, const float *source, size_t channels, ck_taps taps);

    // target[c] = (sum over taps of source[tap][c]) * scale.
    void (*sum_of_taps)(float *target, const float *source, size_t channels, ck_taps taps, float scale);

    // target[c] = clamp(bias[c] + sum over taps of source[tap][c] * weights[tap][c]); weights step by weight_taps.
    void (*depthwise)(float *target, const float *source, const float *weights, const float *bias, size_t channels,
                      ck_taps taps, ck_taps weight_taps, float lower, float upper);

    // Local response normalisation across channels of `pixels` pixels:
    // target[c] = source[c] * (bias + alpha_over_size * sum of squares over the window around c) ^ -beta.
    // scratch: channels + size floats.
    void (*lrn)(float *target, ptrdiff_t target_pitch, const float *source, ptrdiff_t source_pitch, size_t pixels,
                size_t channels, size_t size, float alpha_over_size, float beta, float bias, float *scratch);

    // target[r][n] = clamp(bias[n] + sum over k of source[r][k] * weights[k][n]); bias may be null. A row's bits do
    // not depend on the other rows, nor a column's on the other columns.
    void (*dense)(float *target, ptrdiff_t target_pitch, const float *source, ptrdiff_t source_pitch, size_t rows,
                  const float *weights, ptrdiff_t weight_pitch, size_t k, size_t n, const float *bias, float lower,
                  float upper);
} ck_table;

// The table of an instruction set, or null where this build or this CPU does not have it.
const ck_table *ck_portable(void);
const ck_table *ck_avx2(void);
const ck_table *ck_avx512(void);

// The CPUs that this process may run on, at least 1.
int ck_affinity_count(void);

// Names the calling thread, at most 15 characters, for debuggers and top.
void ck_name_thread(const char *name);

// A hint to the CPU that the caller spins.
static inline void ck_spin_hint(void) {
#if defined(__x86_64__)
    __builtin_ia32_pause();
#elif defined(__aarch64__)
    __asm__ volatile("yield");
#endif
}

#ifdef __cplusplus
}
#endif
