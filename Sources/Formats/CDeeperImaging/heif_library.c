#ifdef DEEPER_PICTURE_FORMATS
#include "heif_library.h"
#include "messages.h"

#include <dlfcn.h>
#include <pthread.h>
#include <string.h>

static heif_library library;
static char failure[DEEPER_MESSAGE_BYTES];

static void load(void) {
    void *file = dlopen("libheif.so.1", RTLD_NOW | RTLD_LOCAL);
    if (!file) {
        deeper_explain(failure, "libheif cannot be loaded (%s); install libheif1", dlerror());
        return;
    }
#define DEEPER_HEIF_LOOK_UP(name) \
    void *address_of_##name = dlsym(file, "heif_" #name); \
    if (!address_of_##name) { \
        deeper_explain(failure, "the installed libheif is too old: it has no heif_" #name); \
        return; \
    } \
    memcpy(&library.name, &address_of_##name, sizeof library.name);
    DEEPER_HEIF_FUNCTIONS(DEEPER_HEIF_LOOK_UP)
    // libheif would initialise itself at the first use, but checks without a lock whether it has. It is never
    // deinitialised, because the host may use it as well.
    library.init(NULL);
}

const heif_library *deeper_heif_library(char *message) {
    static pthread_once_t is_loaded = PTHREAD_ONCE_INIT;
    pthread_once(&is_loaded, load);
    if (!failure[0]) return &library;
    deeper_explain(message, "%s", failure);
    return NULL;
}

#endif
