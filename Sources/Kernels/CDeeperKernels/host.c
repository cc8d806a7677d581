#include "ckernels.h"

// x86's MXCSR with all exceptions masked (0x1f80), denormals-are-zero (0x40) and flush-to-zero (0x8000); arm64's FPCR
// with FZ alone. Other processors keep their mode.
uint64_t ck_enter_computing_mode(void) {
#if defined(__x86_64__)
    const unsigned previous = __builtin_ia32_stmxcsr();
    __builtin_ia32_ldmxcsr(0x9fc0);
    return previous;
#elif defined(__aarch64__)
    uint64_t previous;
    __asm__ volatile("mrs %0, fpcr" : "=r"(previous));
    __asm__ volatile("msr fpcr, %0" : : "r"((uint64_t)1 << 24) : "memory");
    return previous;
#else
    return 0;
#endif
}

void ck_restore_mode(uint64_t mode) {
#if defined(__x86_64__)
    __builtin_ia32_ldmxcsr((unsigned)mode);
#elif defined(__aarch64__)
    __asm__ volatile("msr fpcr, %0" : : "r"(mode) : "memory");
#else
    (void)mode;
#endif
}
