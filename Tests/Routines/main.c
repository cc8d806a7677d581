// Runs every packed product of the list that this CPU has against a plain loop: for `make check-arm64` and `make check-routines`.
#include <stdio.h>

#include "routinecheck.h"

int main(void) {
    const uint64_t host = ck_host_features();
    size_t wrong = 0;
    printf("features:");
    for (unsigned bit = 0; bit < 64; ++bit)
        if (host >> bit & 1) printf(" %s", ck_feature_name(bit) ? ck_feature_name(bit) : "?");
    printf("\n");
    for (size_t index = 0; ck_routine_at(index); ++index) {
        const ck_routine *routine = ck_routine_at(index);
        uint64_t needed = routine->features;
        for (size_t set = 0; ck_set_at(set); ++set) {
            const char *a = ck_set_at(set)->name, *b = routine->set;
            while (*a && *a == *b) ++a, ++b;
            if (*a == *b) needed |= ck_set_at(set)->features;
        }
        if (needed & ~host) {
            printf("%s %s: not run, this CPU lacks features\n", routine->set, routine->name);
            continue;
        }
        char message[400];
        const size_t failures = rc_check_routine(routine, message, sizeof message);
        if (failures) printf("%s %s: %zu shapes are wrong; %s\n", routine->set, routine->name, failures, message);
        else printf("%s %s: %zu rows x %zu columns, equal to the reference\n", routine->set, routine->name,
                    routine->rows, routine->vectors * routine->vector_width);
        wrong += failures;
    }
    return wrong != 0;
}
