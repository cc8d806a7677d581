"""Outputs as names of classes, Triton's classification extension, over HTTP with curl."""

from cases import case
from cases_infer import infer
from requests_oip import body_binary, body_json
from target import small_input


def classes(count, **parameters):
    return [{"name": "prob", "parameters": {"classification": count, **parameters}}]


@case
def classes_with_labels(target):
    return infer(target, body_json(outputs=classes(3)))


@case
def classes_without_labels(target):
    return infer(target, body_json(outputs=classes(3)), path="/v2/models/plain/infer")


@case
def classes_binary(target):
    return infer(target, body_binary(outputs=classes(2, binary_data=True)))


@case
def classes_of_a_batch(target):
    return infer(target, body_json(small_input(3), outputs=classes(2)))


@case
def classes_more_than_there_are(target):
    return infer(target, body_json(outputs=classes(50)))


@case
def classes_zero(target):
    return infer(target, body_json(outputs=classes(0)))


@case
def classes_negative(target):
    return infer(target, body_json(outputs=classes(-1)))


@case
def classes_of_string(target):
    return infer(target, body_json(outputs=classes("3")))


@case
def classes_of_relu(target):
    """An output with more than one axis after the batch."""
    return infer(target, body_json(outputs=[{"name": "relu", "parameters": {"classification": 2}}]))


@case
def classes_beside_numbers(target):
    return infer(target, body_json(outputs=[*classes(1), {"name": "relu"}]))
