#include "failure.h"

#include <new>

void check(TRITONSERVER_Error *error) {
    if (error == nullptr) return;
    const Failure failure(TRITONSERVER_ErrorCode(error), TRITONSERVER_ErrorMessage(error));
    TRITONSERVER_ErrorDelete(error);
    throw failure;
}

static TRITONSERVER_Error_Code codeOf(deeper_status status) {
    switch (status) {
        case DEEPER_INVALID_MODEL:
        case DEEPER_INVALID_INPUT:
        case DEEPER_LIMIT_EXCEEDED: return TRITONSERVER_ERROR_INVALID_ARG;
        case DEEPER_UNSUPPORTED: return TRITONSERVER_ERROR_UNSUPPORTED;
        case DEEPER_FILE_NOT_FOUND: return TRITONSERVER_ERROR_NOT_FOUND;
        case DEEPER_CANCELLED: return TRITONSERVER_ERROR_CANCELLED;
        case DEEPER_OVERLOADED: return TRITONSERVER_ERROR_UNAVAILABLE;
        default: return TRITONSERVER_ERROR_INTERNAL;
    }
}

void check(deeper_status status) {
    if (status == DEEPER_OK) return;
    throw Failure(codeOf(status), std::string(deeper_status_name(status)) + ": " + deeper_last_error());
}

void logLine(TRITONSERVER_LogLevel level, const std::string &message) noexcept {
    TRITONSERVER_Error *error = TRITONSERVER_LogMessage(level, "deeper", 0, message.c_str());
    if (error != nullptr) TRITONSERVER_ErrorDelete(error);
}

void logged(TRITONSERVER_Error *error) noexcept {
    if (error == nullptr) return;
    logLine(TRITONSERVER_LOG_ERROR, TRITONSERVER_ErrorMessage(error));
    TRITONSERVER_ErrorDelete(error);
}

TRITONSERVER_Error *currentError() noexcept {
    try {
        throw;
    } catch (const Failure &failure) {
        return TRITONSERVER_ErrorNew(failure.code, failure.what());
    } catch (const std::bad_alloc &) {
        return TRITONSERVER_ErrorNew(TRITONSERVER_ERROR_UNAVAILABLE, "out of memory");
    } catch (const std::exception &error) {
        return TRITONSERVER_ErrorNew(TRITONSERVER_ERROR_INTERNAL, error.what());
    } catch (...) {
        return TRITONSERVER_ErrorNew(TRITONSERVER_ERROR_INTERNAL, "an unknown exception");
    }
}
