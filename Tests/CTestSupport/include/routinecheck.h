// Holds packed products against a plain loop, bit by bit: for the tests, and for machines on which Swift cannot run.
#pragma once

#include <stddef.h>

#include "ckernels.h"

#ifdef __cplusplus
extern "C" {
#endif

// Runs a routine that this CPU has on many shapes. Returns how many were wrong; `message` gets what the first one was.
size_t rc_check_routine(const ck_routine *routine, char *message, size_t message_size);

#ifdef __cplusplus
}
#endif
