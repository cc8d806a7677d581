// A model as Triton serves it, and its instances, each of which runs one batch at a time.
#pragma once

#include "config.h"
#include "network.h"
#include "request.h"

#include <triton/core/tritonbackend.h>

#include <cstdlib>
#include <memory>
#include <string>
#include <vector>

struct Model {
    explicit Model(TRITONBACKEND_Model *model);

    // Shared by all instances: the weights are in memory once.
    std::unique_ptr<Network> network;
    bool isBatched = false;
    OutputPlaces outputs;
};

// Memory on a 64-byte boundary that grows and is reused.
class Buffer {
  public:
    // The previous contents are lost.
    char *reserve(size_t byteCount);

  private:
    struct Free {
        void operator()(char *data) const { std::free(data); }
    };
    std::unique_ptr<char, Free> data_;
    size_t byteCount_ = 0;
};

class Instance {
  public:
    Instance(const Model &model, TRITONBACKEND_ModelInstance *handle) : model_(model), handle_(handle) {}

    // Answers every request. The times begin at `start`.
    void execute(std::vector<Request> &requests, uint64_t start);

  private:
    using Group = std::vector<Request *>;

    std::vector<Group> groups(std::vector<Request> &requests) const;
    // One run for all requests of a group; if it fails, one run for each, so that no request fails because of another.
    void run(Group group, uint64_t start);
    std::vector<deeper_tensor> join(const Group &group, std::vector<std::vector<int64_t>> &extents);

    const Model &model_;
    TRITONBACKEND_ModelInstance *const handle_;
    // One buffer for each input.
    std::vector<Buffer> buffers_;
};
