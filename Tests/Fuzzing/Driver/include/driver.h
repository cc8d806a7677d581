#ifndef DEEPER_FUZZING_DRIVER_H
#define DEEPER_FUZZING_DRIVER_H

#include <stddef.h>
#include <stdint.h>

// libFuzzer's own main function, for programs that have one already. From compiler-rt.
int LLVMFuzzerRunDriver(int *argc, char ***argv, int (*callback)(const uint8_t *data, size_t size));

#endif
