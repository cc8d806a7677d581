// Products of bytes for CPUs with instructions for them: a routine that not all CPUs of its instruction set support.
#include "ckernels.h"

#if defined(__x86_64__)
#include <immintrin.h>
#include <string.h>
#pragma clang attribute push(__attribute__((target("avx2,fma,avxvnni"))), \
                             apply_to = function)
#define CK_WIDTH 8
#define CK_BUILDS_avxvnni ~, 1
#define CK_DOT_BYTES(SUM, X, W) _mm256_dpbusd_avx_epi32((__m256i)(SUM), (__m256i)(X), (__m256i)(W))
#include "repeat.inc"
#include "select.inc"
#include "vector.inc"
#include "integer.inc"
#pragma clang attribute pop
#endif
