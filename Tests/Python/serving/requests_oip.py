"""Requests of the Open Inference Protocol, well formed unless asked for otherwise."""

import json

from target import small_input


def input_json(array, name="x", **changes):
    entry = {"name": name, "shape": list(array.shape), "datatype": "FP32", "data": array.reshape(-1).tolist()}
    return {key: value for key, value in {**entry, **changes}.items() if value is not ...}


def body_json(array=None, outputs=None, inputs=None, **keys):
    """The bytes of a request in JSON."""
    request = dict(keys)
    request["inputs"] = inputs if inputs is not None else [input_json(small_input() if array is None else array)]
    if outputs is not None:
        request["outputs"] = outputs
    return json.dumps(request).encode()


def body_binary(array=None, name="x", outputs=None, data=None, size=None, length=None, **keys):
    """The bytes of a request whose tensor follows the JSON, and its header line."""
    array = small_input() if array is None else array
    data = array.tobytes() if data is None else data
    parameters = {"binary_data_size": len(data) if size is None else size}
    head = body_json(inputs=[input_json(array, name, data=..., parameters=parameters)], outputs=outputs, **keys)
    line = f"Inference-Header-Content-Length: {len(head) if length is None else length}"
    return head + data, line
