#include "instance.h"

#include "failure.h"

#include <algorithm>
#include <cstring>
#include <new>

Model::Model(TRITONBACKEND_Model *model) {
    const char *name = nullptr, *location = nullptr;
    uint64_t version = 0;
    TRITONBACKEND_ArtifactType type = TRITONBACKEND_ARTIFACT_FILESYSTEM;
    check(TRITONBACKEND_ModelName(model, &name));
    check(TRITONBACKEND_ModelVersion(model, &version));
    check(TRITONBACKEND_ModelRepository(model, &type, &location));
    if (type != TRITONBACKEND_ARTIFACT_FILESYSTEM) {
        throw Failure(TRITONSERVER_ERROR_UNSUPPORTED, "the model is not in a file system");
    }

    ModelConfig config(model);
    network = std::make_unique<Network>(
        std::string(location) + "/" + std::to_string(version) + "/" + config.fileName());
    const EngineSettings settings = config.engineSettings();
    network->prepare(settings);
    config.complete(*network);
    config.validate(*network);

    isBatched = config.maxBatch() > 0;
    for (const PortConfig &each : config.outputs()) {
        const auto &names = network->outputNames();
        const auto found = std::find(names.begin(), names.end(), each.name);
        outputs[each.name] = {static_cast<size_t>(found - names.begin()), each.element, each.extents};
    }
    logLine(TRITONSERVER_LOG_INFO, "deeper " + std::string(deeper_version()) + ": " + name + " version "
                + std::to_string(version) + ", threads " + std::to_string(settings.threads) + ", prepared plans "
                + std::to_string(settings.preparedPlans));
}

char *Buffer::reserve(size_t byteCount) {
    if (byteCount > byteCount_ || data_ == nullptr) {
        const size_t rounded = (std::max<size_t>(byteCount, 1) + 63) / 64 * 64;
        data_.reset();
        byteCount_ = 0;
        data_.reset(static_cast<char *>(std::aligned_alloc(64, rounded)));
        if (data_ == nullptr) throw std::bad_alloc();
        byteCount_ = rounded;
    }
    return data_.get();
}

void Instance::execute(std::vector<Request> &requests, uint64_t start) {
    try {
        for (Group &group : groups(requests)) run(std::move(group), start);
    } catch (...) {
        // Out of memory, outside of any one request. Those without an answer get this one.
        for (Request &each : requests) each.fail(currentError());
    }
}

std::vector<Instance::Group> Instance::groups(std::vector<Request> &requests) const {
    std::vector<Group> groups;
    for (Request &request : requests) {
        TRITONSERVER_Error *error = guarded([&] { request.read(model_.isBatched); });
        if (error != nullptr) {
            request.fail(error);
            continue;
        }
        const auto group = std::find_if(groups.begin(), groups.end(), [&](const Group &each) {
            return model_.isBatched && each.front()->joins(request);
        });
        if (group == groups.end()) {
            groups.push_back({&request});
        } else {
            group->push_back(&request);
        }
    }
    return groups;
}

void Instance::run(Group group, uint64_t start) {
    const auto drop = [](Request *request) {
        if (!request->isCancelled()) return false;
        request->fail(TRITONSERVER_ErrorNew(TRITONSERVER_ERROR_CANCELLED, "the request was cancelled"));
        return true;
    };
    group.erase(std::remove_if(group.begin(), group.end(), drop), group.end());
    if (group.empty()) return;

    Times times = {start, 0, 0, 0};
    Outputs outputs;
    TRITONSERVER_Error *error = guarded([&] {
        std::vector<std::vector<int64_t>> extents;
        const std::vector<deeper_tensor> tensors = join(group, extents);
        times.computeStart = now();
        outputs = model_.network->run(tensors);
        times.computeEnd = now();
    });
    if (error != nullptr && group.size() == 1) return group.front()->fail(error);
    if (error != nullptr) {
        TRITONSERVER_ErrorDelete(error);
        for (Request *each : group) run({each}, start);
        return;
    }

    Rows rows = {model_.isBatched, 0, 0, 0};
    for (const Request *each : group) rows.total += each->rows();
    for (Request *each : group) {
        rows.count = each->rows();
        each->fail(guarded([&] { each->answer(outputs, model_.outputs, rows); }));
        rows.first += rows.count;
    }
    times.end = now();
    for (Request *each : group) each->setTimes(times);
    logged(TRITONBACKEND_ModelInstanceReportBatchStatistics(
        handle_, static_cast<uint64_t>(rows.total), times.start, times.computeStart, times.computeEnd, times.end));
}

// The tensors point to `extents`. The inputs of a single request are read in place if they are in one piece.
std::vector<deeper_tensor> Instance::join(const Group &group, std::vector<std::vector<int64_t>> &extents) {
    const std::vector<Input> &inputs = group.front()->inputs();
    if (buffers_.size() < inputs.size()) buffers_.resize(inputs.size());
    for (const Input &input : inputs) extents.push_back(input.extents);
    std::vector<deeper_tensor> tensors;
    for (size_t index = 0; index < inputs.size(); index++) {
        const Input &input = inputs[index];
        if (model_.isBatched) extents[index][0] = 0;
        size_t byteCount = 0;
        for (const Request *each : group) {
            if (model_.isBatched) extents[index][0] += each->rows();
            byteCount += each->inputs()[index].byteCount;
        }
        const char *data;
        if (group.size() == 1 && input.pieces.size() == 1) {
            data = input.pieces[0].data;
        } else {
            char *next = buffers_[index].reserve(byteCount);
            data = next;
            for (const Request *each : group) {
                for (const Input::Piece &piece : each->inputs()[index].pieces) {
                    std::memcpy(next, piece.data, piece.byteCount);
                    next += piece.byteCount;
                }
            }
        }
        tensors.push_back({sizeof(deeper_tensor), input.name.c_str(), input.element->type,
                           static_cast<int32_t>(extents[index].size()), extents[index].data(), data, byteCount});
    }
    return tensors;
}
