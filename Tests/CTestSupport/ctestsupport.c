#include "ctestsupport.h"

#include <errno.h>
#include <stdatomic.h>
#include <stddef.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define CTS_SANITIZED 1
#endif
#endif

static _Atomic uint64_t allocation_count;
static _Thread_local int is_counted;

#if defined(__GLIBC__) && !defined(CTS_SANITIZED)
// Defined in the executable, these take the place of the C library's for the whole process.
extern void *__libc_malloc(size_t);
extern void *__libc_calloc(size_t, size_t);
extern void *__libc_realloc(void *, size_t);
extern void *__libc_memalign(size_t, size_t);

// The engine's workers are known by their name; tests that run at the same time on other threads do not count.
static void count_allocation(void) {
    char name[16] = "";
    if (!is_counted && (prctl(PR_GET_NAME, name) != 0 || strcmp(name, "deeper-worker") != 0)) return;
    atomic_fetch_add_explicit(&allocation_count, 1, memory_order_relaxed);
}

void *malloc(size_t size) {
    count_allocation();
    return __libc_malloc(size);
}

void *calloc(size_t count, size_t size) {
    count_allocation();
    return __libc_calloc(count, size);
}

void *realloc(void *pointer, size_t size) {
    count_allocation();
    return __libc_realloc(pointer, size);
}

void *aligned_alloc(size_t alignment, size_t size) {
    count_allocation();
    return __libc_memalign(alignment, size);
}

int posix_memalign(void **pointer, size_t alignment, size_t size) {
    count_allocation();
    *pointer = __libc_memalign(alignment, size);
    return *pointer ? 0 : ENOMEM;
}

int cts_counts_allocations(void) { return 1; }
#else
int cts_counts_allocations(void) { return 0; }
#endif

void cts_count_this_thread(int counts) { is_counted = counts; }

uint64_t cts_allocation_count(void) { return atomic_load_explicit(&allocation_count, memory_order_relaxed); }

int cts_in_child(int (*body)(void *), void *argument) {
    const pid_t child = fork();
    if (child < 0) return -1;
    if (child == 0) {
        // A lock that another thread held at the fork is never released here; the alarm ends such a child.
        alarm(5);
        _exit(body(argument));
    }
    int status = 0;
    if (waitpid(child, &status, 0) != child || !WIFEXITED(status)) return -1;
    return WEXITSTATUS(status);
}
