#include "ckernels.h"

// The same vectors as in the portable loops, but higher blocks, because every arm64 CPU has 32 registers.
#if defined(__aarch64__)
#include <math.h>
#include <string.h>
#define CK_WIDTH 4
#define CK_ROWS 14
#define CK_NAME neon
#define CK_BUILDS_neon ~, 1
#include "table.inc"
#endif
