// The loops for every CPU: 16-byte vectors, which are SSE2 on x86-64 and NEON on arm64.
#include "ckernels.h"

#define CK_WIDTH 4
#define CK_ROWS 6
#define CK_NAME portable
#define CK_BUILDS_portable ~, 1
#include "table.inc"
