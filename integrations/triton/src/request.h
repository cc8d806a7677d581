// One request of Triton's: read, answered once and released once, whatever happens.
#pragma once

#include "element.h"
#include "failure.h"
#include "network.h"

#include <triton/core/tritonbackend.h>

#include <map>
#include <string>
#include <vector>

// An input tensor of a request, which may lie in several pieces.
struct Input {
    struct Piece {
        const char *data;
        size_t byteCount;
    };

    std::string name;
    const Element *element;
    std::vector<int64_t> extents;
    std::vector<Piece> pieces;
    size_t byteCount;
};

// An output that clients may ask for.
struct OutputPlace {
    // The index among the network's outputs.
    size_t index;
    // The configured type and extents: without the batch, -1 for any.
    const Element *element;
    std::vector<int64_t> extents;
};
using OutputPlaces = std::map<std::string, OutputPlace>;

// The rows of a joined run that belong to one request; without batches, everything.
struct Rows {
    bool isBatched;
    int64_t first, count, total;
};

// In nanoseconds of the steady clock.
struct Times {
    uint64_t start, computeStart, computeEnd, end;
};
uint64_t now();

class Request {
  public:
    // Takes ownership of `request`.
    Request(TRITONBACKEND_ModelInstance *instance, TRITONBACKEND_Request *request) noexcept;
    Request(Request &&other) noexcept;
    Request(const Request &) = delete;
    // Answers with an error if the request is unanswered, reports statistics, and releases the request.
    ~Request();

    // Throws if an input cannot be used or, with batches, if the inputs differ in their first extent.
    void read(bool isBatched);
    bool isCancelled() const;
    // After `read`, sorted by name.
    const std::vector<Input> &inputs() const { return inputs_; }
    // Rows of the batch; 1 without batches.
    int64_t rows() const { return rows_; }
    // Whether both can be one run: their inputs differ in the first extent at most.
    bool joins(const Request &other) const;

    // Sends the requested outputs; if that is impossible, throws and leaves the request unanswered.
    void answer(const Outputs &outputs, const OutputPlaces &places, const Rows &rows);
    // Sends an error, and deletes it. After an answer, only deletes it.
    void fail(TRITONSERVER_Error *error) noexcept;

    // The times to report on release.
    void setTimes(const Times &times) { times_ = times; }

  private:
    Input input(uint32_t index) const;
    void send(const std::string &name, const deeper_tensor &tensor, const OutputPlace &place, const Rows &rows);

    TRITONBACKEND_ModelInstance *instance_;
    TRITONBACKEND_Request *request_;
    // NULL once sent.
    TRITONBACKEND_Response *response_ = nullptr;
    std::vector<Input> inputs_;
    int64_t rows_ = 1;
    bool succeeded_ = false;
    Times times_ = {};
};
