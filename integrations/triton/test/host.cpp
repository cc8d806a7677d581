#include "host.h"

#include <cstdio>

int TRITONSERVER_Error::alive = 0;
int TRITONBACKEND_Response::alive = 0;

extern "C" {

TRITONSERVER_Error *TRITONSERVER_ErrorNew(TRITONSERVER_Error_Code code, const char *message) {
    TRITONSERVER_Error::alive++;
    return new TRITONSERVER_Error{code, message};
}

void TRITONSERVER_ErrorDelete(TRITONSERVER_Error *error) {
    TRITONSERVER_Error::alive--;
    delete error;
}

TRITONSERVER_Error_Code TRITONSERVER_ErrorCode(TRITONSERVER_Error *error) { return error->code; }
const char *TRITONSERVER_ErrorMessage(TRITONSERVER_Error *error) { return error->message.c_str(); }

TRITONSERVER_Error *TRITONSERVER_LogMessage(TRITONSERVER_LogLevel, const char *, const int, const char *message) {
    std::printf("  log: %s\n", message);
    return nullptr;
}

TRITONSERVER_Error *TRITONSERVER_MessageNewFromSerializedJson(
    TRITONSERVER_Message **message, const char *base, size_t byteCount) {
    *message = new TRITONSERVER_Message{std::string(base, byteCount)};
    return nullptr;
}

TRITONSERVER_Error *TRITONSERVER_MessageDelete(TRITONSERVER_Message *message) {
    delete message;
    return nullptr;
}

TRITONSERVER_Error *TRITONSERVER_MessageSerializeToJson(
    TRITONSERVER_Message *message, const char **base, size_t *byteCount) {
    *base = message->text.data();
    *byteCount = message->text.size();
    return nullptr;
}

TRITONSERVER_Error *TRITONBACKEND_ApiVersion(uint32_t *major, uint32_t *minor) {
    *major = TRITONBACKEND_API_VERSION_MAJOR;
    *minor = TRITONBACKEND_API_VERSION_MINOR;
    return nullptr;
}

TRITONSERVER_Error *TRITONBACKEND_BackendConfig(TRITONBACKEND_Backend *backend, TRITONSERVER_Message **config) {
    *config = &backend->config;
    return nullptr;
}

TRITONSERVER_Error *TRITONBACKEND_BackendAttributeAddPreferredInstanceGroup(
    TRITONBACKEND_BackendAttribute *, const TRITONSERVER_InstanceGroupKind, const uint64_t, const uint64_t *,
    const uint64_t) {
    return nullptr;
}

TRITONSERVER_Error *TRITONBACKEND_BackendAttributeSetParallelModelInstanceLoading(
    TRITONBACKEND_BackendAttribute *, bool) {
    return nullptr;
}

TRITONSERVER_Error *TRITONBACKEND_ModelName(TRITONBACKEND_Model *, const char **name) {
    *name = "test";
    return nullptr;
}

TRITONSERVER_Error *TRITONBACKEND_ModelVersion(TRITONBACKEND_Model *, uint64_t *version) {
    *version = 1;
    return nullptr;
}

TRITONSERVER_Error *TRITONBACKEND_ModelRepository(
    TRITONBACKEND_Model *model, TRITONBACKEND_ArtifactType *type, const char **location) {
    *type = TRITONBACKEND_ARTIFACT_FILESYSTEM;
    *location = model->location.c_str();
    return nullptr;
}

TRITONSERVER_Error *TRITONBACKEND_ModelConfig(
    TRITONBACKEND_Model *model, const uint32_t, TRITONSERVER_Message **config) {
    *config = new TRITONSERVER_Message{model->config};
    return nullptr;
}

TRITONSERVER_Error *TRITONBACKEND_ModelAutoCompleteConfig(TRITONBACKEND_Model *, bool *completes) {
    *completes = true;
    return nullptr;
}

TRITONSERVER_Error *TRITONBACKEND_ModelSetConfig(
    TRITONBACKEND_Model *model, const uint32_t, TRITONSERVER_Message *config) {
    model->config = config->text;
    return nullptr;
}

TRITONSERVER_Error *TRITONBACKEND_ModelBackend(TRITONBACKEND_Model *model, TRITONBACKEND_Backend **backend) {
    *backend = model->backend;
    return nullptr;
}

TRITONSERVER_Error *TRITONBACKEND_ModelState(TRITONBACKEND_Model *model, void **state) {
    *state = model->state;
    return nullptr;
}

TRITONSERVER_Error *TRITONBACKEND_ModelSetState(TRITONBACKEND_Model *model, void *state) {
    model->state = state;
    return nullptr;
}

TRITONSERVER_Error *TRITONBACKEND_ModelInstanceKind(
    TRITONBACKEND_ModelInstance *instance, TRITONSERVER_InstanceGroupKind *kind) {
    *kind = instance->kind;
    return nullptr;
}

TRITONSERVER_Error *TRITONBACKEND_ModelInstanceModel(
    TRITONBACKEND_ModelInstance *instance, TRITONBACKEND_Model **model) {
    *model = instance->model;
    return nullptr;
}

TRITONSERVER_Error *TRITONBACKEND_ModelInstanceState(TRITONBACKEND_ModelInstance *instance, void **state) {
    *state = instance->state;
    return nullptr;
}

TRITONSERVER_Error *TRITONBACKEND_ModelInstanceSetState(TRITONBACKEND_ModelInstance *instance, void *state) {
    instance->state = state;
    return nullptr;
}

TRITONSERVER_Error *TRITONBACKEND_ModelInstanceReportStatistics(
    TRITONBACKEND_ModelInstance *, TRITONBACKEND_Request *request, const bool success, const uint64_t start,
    const uint64_t computeStart, const uint64_t computeEnd, const uint64_t end) {
    if (request->released > 0) return TRITONSERVER_ErrorNew(TRITONSERVER_ERROR_INTERNAL, "reported after the release");
    const bool isOrdered = start > 0 && start <= computeStart && computeStart <= computeEnd && computeEnd <= end;
    if (success && !isOrdered) return TRITONSERVER_ErrorNew(TRITONSERVER_ERROR_INTERNAL, "times in disorder");
    (success ? request->succeeded : request->failed)++;
    return nullptr;
}

TRITONSERVER_Error *TRITONBACKEND_ModelInstanceReportBatchStatistics(
    TRITONBACKEND_ModelInstance *instance, const uint64_t rows, const uint64_t, const uint64_t, const uint64_t,
    const uint64_t) {
    instance->batches.push_back(rows);
    return nullptr;
}

TRITONSERVER_Error *TRITONBACKEND_RequestIsCancelled(TRITONBACKEND_Request *request, bool *isCancelled) {
    *isCancelled = request->isCancelled;
    return nullptr;
}

TRITONSERVER_Error *TRITONBACKEND_RequestInputCount(TRITONBACKEND_Request *request, uint32_t *count) {
    *count = static_cast<uint32_t>(request->inputs.size());
    return nullptr;
}

TRITONSERVER_Error *TRITONBACKEND_RequestInputByIndex(
    TRITONBACKEND_Request *request, const uint32_t index, TRITONBACKEND_Input **input) {
    *input = &request->inputs.at(index);
    return nullptr;
}

TRITONSERVER_Error *TRITONBACKEND_RequestOutputCount(TRITONBACKEND_Request *request, uint32_t *count) {
    *count = static_cast<uint32_t>(request->wanted.size());
    return nullptr;
}

TRITONSERVER_Error *TRITONBACKEND_RequestOutputName(
    TRITONBACKEND_Request *request, const uint32_t index, const char **name) {
    *name = request->wanted.at(index).c_str();
    return nullptr;
}

TRITONSERVER_Error *TRITONBACKEND_RequestRelease(TRITONBACKEND_Request *request, uint32_t flags) {
    if (flags != TRITONSERVER_REQUEST_RELEASE_ALL) {
        return TRITONSERVER_ErrorNew(TRITONSERVER_ERROR_INTERNAL, "a strange release");
    }
    request->released++;
    return nullptr;
}

TRITONSERVER_Error *TRITONBACKEND_InputProperties(
    TRITONBACKEND_Input *input, const char **name, TRITONSERVER_DataType *type, const int64_t **shape, uint32_t *rank,
    uint64_t *byteCount, uint32_t *pieceCount) {
    *name = input->name.c_str();
    *type = input->type;
    *shape = input->shape.data();
    *rank = static_cast<uint32_t>(input->shape.size());
    if (byteCount != nullptr) *byteCount = input->byteCount();
    *pieceCount = static_cast<uint32_t>(input->pieces.size());
    return nullptr;
}

TRITONSERVER_Error *TRITONBACKEND_InputBuffer(
    TRITONBACKEND_Input *input, const uint32_t index, const void **data, uint64_t *byteCount,
    TRITONSERVER_MemoryType *memory, int64_t *) {
    *data = input->pieces.at(index).data();
    *byteCount = input->pieces.at(index).size();
    *memory = input->memory;
    return nullptr;
}

TRITONSERVER_Error *TRITONBACKEND_ResponseNew(TRITONBACKEND_Response **response, TRITONBACKEND_Request *request) {
    if (request->refusesResponse) return TRITONSERVER_ErrorNew(TRITONSERVER_ERROR_INTERNAL, "no response today");
    TRITONBACKEND_Response::alive++;
    *response = new TRITONBACKEND_Response{request, {}};
    return nullptr;
}

TRITONSERVER_Error *TRITONBACKEND_ResponseOutput(
    TRITONBACKEND_Response *response, TRITONBACKEND_Output **output, const char *name, const TRITONSERVER_DataType type,
    const int64_t *shape, const uint32_t rank) {
    *output = new TRITONBACKEND_Output{name, type, std::vector<int64_t>(shape, shape + rank), ""};
    response->outputs.push_back(*output);
    // The buffer's function does not see the request.
    if (response->request->refusesBuffers) (*output)->data = "refuse";
    if (response->request->wantsGPU) (*output)->data = "gpu";
    return nullptr;
}

TRITONSERVER_Error *TRITONBACKEND_OutputBuffer(
    TRITONBACKEND_Output *output, void **buffer, const uint64_t byteCount, TRITONSERVER_MemoryType *memory, int64_t *) {
    if (output->data == "refuse") return TRITONSERVER_ErrorNew(TRITONSERVER_ERROR_UNAVAILABLE, "no memory today");
    *memory = output->data == "gpu" ? TRITONSERVER_MEMORY_GPU : TRITONSERVER_MEMORY_CPU;
    output->data.assign(byteCount, '\0');
    *buffer = output->data.data();
    return nullptr;
}

TRITONSERVER_Error *TRITONBACKEND_ResponseSend(
    TRITONBACKEND_Response *response, const uint32_t, TRITONSERVER_Error *error) {
    TRITONBACKEND_Request &request = *response->request;
    request.sent++;
    if (error != nullptr) request.code = error->code;
    if (error != nullptr) request.message = error->message;
    for (TRITONBACKEND_Output *output : response->outputs) {
        if (error == nullptr) request.outputs.push_back(*output);
        delete output;
    }
    TRITONBACKEND_Response::alive--;
    delete response;
    return nullptr;
}

}  // extern "C"
