#include "ckernels.h"

// The same vectors as the portable loops, but of the 32 registers that every arm64 CPU has: higher blocks.
#if defined(__aarch64__)
#include <math.h>
#include <string.h>
#define CK_WIDTH 4
#define CK_ROWS 14
#define CK_NAME neon
#define CK_BUILDS_neon ~, 1
#include "table.inc"
#endif
