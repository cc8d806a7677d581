#include "request.h"

#include <algorithm>
#include <chrono>
#include <cstring>
#include <utility>

uint64_t now() {
    const auto time = std::chrono::steady_clock::now().time_since_epoch();
    return static_cast<uint64_t>(std::chrono::duration_cast<std::chrono::nanoseconds>(time).count());
}

Request::Request(TRITONBACKEND_ModelInstance *instance, TRITONBACKEND_Request *request) noexcept
    : instance_(instance), request_(request) {
    TRITONSERVER_Error *error = TRITONBACKEND_ResponseNew(&response_, request);
    // Without a response the error cannot be reported.
    if (error != nullptr) response_ = nullptr;
    logged(error);
}

Request::Request(Request &&other) noexcept
    : instance_(other.instance_), request_(std::exchange(other.request_, nullptr)),
      response_(std::exchange(other.response_, nullptr)), inputs_(std::move(other.inputs_)), rows_(other.rows_),
      succeeded_(other.succeeded_), times_(other.times_) {}

Request::~Request() {
    if (request_ == nullptr) return;
    if (response_ != nullptr) fail(TRITONSERVER_ErrorNew(TRITONSERVER_ERROR_INTERNAL, "the request was not answered"));
    logged(TRITONBACKEND_ModelInstanceReportStatistics(
        instance_, request_, succeeded_, times_.start, times_.computeStart, times_.computeEnd, times_.end));
    logged(TRITONBACKEND_RequestRelease(request_, TRITONSERVER_REQUEST_RELEASE_ALL));
}

bool Request::isCancelled() const {
    bool isCancelled = false;
    logged(TRITONBACKEND_RequestIsCancelled(request_, &isCancelled));
    return isCancelled;
}

void Request::read(bool isBatched) {
    uint32_t count = 0;
    check(TRITONBACKEND_RequestInputCount(request_, &count));
    for (uint32_t index = 0; index < count; index++) inputs_.push_back(input(index));
    std::sort(inputs_.begin(), inputs_.end(), [](const Input &a, const Input &b) { return a.name < b.name; });
    if (!isBatched || inputs_.empty()) return;
    for (const Input &each : inputs_) {
        if (each.extents.empty() || each.extents[0] != inputs_[0].extents[0]) {
            throw invalid("the inputs do not have one batch: \"" + inputs_[0].name + "\" is " + text(inputs_[0].extents)
                          + ", \"" + each.name + "\" is " + text(each.extents));
        }
    }
    rows_ = inputs_[0].extents[0];
}

Input Request::input(uint32_t index) const {
    TRITONBACKEND_Input *handle = nullptr;
    check(TRITONBACKEND_RequestInputByIndex(request_, index, &handle));
    const char *name = nullptr;
    TRITONSERVER_DataType type = TRITONSERVER_TYPE_INVALID;
    const int64_t *shape = nullptr;
    uint32_t rank = 0, pieceCount = 0;
    check(TRITONBACKEND_InputProperties(handle, &name, &type, &shape, &rank, nullptr, &pieceCount));
    Input input = {name, elementOf(type), {}, {}, 0};
    if (input.element == nullptr) throw invalid("deeper does not have the type of the input \"" + input.name + "\"");
    if (rank > 0) input.extents.assign(shape, shape + rank);

    uint64_t total = 0;
    for (uint32_t piece = 0; piece < pieceCount; piece++) {
        const void *data = nullptr;
        uint64_t byteCount = 0;
        TRITONSERVER_MemoryType memory = TRITONSERVER_MEMORY_CPU;
        int64_t memoryID = 0;
        check(TRITONBACKEND_InputBuffer(handle, piece, &data, &byteCount, &memory, &memoryID));
        if (memory == TRITONSERVER_MEMORY_GPU) {
            throw Failure(TRITONSERVER_ERROR_UNSUPPORTED, "the input \"" + input.name + "\" lies in a GPU's memory");
        }
        if (byteCount == 0) continue;
        input.pieces.push_back({static_cast<const char *>(data), static_cast<size_t>(byteCount)});
        total += byteCount;
    }
    input.byteCount = byteCountOf(input.extents, *input.element);
    if (total != input.byteCount) {
        throw invalid("the input \"" + input.name + "\" of the shape " + text(input.extents) + " has "
                      + std::to_string(total) + " bytes, expected " + std::to_string(input.byteCount));
    }
    return input;
}

bool Request::joins(const Request &other) const {
    const auto fits = [](const Input &a, const Input &b) {
        return a.name == b.name && a.element == b.element && a.extents.size() == b.extents.size()
            && std::equal(a.extents.begin() + 1, a.extents.end(), b.extents.begin() + 1);
    };
    return !inputs_.empty()
        && std::equal(inputs_.begin(), inputs_.end(), other.inputs_.begin(), other.inputs_.end(), fits);
}

void Request::answer(const Outputs &outputs, const OutputPlaces &places, const Rows &rows) {
    if (response_ == nullptr) return;
    uint32_t count = 0;
    check(TRITONBACKEND_RequestOutputCount(request_, &count));
    for (uint32_t index = 0; index < count; index++) {
        const char *name = nullptr;
        check(TRITONBACKEND_RequestOutputName(request_, index, &name));
        const auto place = places.find(name);
        if (place == places.end()) throw invalid("the output \"" + std::string(name) + "\" is not configured");
        send(name, outputAt(outputs, place->second.index), place->second, rows);
    }
    succeeded_ = true;
    logged(TRITONBACKEND_ResponseSend(
        std::exchange(response_, nullptr), TRITONSERVER_RESPONSE_COMPLETE_FINAL, nullptr));
}

void Request::send(const std::string &name, const deeper_tensor &tensor, const OutputPlace &place, const Rows &rows) {
    if (tensor.element_type != place.element->type) {
        const Element *found = elementOf(tensor.element_type);
        throw Failure(TRITONSERVER_ERROR_INTERNAL, "the output \"" + name + "\" is configured as "
                          + place.element->configName + ", the model gives "
                          + (found == nullptr ? "another type" : found->configName));
    }
    std::vector<int64_t> extents;
    if (tensor.rank > 0) extents.assign(tensor.dimensions, tensor.dimensions + tensor.rank);
    size_t offset = 0, byteCount = tensor.byte_count;
    if (rows.isBatched) {
        if (extents.empty() || extents[0] != rows.total) {
            throw Failure(TRITONSERVER_ERROR_INTERNAL, "the output \"" + name + "\" is " + text(extents)
                              + ", expected a batch of " + std::to_string(rows.total));
        }
        const size_t rowBytes = rows.total == 0 ? 0 : tensor.byte_count / static_cast<size_t>(rows.total);
        extents[0] = rows.count;
        offset = rowBytes * static_cast<size_t>(rows.first);
        byteCount = rowBytes * static_cast<size_t>(rows.count);
    }
    const size_t first = rows.isBatched ? 1 : 0;
    bool fits = extents.size() == place.extents.size() + first;
    for (size_t axis = first; fits && axis < extents.size(); axis++) {
        fits = place.extents[axis - first] < 0 || place.extents[axis - first] == extents[axis];
    }
    if (!fits) {
        throw Failure(TRITONSERVER_ERROR_INTERNAL, "the output \"" + name + "\" is configured as " + text(place.extents)
                          + (rows.isBatched ? " with its batch" : "") + ", the model gives " + text(extents));
    }
    TRITONBACKEND_Output *output = nullptr;
    check(TRITONBACKEND_ResponseOutput(
        response_, &output, name.c_str(), place.element->tritonType, extents.data(),
        static_cast<uint32_t>(extents.size())));
    void *buffer = nullptr;
    TRITONSERVER_MemoryType memory = TRITONSERVER_MEMORY_CPU;
    int64_t memoryID = 0;
    check(TRITONBACKEND_OutputBuffer(output, &buffer, byteCount, &memory, &memoryID));
    if (memory == TRITONSERVER_MEMORY_GPU) {
        throw Failure(TRITONSERVER_ERROR_UNSUPPORTED, "the output \"" + name + "\" is wanted in a GPU's memory");
    }
    if (byteCount > 0) std::memcpy(buffer, static_cast<const char *>(tensor.data) + offset, byteCount);
}

void Request::fail(TRITONSERVER_Error *error) noexcept {
    if (response_ != nullptr) {
        logged(TRITONBACKEND_ResponseSend(
            std::exchange(response_, nullptr), TRITONSERVER_RESPONSE_COMPLETE_FINAL, error));
    }
    if (error != nullptr) TRITONSERVER_ErrorDelete(error);
}
