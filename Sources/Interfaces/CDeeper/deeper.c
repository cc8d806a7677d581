#include "deeper.h"
#include "deeper_errors.h"

#include <string.h>

// A fixed place: nothing to free when a thread ends, nothing that can fail while a failure is reported.
static _Thread_local char last_error[4096];

uint32_t deeper_abi_version(void) { return DEEPER_ABI_VERSION; }

const char *deeper_version(void) { return DEEPER_VERSION; }

const char *deeper_last_error(void) { return last_error; }

void deeper_set_last_error(const char *text) {
    size_t length = strlen(text);
    if (length >= sizeof last_error) {
        length = sizeof last_error - 1;
        // Not in the middle of a character: 10xxxxxx continues one in UTF-8.
        while (length > 0 && ((unsigned char)text[length] & 0xC0) == 0x80) length--;
    }
    memcpy(last_error, text, length);
    last_error[length] = 0;
}

const char *deeper_status_name(int32_t status) {
    switch (status) {
    case DEEPER_OK: return "ok";
    case DEEPER_INVALID_MODEL: return "invalid_model";
    case DEEPER_UNSUPPORTED: return "unsupported";
    case DEEPER_INVALID_INPUT: return "invalid_input";
    case DEEPER_FILE_NOT_FOUND: return "file_not_found";
    case DEEPER_LIMIT_EXCEEDED: return "limit_exceeded";
    case DEEPER_CANCELLED: return "cancelled";
    case DEEPER_OVERLOADED: return "overloaded";
    case DEEPER_FORKED: return "forked";
    case DEEPER_INTERNAL_FAULT: return "internal_fault";
    default: return "unknown";
    }
}
