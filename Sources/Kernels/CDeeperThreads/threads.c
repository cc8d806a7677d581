#define _GNU_SOURCE
#include "threads.h"

#include <pthread.h>
#include <sched.h>

int ct_affinity_count(void) {
    cpu_set_t set;
    return sched_getaffinity(0, sizeof set, &set) == 0 ? CPU_COUNT(&set) : 1;
}

void ct_name_thread(const char *name) { pthread_setname_np(pthread_self(), name); }
