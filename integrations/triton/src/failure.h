// Errors: exceptions within the backend, TRITONSERVER_Error at its interface.
#pragma once

#include <deeper.h>
#include <triton/core/tritonbackend.h>

#include <exception>
#include <stdexcept>
#include <string>

class Failure : public std::runtime_error {
  public:
    Failure(TRITONSERVER_Error_Code code, const std::string &message) : std::runtime_error(message), code(code) {}

    const TRITONSERVER_Error_Code code;
};

inline Failure invalid(const std::string &message) { return {TRITONSERVER_ERROR_INVALID_ARG, message}; }

// Throws the error, if there is one.
void check(TRITONSERVER_Error *error);
void check(deeper_status status);

// For calls whose failure cannot be reported: logs and deletes the error.
void logged(TRITONSERVER_Error *error) noexcept;

void logLine(TRITONSERVER_LogLevel level, const std::string &message) noexcept;

// The exception being handled, as an error that the caller owns.
TRITONSERVER_Error *currentError() noexcept;

// Runs code that may throw, and returns an exception as an error of Triton.
template <class Body>
TRITONSERVER_Error *guarded(Body body) noexcept {
    try {
        body();
        return nullptr;
    } catch (...) {
        return currentError();
    }
}
