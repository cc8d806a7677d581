// Products of bytes for CPUs with instructions for them: a routine that not all CPUs of its instruction set support.
#include "ckernels.h"

#if defined(__x86_64__)
#include <immintrin.h>
#include <string.h>
#pragma clang attribute push(__attribute__((target("avx512f,avx512vl,avx512bw,avx512dq,avx512vnni,avx2,fma"))), \
                             apply_to = function)
#define CK_WIDTH 16
#define CK_BUILDS_avx512vnni ~, 1
#define CK_DOT_BYTES(SUM, X, W) _mm512_dpbusd_epi32((__m512i)(SUM), (__m512i)(X), (__m512i)(W))
#include "repeat.inc"
#include "select.inc"
#include "vector.inc"
#include "integer.inc"
#pragma clang attribute pop
#endif
