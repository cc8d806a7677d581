// A stand-in for Triton: it counts the calls that a backend must make, and can fail on purpose.
#pragma once

#include <triton/core/tritonbackend.h>

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

struct TRITONSERVER_Error {
    TRITONSERVER_Error_Code code;
    std::string message;
    static int alive;
};

struct TRITONSERVER_Message {
    std::string text;
};

struct TRITONBACKEND_Backend {
    TRITONSERVER_Message config = {R"({"cmdline":{}})"};
};

struct TRITONBACKEND_Model {
    TRITONBACKEND_Backend *backend;
    std::string location, config;
    void *state = nullptr;
};

struct TRITONBACKEND_ModelInstance {
    TRITONBACKEND_Model *model;
    void *state = nullptr;
    TRITONSERVER_InstanceGroupKind kind = TRITONSERVER_INSTANCEGROUPKIND_CPU;
    // Rows of every batch that was reported.
    std::vector<uint64_t> batches = {};
};

struct TRITONBACKEND_Input {
    std::string name;
    TRITONSERVER_DataType type;
    std::vector<int64_t> shape;
    std::vector<std::string> pieces;
    TRITONSERVER_MemoryType memory = TRITONSERVER_MEMORY_CPU;

    uint64_t byteCount() const {
        uint64_t total = 0;
        for (const std::string &piece : pieces) total += piece.size();
        return total;
    }
};

struct TRITONBACKEND_Output {
    std::string name;
    TRITONSERVER_DataType type;
    std::vector<int64_t> shape;
    std::string data;
};

struct TRITONBACKEND_Request {
    std::vector<TRITONBACKEND_Input> inputs;
    std::vector<std::string> wanted;
    bool isCancelled = false, refusesResponse = false, refusesBuffers = false, wantsGPU = false;

    // The outcome.
    int sent = 0, released = 0, succeeded = 0, failed = 0;
    // -1: success.
    int code = -1;
    std::string message;
    std::vector<TRITONBACKEND_Output> outputs;
};

struct TRITONBACKEND_Response {
    TRITONBACKEND_Request *request;
    std::vector<TRITONBACKEND_Output *> outputs;
    static int alive;
};
