#include "ckernels.h"

#if defined(__x86_64__)
#include <immintrin.h>
#include <math.h>
#include <string.h>
#pragma clang attribute push(__attribute__((target("avx2,fma"))), apply_to = function)
#define CK_WIDTH 8
#define CK_ROWS 6
#define CK_NAME "avx2"
#define CK_TABLE avx2_table
#include "table.inc"
#pragma clang attribute pop

const ck_table *ck_avx2(void) {
    return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") ? &avx2_table : 0;
}
#else
const ck_table *ck_avx2(void) { return 0; }
#endif
