"""Calls of the gRPC service below tritonclient: messages as they are, well formed unless asked for otherwise."""

import grpc
import numpy
from google.protobuf.json_format import MessageToDict
from tritonclient.grpc import service_pb2, service_pb2_grpc

from records import structure, tensor
from target import small_input, unpack

SECONDS = 20


def channel(address):
    return grpc.insecure_channel(address, options=[("grpc.max_receive_message_length", -1)])


def infer_request(
        array=None, name="x", raw=True, model="small", outputs=("prob",), shape=None, datatype="FP32", **keys):
    """A ModelInferRequest; `outputs` are names or pairs of a name and a number of classes."""
    array = small_input() if array is None else array
    request = service_pb2.ModelInferRequest(model_name=model, **keys)
    entry = request.inputs.add(name=name, datatype=datatype, shape=array.shape if shape is None else shape)
    if raw:
        request.raw_input_contents.append(array.tobytes())
    else:
        entry.contents.fp32_contents.extend(array.reshape(-1).tolist())
    for output in outputs:
        name, count = output if isinstance(output, tuple) else (output, None)
        wanted = request.outputs.add(name=name)
        if count is not None:
            wanted.parameters["classification"].int64_param = count
    return request


def call(target, method, message, **options):
    """The answer, or the RpcError."""
    with channel(target.grpc) as line:
        stub = service_pb2_grpc.GRPCInferenceServiceStub(line)
        try:
            return getattr(stub, method)(message, timeout=options.pop("timeout", SECONDS), **options)
        except grpc.RpcError as error:
            return error


def failed(error):
    return {"status": error.code().name, "has_message": bool(error.details())}


def document(target, method, message, *keys):
    """The record of an answer: its structure, and the values of those keys."""
    answer = call(target, method, message)
    if isinstance(answer, grpc.RpcError):
        return failed(answer)
    found = MessageToDict(answer, preserving_proto_field_name=True)
    return {"status": "OK", "body": structure(found), **{key: found.get(key) for key in keys}}


def inference(target, message, **options):
    answer = call(target, "ModelInfer", message, **options)
    return failed(answer) if isinstance(answer, grpc.RpcError) else answered(answer)


def answered(answer):
    """The record of a ModelInferResponse."""
    found = {"status": "OK", "model_name": answer.model_name, "model_version": answer.model_version, "id": answer.id,
             "raw": len(answer.raw_output_contents), "parameters": sorted(answer.parameters), "tensors": []}
    for output, data in zip(answer.outputs, answer.raw_output_contents):
        values = unpack(data, output.datatype)
        found["tensors"].append(tensor(output.name, output.datatype, output.shape, values))
    return found


def raw_array(answer, index=0):
    """An output's numbers, of the shape that the answer gives."""
    return numpy.frombuffer(answer.raw_output_contents[index], "<f4").reshape(answer.outputs[index].shape)
