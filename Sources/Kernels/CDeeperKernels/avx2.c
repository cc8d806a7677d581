#include "ckernels.h"

#if defined(__x86_64__)
#include <immintrin.h>
#include <math.h>
#include <string.h>
#pragma clang attribute push(__attribute__((target("avx2,fma"))), apply_to = function)
#define CK_WIDTH 8
#define CK_ROWS 6
#define CK_NAME avx2
#define CK_BUILDS_avx2 ~, 1
#include "table.inc"
#pragma clang attribute pop
#endif
