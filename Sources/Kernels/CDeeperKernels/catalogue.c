// The lists of instruction sets and routines, from sets.inc and routines.inc, and the features of this CPU.
#include "ckernels.h"

#if defined(__aarch64__)
#include <sys/auxv.h>
#endif

#define CK_SET(NAME, FEATURES) extern const ck_table ck_table_##NAME;
#include "sets.inc"
#undef CK_SET

#define CK_ROUTINE(SET, NAME, ...) extern const ck_routine ck_routine_##SET##_##NAME;
#include "routines.inc"
#undef CK_ROUTINE

#define CK_INTEGER_ROUTINE(FILE, SET, NAME, ...) extern const ck_integer_routine ck_integer_routine_##SET##_##NAME;
#include "integer-routines.inc"
#undef CK_INTEGER_ROUTINE

const ck_set *ck_set_at(size_t index) {
    static const ck_set sets[] = {
#define CK_SET(NAME, FEATURES) {.name = #NAME, .features = FEATURES, .table = &ck_table_##NAME},
#include "sets.inc"
#undef CK_SET
    };
    return index < sizeof sets / sizeof *sets ? sets + index : 0;
}

const ck_routine *ck_routine_at(size_t index) {
    static const ck_routine *const routines[] = {
#define CK_ROUTINE(SET, NAME, ...) &ck_routine_##SET##_##NAME,
#include "routines.inc"
#undef CK_ROUTINE
    };
    return index < sizeof routines / sizeof *routines ? routines[index] : 0;
}

const ck_integer_routine *ck_integer_routine_at(size_t index) {
    static const ck_integer_routine *const routines[] = {
#define CK_INTEGER_ROUTINE(FILE, SET, NAME, ...) &ck_integer_routine_##SET##_##NAME,
#include "integer-routines.inc"
#undef CK_INTEGER_ROUTINE
    };
    return index < sizeof routines / sizeof *routines ? routines[index] : 0;
}

const char *ck_feature_name(unsigned bit) {
    switch (bit) {
#define CK_FEATURE(NAME, BIT, TEXT) case BIT: return TEXT;
    CK_FEATURES(CK_FEATURE)
#undef CK_FEATURE
    default: return 0;
    }
}

uint64_t ck_host_features(void) {
    uint64_t result = 0;
#if defined(__x86_64__)
    __builtin_cpu_init();
#define CK_FEATURE(NAME, BIT, TEXT) if (__builtin_cpu_supports(TEXT)) result |= CK_##NAME;
    CK_FEATURES(CK_FEATURE)
#undef CK_FEATURE
#elif defined(__aarch64__)
    // Bits of the Linux kernel's HWCAP and HWCAP2.
    const unsigned long first = getauxval(AT_HWCAP), second = getauxval(AT_HWCAP2);
    result |= CK_NEON;
    if (first >> 20 & 1) result |= CK_DOTPROD;
    if (first >> 10 & 1) result |= CK_FP16;
    if (second >> 13 & 1) result |= CK_I8MM;
    if (second >> 14 & 1) result |= CK_BF16;
#endif
    return result;
}
