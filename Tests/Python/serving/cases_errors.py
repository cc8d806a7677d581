"""Requests that have to be refused, over HTTP with curl."""

from cases import add_all, case
from cases_infer import PROB, infer
from requests_oip import body_binary, body_json, input_json
from target import small_input

X = small_input()
BYTES = X.tobytes()

# One key of a right input changed; ... takes it away.
add_all(lambda target, changes: infer(target, body_json(inputs=[input_json(X, **changes)])), {
    "wrong_input_name": {"name": "y"},
    "batch_of_zero": {"shape": [0, 3, 4, 4], "data": []},
    "negative_extent": {"shape": [-1, 3, 4, 4]},
    "overflowing_shape": {"shape": [1 << 33, 1 << 33, 4, 4]},
    "fraction_in_shape": {"shape": [1.5, 3, 4, 4]},
    "wrong_datatype": {"datatype": "INT32", "data": [1] * 48},
    "unknown_datatype": {"datatype": "FLOAT"},
    "too_few_numbers": {"data": [1.0] * 47},
    "too_many_numbers": {"data": [1.0] * 49},
    "string_among_numbers": {"data": [1.0] * 47 + ["a"]},
    "null_among_numbers": {"data": [1.0] * 47 + [None]},
    "data_is_no_list": {"data": "abc"},
    "without_data": {"data": ...},
    "without_shape": {"shape": ...},
    "without_datatype": {"datatype": ...},
    "without_name": {"name": ...},
})

# Whole bodies.
add_all(lambda target, body: infer(target, body), {
    "wrong_output_name": body_json(outputs=[{"name": "nothing"}]),
    "wrong_shape": body_json(X.reshape(1, 4, 3, 4)),
    "wrong_rank": body_json(X.reshape(3, 4, 4)),
    "too_large_batch": body_json(small_input(9)),
    "without_inputs": b'{"id": "1"}',
    "null_inputs": b'{"inputs": null}',
    "no_inputs": body_json(inputs=[]),
    "input_twice": body_json(inputs=[input_json(X), input_json(X)]),
    "too_many_inputs": body_json(inputs=[input_json(X), input_json(X, name="y")]),
    "malformed_json": body_json()[:-5],
    "json_is_a_list": b"[]",
    "text_after_json": body_json() + b"}",
    "deep_json": b"[" * 100_000,
    "empty_body": b"",
    "not_utf8": body_json(outputs=PROB).replace(b'"prob"', b'"pro\xff"'),
})

# Errors about the bytes after the JSON.
add_all(lambda target, changes: infer(target, body_binary(**changes)), {
    "header_length_negative": {"length": -1},
    "header_length_too_large": {"length": 1 << 20},
    "header_length_overflowing": {"length": 1 << 70},
    "header_length_no_number": {"length": "many"},
    "header_length_too_small": {"length": 10},
    "header_length_zero": {"length": 0},
    "bytes_too_few": {"data": BYTES[:-4]},
    "bytes_too_many": {"data": BYTES + b"1234"},
    "bytes_left_over": {"data": BYTES + b"1234", "size": X.nbytes},
    "binary_size_too_large": {"size": X.nbytes + 4},
    "binary_size_negative": {"size": -4},
    "binary_size_no_number": {"size": "192"},
})


@case
def wrong_model(target):
    return infer(target, body_json(), path="/v2/models/nobody/infer")


@case
def wrong_version(target):
    return infer(target, body_json(), path="/v2/models/small/versions/7/infer")


@case
def no_body(target):
    return infer(target, None, method="POST")


@case
def bytes_and_data(target):
    body, line = body_binary()
    more = b'"data": [1.0], '
    name, length = line.split(": ")
    return infer(target, body.replace(b'"shape"', more + b'"shape"'), f"{name}: {int(length) + len(more)}")


@case
def header_length_without_binary(target):
    """All of it is said to be JSON, and a tensor is said to follow."""
    body, _ = body_binary(data=b"", size=X.nbytes)
    return infer(target, body, f"Inference-Header-Content-Length: {len(body)}")


@case
def unknown_encoding(target):
    return infer(target, body_json(), "Content-Encoding: compress")


@case
def broken_gzip(target):
    return infer(target, b"\x1f\x8b not gzip", "Content-Encoding: gzip")
