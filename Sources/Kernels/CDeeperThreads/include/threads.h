// Functions for threads that Swift cannot call directly: macros and variadic functions of the C library.
#pragma once

#ifdef __cplusplus
extern "C" {
#endif

// The number of CPUs that this process may run on, at least 1.
int ct_affinity_count(void);

// Names the calling thread, at most 15 characters, for debuggers and top.
void ct_name_thread(const char *name);

// A hint to the CPU that the caller is spinning.
static inline void ct_spin_hint(void) {
#if defined(__x86_64__)
    __builtin_ia32_pause();
#elif defined(__aarch64__)
    __asm__ volatile("yield");
#endif
}

#ifdef __cplusplus
}
#endif
