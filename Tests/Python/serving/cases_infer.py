"""What may be said in an inference over HTTP, word by word with curl."""

from cases import add_all, case
from requests_oip import body_binary, body_json, input_json
from target import inference, numbers, small_input

INFER = "/v2/models/small/infer"
BINARY = {"binary_data_output": True}
PROB = [{"name": "prob"}]
X = small_input()


def infer(target, body, *headers, path=INFER, **options):
    """The record of an inference; a body may come with its header line."""
    if isinstance(body, tuple):
        body, line = body
        headers = (line, *headers)
    return inference(target.curl(path, body=body, headers=headers, **options))


def with_input(array=X, **changes):
    return body_json(inputs=[input_json(array, **changes)], outputs=PROB)


add_all(infer, {
    "json_to_json": body_json(),
    "json_to_binary": body_json(parameters=BINARY),
    "binary_to_json": body_binary(),
    "binary_to_binary": body_binary(parameters=BINARY),
    # An output's own wish precedes the request's.
    "binary_to_mixed": body_binary(
        outputs=[{"name": "prob", "parameters": {"binary_data": False}}, {"name": "relu"}], parameters=BINARY),
    "json_to_mixed": body_json(outputs=[{"name": "relu", "parameters": {"binary_data": True}}, {"name": "prob"}]),
    "request_id": body_json(id='a "quoted" ünïcode id', outputs=PROB),
    "id_of_number": body_json(id=7, outputs=PROB),
    "id_empty": body_json(id="", outputs=PROB),
    "one_output": body_json(outputs=[{"name": "relu"}]),
    "outputs_turned": body_json(outputs=[{"name": "relu"}, {"name": "prob"}]),
    "outputs_empty": body_json(outputs=[]),
    "output_twice": body_json(outputs=PROB + PROB),
    "nested_data": with_input(small_input(2), data=small_input(2).tolist()),
    "partly_nested_data": with_input(small_input(2), data=small_input(2).reshape(2, -1).tolist()),
    "data_of_integers": with_input(data=[int(each) for each in X.reshape(-1)]),
    "nulls_for_optional": body_json(outputs=[{"name": "prob", "parameters": None}], id=None, parameters=None),
    "null_outputs": body_json().replace(b"{", b'{"outputs": null, ', 1),
    "null_input_parameters": with_input(parameters=None),
    "unknown_keys": body_json(
        inputs=[input_json(X, parameters={"mine": [1, {"a": None}]}, colour="red")],
        outputs=[{"name": "prob", "more": 1}], mine={"deep": [[]]}),
    "unknown_string_parameter": body_json(outputs=PROB, parameters={"mine": "yours", "number": 3, "truth": True}),
    "key_twice": body_json(outputs=PROB).replace(b"{", b'{"id": "first", "id": "second", ', 1),
})


@case
def data_with_exponents(target):
    text = ",\n".join(f"{each:.3E}" for each in X.reshape(-1))
    return infer(target, with_input(data="DATA").replace(b'"DATA"', f"[ {text} ]".encode()))


@case
def of_version(target):
    return infer(target, body_json(outputs=PROB), path="/v2/models/small/versions/1/infer")


@case
def batches(target):
    return {str(n): infer(target, body_json(small_input(n), outputs=PROB)) for n in range(1, 9)}


@case
def batches_binary(target):
    outputs = [{"name": "prob", "parameters": {"binary_data": True}}]
    return {str(n): infer(target, body_binary(small_input(n), outputs=outputs)) for n in range(1, 9)}


@case
def picture(target):
    """A model of real size, where the test data has one."""
    if target.curl("/v2/models/squeezenet/ready")["status"] != 200:
        return None
    outputs = [{"name": "prob", "parameters": {"classification": 3}}]
    body = body_binary(numbers((3, 227, 227), 2), "data", outputs)
    found = infer(target, body, path="/v2/models/squeezenet/infer")
    for tensor in found.get("tensors", []):
        # Nearly equal classes may change places between engines.
        tensor["values"] = [entry[1:] for entry in tensor["values"][:1]]
    return found
