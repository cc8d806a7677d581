#include "ckernels.h"

#if defined(__x86_64__)
#include <immintrin.h>
#include <math.h>
#include <string.h>
#pragma clang attribute push(__attribute__((target("avx512f,avx512vl,avx512bw,avx512dq,avx2,fma"))), \
                             apply_to = function)
#define CK_WIDTH 16
#define CK_ROWS 14
#define CK_NAME avx512
#define CK_BUILDS_avx512 ~, 1
#include "table.inc"
#pragma clang attribute pop
#endif
