// What tests need and Swift cannot do: counting allocations, and forking.
#pragma once

#include <stdint.h>

// Whether this build counts: not under a sanitizer, which has an allocator of its own.
int cts_counts_allocations(void);

// Starts or ends counting the calling thread; the engine's workers always count.
void cts_count_this_thread(int counts);

// Calls of malloc, calloc, realloc, posix_memalign and aligned_alloc by counted threads.
uint64_t cts_allocation_count(void);

// Forks, calls `body` in the child and returns the child's exit status, which is what `body` returns; -1 if it
// did not end by itself within seconds.
int cts_in_child(int (*body)(void *), void *argument);
