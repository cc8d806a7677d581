"""Requests over gRPC that have to be refused."""

import grpc
from tritonclient.grpc import service_pb2 as messages
from tritonclient.grpc import service_pb2_grpc

from cases import add_all, case
from grpc_calls import channel, failed, inference, infer_request
from target import small_input

X = small_input()

# The arguments of infer_request.
add_all(lambda target, changes: inference(target, infer_request(**changes)), {
    "grpc_wrong_model": {"model": "nobody"},
    "grpc_no_model": {"model": ""},
    "grpc_wrong_version": {"model_version": "7"},
    "grpc_version_no_number": {"model_version": "new"},
    "grpc_wrong_input_name": {"name": "y"},
    "grpc_wrong_output_name": {"outputs": ("nothing",)},
    "grpc_wrong_shape": {"shape": [1, 4, 3, 4]},
    "grpc_negative_extent": {"shape": [-1, 3, 4, 4]},
    "grpc_overflowing_shape": {"shape": [1 << 62, 1 << 62, 4, 4]},
    "grpc_too_large_batch": {"array": small_input(9)},
    "grpc_wrong_datatype": {"datatype": "INT32"},
    "grpc_unknown_datatype": {"datatype": "FLOAT"},
    "grpc_classes_zero": {"outputs": (("prob", 0),)},
    "grpc_classes_negative": {"outputs": (("prob", -1),)},
})


@case
def grpc_no_inputs(target):
    return inference(target, messages.ModelInferRequest(model_name="small"))


@case
def grpc_input_twice(target):
    request = infer_request()
    request.inputs.append(request.inputs[0])
    request.raw_input_contents.append(X.tobytes())
    return inference(target, request)


@case
def grpc_bytes_too_few(target):
    request = infer_request()
    request.raw_input_contents[0] = X.tobytes()[:-4]
    return inference(target, request)


@case
def grpc_bytes_too_many(target):
    request = infer_request()
    request.raw_input_contents[0] = X.tobytes() + b"1234"
    return inference(target, request)


@case
def grpc_more_raw_than_inputs(target):
    request = infer_request()
    request.raw_input_contents.append(b"1234")
    return inference(target, request)


@case
def grpc_raw_and_typed(target):
    request = infer_request(raw=False)
    request.raw_input_contents.append(X.tobytes())
    return inference(target, request)


@case
def grpc_neither_raw_nor_typed(target):
    request = infer_request()
    del request.raw_input_contents[:]
    return inference(target, request)


@case
def grpc_too_few_numbers(target):
    request = infer_request(raw=False)
    del request.inputs[0].contents.fp32_contents[-1]
    return inference(target, request)


@case
def grpc_numbers_of_other_type(target):
    request = infer_request(raw=False)
    del request.inputs[0].contents.fp32_contents[:]
    request.inputs[0].contents.int64_contents.extend([1] * X.size)
    return inference(target, request)


@case
def grpc_message_that_is_none(target):
    """Bytes that are no message of protobuf."""
    with channel(target.grpc) as line:
        method = line.unary_unary("/inference.GRPCInferenceService/ModelInfer")
        try:
            method(b"\xff" * 9, timeout=20)
        except grpc.RpcError as error:
            return failed(error)
    return {"status": "OK"}


@case
def grpc_unknown_method(target):
    with channel(target.grpc) as line:
        try:
            line.unary_unary("/inference.GRPCInferenceService/Nothing")(b"", timeout=20)
        except grpc.RpcError as error:
            return {"status": error.code().name}
    return {"status": "OK"}


@case
def grpc_stream_ended_by_client(target):
    """A stream that its client leaves is no harm to the next one."""
    with channel(target.grpc) as line:
        stub = service_pb2_grpc.GRPCInferenceServiceStub(line)
        answers = stub.ModelStreamInfer(iter([infer_request()] * 3), timeout=20)
        next(answers)
        answers.cancel()
    return inference(target, infer_request())
