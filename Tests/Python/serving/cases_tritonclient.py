"""tritonclient, unmodified, with the same cases over HTTP and over gRPC: registered once for each."""

import asyncio
from queue import Queue

import tritonclient.grpc
import tritonclient.grpc.aio
import tritonclient.http
import tritonclient.http.aio
from google.protobuf.json_format import MessageToDict
from tritonclient.utils import InferenceServerException

from cases import add, case
from records import structure, tensor
from target import small_input

LIBRARIES = {"http": tritonclient.http, "grpc": tritonclient.grpc}


def attempt(call):
    """What `call` gives, or the status of its exception."""
    try:
        return call()
    except InferenceServerException as error:
        return {"status": str(error.status()), "has_message": bool(error.message())}


def on_both(function):
    """Registers function(client, library) as NAME_http and NAME_grpc."""
    for wire, library in LIBRARIES.items():
        def run(target, wire=wire, library=library):
            client = library.InferenceServerClient(getattr(target, wire))
            try:
                return attempt(lambda: function(client, library))
            finally:
                client.close()

        add(f"triton_{function.__name__}_{wire}", run)
    return function


def document(value):
    """A document as JSON; gRPC gives messages."""
    return value if isinstance(value, (dict, list)) else as_json(value)


def as_json(message):
    return MessageToDict(message, preserving_proto_field_name=True)


def request(library, array=None, binary=True):
    array = small_input() if array is None else array
    entry = library.InferInput("x", list(array.shape), "FP32")
    if library is tritonclient.http:
        entry.set_data_from_numpy(array, binary_data=binary)
    else:
        entry.set_data_from_numpy(array)
    return [entry]


def tensors(result, *names):
    response = result.get_response()
    outputs = response["outputs"] if isinstance(response, dict) else response.outputs
    found = []
    for output in outputs:
        output = output if isinstance(output, dict) else as_json(output)
        if not names or output["name"] in names:
            array = result.as_numpy(output["name"])
            found.append(tensor(output["name"], output["datatype"], output["shape"], array))
    return found


@on_both
def health(client, library):
    return [client.is_server_live(), client.is_server_ready(), client.is_model_ready("small"),
            client.is_model_ready("small", "1"), client.is_model_ready("nobody"), client.is_model_ready("small", "7")]


@on_both
def metadata(client, library):
    found = document(client.get_model_metadata("small"))
    return {"server": structure(document(client.get_server_metadata())), "name": found["name"],
            "versions": found["versions"], "inputs": found["inputs"], "outputs": found["outputs"]}


@on_both
def config(client, library):
    found = document(client.get_model_config("small"))
    found = found.get("config", found)
    return {key: found[key] for key in ("name", "max_batch_size")}


@on_both
def statistics(client, library):
    client.infer("small", request(library))
    return structure(document(client.get_inference_statistics("small")))


@on_both
def statistics_of_all(client, library):
    client.infer("plain", request(library))
    return sorted({entry["name"] for entry in document(client.get_inference_statistics())["model_stats"]})


@on_both
def repository(client, library):
    client.unload_model("plain")
    client.load_model("plain")
    index = document(client.get_model_repository_index())
    index = index if isinstance(index, list) else index["models"]
    return {"ready": client.is_model_ready("plain"), "plain": [each for each in index if each["name"] == "plain"]}


@on_both
def infer(client, library):
    return tensors(client.infer("small", request(library), request_id="seven"))


@on_both
def infer_of_version(client, library):
    return tensors(client.infer("small", request(library), "1"), "prob")


@on_both
def infer_batches(client, library):
    wanted = [library.InferRequestedOutput("prob")]
    return [tensors(client.infer("small", request(library, small_input(n)), outputs=wanted)) for n in range(1, 9)]


@on_both
def infer_classes(client, library):
    wanted = [library.InferRequestedOutput("prob", class_count=3)]
    return {name: tensors(client.infer(name, request(library, small_input(2)), outputs=wanted))
            for name in ("small", "plain")}


@on_both
def infer_compressed(client, library):
    """Requests with tritonclient's own compression."""
    name = "request_compression_algorithm" if library is tritonclient.http else "compression_algorithm"
    return tensors(client.infer("small", request(library), **{name: "gzip"}), "prob")


@on_both
def infer_in_the_background(client, library):
    if library is tritonclient.http:
        return tensors(client.async_infer("small", request(library)).get_result(), "prob")
    answers = Queue()
    client.async_infer("small", request(library), lambda result, error: answers.put(error or result))
    return tensors(answers.get(timeout=20), "prob")


@on_both
def infer_unknown_model(client, library):
    return tensors(client.infer("nobody", request(library)))


@on_both
def infer_too_large_batch(client, library):
    return tensors(client.infer("small", request(library, small_input(9))))


@on_both
def infer_unknown_output(client, library):
    return tensors(client.infer("small", request(library), outputs=[library.InferRequestedOutput("nothing")]))


@on_both
def infer_with_parameters(client, library):
    found = client.infer("small", request(library), parameters={"mine": "yours"}, priority=0, timeout=20_000_000)
    return tensors(found, "prob")


async def twice(module, library, address):
    async with module.InferenceServerClient(address) as client:
        work = (client.infer("small", request(library)) for _ in range(2))
        return [tensors(result, "prob") for result in await asyncio.gather(*work)]


@case
def triton_asyncio_http(target):
    return asyncio.run(twice(tritonclient.http.aio, tritonclient.http, target.http))


@case
def triton_asyncio_grpc(target):
    return asyncio.run(twice(tritonclient.grpc.aio, tritonclient.grpc, target.grpc))


@case
def triton_json_tensors(target):
    """tritonclient with JSON in place of bytes, in and out."""
    library = tritonclient.http
    wanted = [library.InferRequestedOutput("prob", binary_data=False)]
    with library.InferenceServerClient(target.http) as client:
        return attempt(lambda: tensors(client.infer("small", request(library, binary=False), outputs=wanted)))
