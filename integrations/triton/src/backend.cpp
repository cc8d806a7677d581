// The functions that Triton calls.

#include "failure.h"
#include "instance.h"

#include <triton/core/tritonbackend.h>

extern "C" {

TRITONSERVER_Error *TRITONBACKEND_Initialize(TRITONBACKEND_Backend *) {
    return guarded([] {
        uint32_t major = 0, minor = 0;
        check(TRITONBACKEND_ApiVersion(&major, &minor));
        if (major != TRITONBACKEND_API_VERSION_MAJOR || minor < TRITONBACKEND_API_VERSION_MINOR) {
            throw Failure(TRITONSERVER_ERROR_UNSUPPORTED, "Triton's backend API is " + std::to_string(major) + "."
                              + std::to_string(minor) + ", expected " + std::to_string(TRITONBACKEND_API_VERSION_MAJOR)
                              + "." + std::to_string(TRITONBACKEND_API_VERSION_MINOR) + " or a later minor version");
        }
        if (deeper_abi_version() != DEEPER_ABI_VERSION) {
            throw Failure(TRITONSERVER_ERROR_UNSUPPORTED, "libdeeper.so is of another version than this backend");
        }
    });
}

TRITONSERVER_Error *TRITONBACKEND_Finalize(TRITONBACKEND_Backend *) { return nullptr; }

// Without this, Triton would place models that do not specify a device on GPUs, if there are any.
TRITONSERVER_Error *TRITONBACKEND_GetBackendAttribute(
    TRITONBACKEND_Backend *, TRITONBACKEND_BackendAttribute *attributes) {
    return guarded([&] {
        check(TRITONBACKEND_BackendAttributeAddPreferredInstanceGroup(
            attributes, TRITONSERVER_INSTANCEGROUPKIND_CPU, 0, nullptr, 0));
        check(TRITONBACKEND_BackendAttributeSetParallelModelInstanceLoading(attributes, true));
    });
}

TRITONSERVER_Error *TRITONBACKEND_ModelInitialize(TRITONBACKEND_Model *handle) {
    return guarded([&] {
        auto model = std::make_unique<Model>(handle);
        check(TRITONBACKEND_ModelSetState(handle, model.get()));
        model.release();
    });
}

TRITONSERVER_Error *TRITONBACKEND_ModelFinalize(TRITONBACKEND_Model *handle) {
    return guarded([&] {
        void *state = nullptr;
        check(TRITONBACKEND_ModelState(handle, &state));
        delete static_cast<Model *>(state);
    });
}

TRITONSERVER_Error *TRITONBACKEND_ModelInstanceInitialize(TRITONBACKEND_ModelInstance *handle) {
    return guarded([&] {
        TRITONSERVER_InstanceGroupKind kind = TRITONSERVER_INSTANCEGROUPKIND_CPU;
        check(TRITONBACKEND_ModelInstanceKind(handle, &kind));
        if (kind == TRITONSERVER_INSTANCEGROUPKIND_GPU) {
            throw Failure(TRITONSERVER_ERROR_UNSUPPORTED, "deeper runs on CPUs: instance_group needs KIND_CPU");
        }
        TRITONBACKEND_Model *model = nullptr;
        void *state = nullptr;
        check(TRITONBACKEND_ModelInstanceModel(handle, &model));
        check(TRITONBACKEND_ModelState(model, &state));
        auto instance = std::make_unique<Instance>(*static_cast<Model *>(state), handle);
        check(TRITONBACKEND_ModelInstanceSetState(handle, instance.get()));
        instance.release();
    });
}

TRITONSERVER_Error *TRITONBACKEND_ModelInstanceFinalize(TRITONBACKEND_ModelInstance *handle) {
    return guarded([&] {
        void *state = nullptr;
        check(TRITONBACKEND_ModelInstanceState(handle, &state));
        delete static_cast<Instance *>(state);
    });
}

TRITONSERVER_Error *TRITONBACKEND_ModelInstanceExecute(
    TRITONBACKEND_ModelInstance *handle, TRITONBACKEND_Request **handles, const uint32_t count) {
    const uint64_t start = now();
    std::vector<Request> requests;
    void *state = nullptr;
    TRITONSERVER_Error *error = guarded([&] {
        check(TRITONBACKEND_ModelInstanceState(handle, &state));
        requests.reserve(count);
    });
    // The requests still belong to Triton.
    if (error != nullptr) return error;
    for (uint32_t index = 0; index < count; index++) requests.emplace_back(handle, handles[index]);
    static_cast<Instance *>(state)->execute(requests, start);
    return nullptr;
}

}  // extern "C"
