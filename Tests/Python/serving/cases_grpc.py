"""The gRPC service, message by message."""

from queue import Queue

import tritonclient.grpc
from tritonclient.grpc import service_pb2 as messages
from tritonclient.grpc import service_pb2_grpc

from cases import add_all, case
from cases_tritonclient import request, tensors
from grpc_calls import answered, channel, document, inference, infer_request
from target import small_input


add_all(lambda target, given: document(target, *given), {
    "grpc_live": ("ServerLive", messages.ServerLiveRequest(), "live"),
    "grpc_ready": ("ServerReady", messages.ServerReadyRequest(), "ready"),
    "grpc_model_ready": ("ModelReady", messages.ModelReadyRequest(name="small"), "ready"),
    "grpc_model_ready_unknown": ("ModelReady", messages.ModelReadyRequest(name="nobody"), "ready"),
    "grpc_model_ready_unknown_version": (
        "ModelReady", messages.ModelReadyRequest(name="small", version="7"), "ready"),
    "grpc_model_ready_version_no_number": (
        "ModelReady", messages.ModelReadyRequest(name="small", version="new"), "ready"),
    "grpc_server_metadata": ("ServerMetadata", messages.ServerMetadataRequest()),
    "grpc_metadata": (
        "ModelMetadata", messages.ModelMetadataRequest(name="small"), "name", "versions", "inputs", "outputs"),
    "grpc_metadata_unknown": ("ModelMetadata", messages.ModelMetadataRequest(name="nobody")),
    "grpc_metadata_unknown_version": ("ModelMetadata", messages.ModelMetadataRequest(name="small", version="7")),
    "grpc_config": ("ModelConfig", messages.ModelConfigRequest(name="small")),
    "grpc_config_unknown": ("ModelConfig", messages.ModelConfigRequest(name="nobody")),
    "grpc_statistics_unknown": ("ModelStatistics", messages.ModelStatisticsRequest(name="nobody")),
    "grpc_index": ("RepositoryIndex", messages.RepositoryIndexRequest()),
    "grpc_load_unknown": ("RepositoryModelLoad", messages.RepositoryModelLoadRequest(model_name="nobody")),
    "grpc_unload_unknown": ("RepositoryModelUnload", messages.RepositoryModelUnloadRequest(model_name="nobody")),
    "grpc_trace_setting": ("TraceSetting", messages.TraceSettingRequest()),
})

# The arguments of infer_request.
add_all(lambda target, changes: inference(target, infer_request(**changes)), {
    "grpc_raw": {},
    "grpc_typed": {"raw": False},
    "grpc_all_outputs": {"outputs": (), "id": "an ünïcode id"},
    "grpc_outputs_turned": {"outputs": ("relu", "prob")},
    "grpc_output_twice": {"outputs": ("prob", "prob")},
    "grpc_of_version": {"model_version": "1"},
    "grpc_classes": {"array": small_input(2), "outputs": (("prob", 3),)},
    "grpc_classes_without_labels": {"outputs": (("prob", 3),), "model": "plain"},
})


@case
def grpc_statistics(target):
    inference(target, infer_request())
    return document(target, "ModelStatistics", messages.ModelStatisticsRequest(name="small"))


@case
def grpc_batches(target):
    return [inference(target, infer_request(small_input(n))) for n in range(1, 9)]


@case
def grpc_large_message(target):
    """More than gRPC's customary limit of 4 MiB: refused for its content, not for its length."""
    return inference(target, infer_request(small_input(30_000)))


@case
def grpc_stream(target):
    """Three requests of one stream, the second wrong: the stream goes on."""
    asked = [infer_request(id="1"), infer_request(id="2", name="y"), infer_request(id="3")]
    found = []
    with channel(target.grpc) as line:
        stub = service_pb2_grpc.GRPCInferenceServiceStub(line)
        for answer in stub.ModelStreamInfer(iter(asked), timeout=20):
            if answer.error_message:
                found.append({"error": True, "id": answer.infer_response.id})
            else:
                found.append(answered(answer.infer_response))
    return {"answers": sorted(found, key=lambda each: each["id"])}


@case
def grpc_stream_of_tritonclient(target):
    answers, library = Queue(), tritonclient.grpc
    with library.InferenceServerClient(target.grpc) as client:
        client.start_stream(lambda result, error: answers.put(error or result))
        for number in range(4):
            client.async_stream_infer("small", request(library), request_id=str(number))
        found = [answers.get(timeout=20) for _ in range(4)]
        client.stop_stream()
    return {"ids": [each.get_response().id for each in found], "first": tensors(found[0], "prob")}
