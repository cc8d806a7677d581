#include "ckernels.h"

#if defined(__x86_64__)
#include <immintrin.h>
#include <math.h>
#include <string.h>
#pragma clang attribute push(__attribute__((target("avx512f,avx512vl,avx512bw,avx512dq,avx2,fma"))), \
                             apply_to = function)
#define CK_WIDTH 16
#define CK_ROWS 14
#define CK_NAME "avx512"
#define CK_TABLE avx512_table
#include "table.inc"
#pragma clang attribute pop

const ck_table *ck_avx512(void) {
    return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512vl") &&
                   __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512dq") &&
                   __builtin_cpu_supports("fma")
               ? &avx512_table
               : 0;
}
#else
const ck_table *ck_avx512(void) { return 0; }
#endif
