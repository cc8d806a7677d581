// Tests of situations that cannot be produced at will in the real Triton: requests in pieces, cancelled in the queue,
// of wrong sizes, and refused responses and buffers. Every request must be answered and released once, without leaks.
//
//   usage: host_test FOLDER    with the network `small` of the serving tests in FOLDER/1/model.onnx

#include "host.h"

#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

namespace {

int passed = 0, failed = 0;

void expect(bool condition, const std::string &what) {
    (condition ? passed : failed)++;
    if (!condition) std::printf("FAILED: %s\n", what.c_str());
}

const size_t rowBytes = 3 * 4 * 4 * sizeof(float);

// `seed` makes rows differ.
TRITONBACKEND_Request request(int64_t rows, char seed, std::vector<int64_t> rest = {3, 4, 4}) {
    std::string data;
    int64_t count = rows;
    for (const int64_t extent : rest) count *= extent;
    for (int64_t index = 0; index < count; index++) {
        const float value = static_cast<float>((index * 7 + seed * 13) % 31);
        data.append(reinterpret_cast<const char *>(&value), sizeof value);
    }
    std::vector<int64_t> shape = rest;
    shape.insert(shape.begin(), rows);
    TRITONBACKEND_Request result;
    result.inputs = {{"x", TRITONSERVER_TYPE_FP32, shape, {data}}};
    result.wanted = {"prob", "relu"};
    return result;
}

void execute(TRITONBACKEND_ModelInstance &instance, std::vector<TRITONBACKEND_Request> &requests, const char *what) {
    std::vector<TRITONBACKEND_Request *> pointers;
    for (TRITONBACKEND_Request &each : requests) pointers.push_back(&each);
    instance.batches.clear();
    TRITONSERVER_Error *error =
        TRITONBACKEND_ModelInstanceExecute(&instance, pointers.data(), static_cast<uint32_t>(pointers.size()));
    expect(error == nullptr, std::string(what) + ": taken");
    for (const TRITONBACKEND_Request &each : requests) {
        expect(each.released == 1, std::string(what) + ": released once");
        expect(each.sent == (each.refusesResponse ? 0 : 1), std::string(what) + ": answered once");
        const bool isSuccess = each.code < 0 && !each.refusesResponse;
        expect(each.succeeded == (isSuccess ? 1 : 0) && each.failed == (isSuccess ? 0 : 1),
               std::string(what) + ": reported once");
    }
    expect(TRITONBACKEND_Response::alive == 0, std::string(what) + ": no response left");
    expect(TRITONSERVER_Error::alive == 0, std::string(what) + ": no error left");
}

std::string alone(TRITONBACKEND_ModelInstance &instance, int64_t rows, char seed) {
    std::vector<TRITONBACKEND_Request> requests = {request(rows, seed)};
    execute(instance, requests, "alone");
    std::string all;
    for (const TRITONBACKEND_Output &each : requests[0].outputs) all += each.data;
    return all;
}

std::string outputsOf(const TRITONBACKEND_Request &request) {
    std::string all;
    for (const TRITONBACKEND_Output &each : request.outputs) all += each.data;
    return all;
}

void testJoining(TRITONBACKEND_ModelInstance &instance) {
    const std::string first = alone(instance, 1, 1), second = alone(instance, 2, 2);
    std::vector<TRITONBACKEND_Request> requests = {request(1, 1), request(2, 2)};
    const std::string whole = requests[1].inputs[0].pieces[0];
    const std::vector<std::string> pieces = {
        whole.substr(0, 5), "", whole.substr(5, rowBytes), whole.substr(5 + rowBytes)};
    requests[1].inputs[0].pieces = pieces;
    execute(instance, requests, "joined");
    expect(instance.batches == std::vector<uint64_t>{3}, "joined: one run of three rows");
    expect(outputsOf(requests[0]) == first && outputsOf(requests[1]) == second, "joined: the same bits");
    expect(requests[1].outputs.at(0).shape == std::vector<int64_t>{2, 5}, "joined: its own rows");

    requests = {request(2, 2)};
    requests[0].inputs[0].pieces = pieces;
    execute(instance, requests, "pieces");
    expect(outputsOf(requests[0]) == second, "pieces: the same bits");

    requests = {request(1, 1), request(2, 2)};
    requests[0].wanted = {"relu"};
    requests[1].wanted = {};
    execute(instance, requests, "wanted");
    expect(requests[0].outputs.size() == 1 && requests[0].outputs[0].name == "relu", "wanted: one output");
    expect(requests[1].outputs.empty(), "wanted: no output");
}

void testOneOfThree(TRITONBACKEND_ModelInstance &instance) {
    const std::string expected = alone(instance, 1, 3);
    struct {
        const char *what;
        int code;
        // Rows of the run, to which the request may belong until its answer.
        uint64_t rows;
        void (*spoil)(TRITONBACKEND_Request &);
    } cases[] = {
        {"cancelled", TRITONSERVER_ERROR_CANCELLED, 2, [](TRITONBACKEND_Request &each) { each.isCancelled = true; }},
        {"too short", TRITONSERVER_ERROR_INVALID_ARG, 2,
         [](TRITONBACKEND_Request &each) { each.inputs[0].pieces[0].pop_back(); }},
        {"too long", TRITONSERVER_ERROR_INVALID_ARG, 2,
         [](TRITONBACKEND_Request &each) { each.inputs[0].pieces.push_back("more"); }},
        {"no data", TRITONSERVER_ERROR_INVALID_ARG, 2,
         [](TRITONBACKEND_Request &each) { each.inputs[0].pieces.clear(); }},
        {"negative", TRITONSERVER_ERROR_INVALID_ARG, 2,
         [](TRITONBACKEND_Request &each) { each.inputs[0].shape[1] = -3; }},
        {"overflow", TRITONSERVER_ERROR_INVALID_ARG, 2,
         [](TRITONBACKEND_Request &each) { each.inputs[0].shape = {1, INT64_MAX / 2, 4, 4}; }},
        {"no batch", TRITONSERVER_ERROR_INVALID_ARG, 2, [](TRITONBACKEND_Request &each) { each.inputs[0].shape = {}; }},
        {"half a float", TRITONSERVER_ERROR_INVALID_ARG, 2,
         [](TRITONBACKEND_Request &each) { each.inputs[0].type = TRITONSERVER_TYPE_FP16; }},
        {"another type", TRITONSERVER_ERROR_INVALID_ARG, 2,
         [](TRITONBACKEND_Request &each) { each.inputs[0].type = TRITONSERVER_TYPE_INT32; }},
        {"another name", TRITONSERVER_ERROR_INVALID_ARG, 2,
         [](TRITONBACKEND_Request &each) { each.inputs[0].name = "y"; }},
        {"no inputs", TRITONSERVER_ERROR_INVALID_ARG, 2, [](TRITONBACKEND_Request &each) { each.inputs.clear(); }},
        {"another shape", TRITONSERVER_ERROR_INVALID_ARG, 2,
         [](TRITONBACKEND_Request &each) { each.inputs = request(1, 0, {2, 4, 4}).inputs; }},
        {"GPU input", TRITONSERVER_ERROR_UNSUPPORTED, 2,
         [](TRITONBACKEND_Request &each) { each.inputs[0].memory = TRITONSERVER_MEMORY_GPU; }},
        {"GPU output", TRITONSERVER_ERROR_UNSUPPORTED, 3, [](TRITONBACKEND_Request &each) { each.wantsGPU = true; }},
        {"no buffer", TRITONSERVER_ERROR_UNAVAILABLE, 3,
         [](TRITONBACKEND_Request &each) { each.refusesBuffers = true; }},
        {"unknown output", TRITONSERVER_ERROR_INVALID_ARG, 3,
         [](TRITONBACKEND_Request &each) { each.wanted = {"prob", "logits"}; }},
        {"no response", -1, 3, [](TRITONBACKEND_Request &each) { each.refusesResponse = true; }},
    };
    for (const auto &each : cases) {
        std::vector<TRITONBACKEND_Request> requests = {request(1, 3), request(1, 4), request(1, 3)};
        each.spoil(requests[1]);
        execute(instance, requests, each.what);
        expect(instance.batches == std::vector<uint64_t>{each.rows}, std::string(each.what) + ": the rows that ran");
        expect(requests[1].code == each.code, std::string(each.what) + ": " + requests[1].message);
        expect(outputsOf(requests[0]) == expected && outputsOf(requests[2]) == expected,
               std::string(each.what) + ": the others have their answers");
    }
    std::vector<TRITONBACKEND_Request> requests = {request(1, 3, {2, 4, 4}), request(1, 4, {2, 4, 4}), request(1, 3)};
    execute(instance, requests, "two wrong ones");
    expect(instance.batches == std::vector<uint64_t>{1}, "two wrong ones: the third ran");
    for (size_t index = 0; index < 2; index++) {
        expect(requests[index].code == TRITONSERVER_ERROR_INVALID_ARG, "two wrong ones: each by itself");
    }

    requests = {request(1, 3), request(1, 4)};
    for (TRITONBACKEND_Request &each : requests) each.isCancelled = true;
    execute(instance, requests, "all cancelled");
    expect(instance.batches.empty(), "all cancelled: nothing ran");
}

void testInstances(TRITONBACKEND_Model &model) {
    TRITONBACKEND_ModelInstance instance = {&model};
    instance.kind = TRITONSERVER_INSTANCEGROUPKIND_GPU;
    TRITONSERVER_Error *error = TRITONBACKEND_ModelInstanceInitialize(&instance);
    expect(error != nullptr, "instances: none on GPUs");
    if (error != nullptr) TRITONSERVER_ErrorDelete(error);
    expect(TRITONBACKEND_ModelInstanceFinalize(&instance) == nullptr, "instances: nothing to end");
}

}  // namespace

int main(int argc, char **argv) {
    if (argc != 2) return 64;
    TRITONBACKEND_Backend backend;
    expect(TRITONBACKEND_Initialize(&backend) == nullptr, "initialise");
    expect(TRITONBACKEND_GetBackendAttribute(&backend, nullptr) == nullptr, "attributes");

    TRITONBACKEND_Model missing = {&backend, "/nowhere", "{}"};
    TRITONSERVER_Error *error = TRITONBACKEND_ModelInitialize(&missing);
    expect(error != nullptr && TRITONSERVER_ErrorCode(error) == TRITONSERVER_ERROR_NOT_FOUND, "a missing model");
    if (error != nullptr) TRITONSERVER_ErrorDelete(error);
    expect(TRITONBACKEND_ModelFinalize(&missing) == nullptr, "a missing model's end");

    TRITONBACKEND_Model model = {&backend, argv[1], R"({"max_batch_size":8,"input":[
        {"name":"x","data_type":"TYPE_FP32","dims":["-1",-1,-1]}]})"};
    error = TRITONBACKEND_ModelInitialize(&model);
    if (error != nullptr) {
        std::printf("FAILED: %s\n", TRITONSERVER_ErrorMessage(error));
        return 1;
    }
    TRITONBACKEND_ModelInstance instance = {&model};
    expect(TRITONBACKEND_ModelInstanceInitialize(&instance) == nullptr, "an instance");
    testJoining(instance);
    testOneOfThree(instance);
    testInstances(model);
    expect(TRITONBACKEND_ModelInstanceFinalize(&instance) == nullptr, "the instance's end");
    expect(TRITONBACKEND_ModelFinalize(&model) == nullptr, "the model's end");
    expect(TRITONBACKEND_Finalize(&backend) == nullptr, "finalise");
    std::printf("%d passed, %d failed\n", passed, failed);
    return failed == 0 ? 0 : 1;
}
