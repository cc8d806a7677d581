"""A program that uses the package as users do: `make test-library` checks it with mypy --strict."""

from pathlib import Path
from typing import Any

import numpy
import numpy.typing

import deeper
import deeper.onnxruntime as onnxruntime

Floats = numpy.typing.NDArray[numpy.float32]


def scores(path: Path, pixels: Floats) -> Floats:
    model: deeper.Model = deeper.load(path, threads=2, precision="float32")
    for port in model.inputs + model.outputs:
        print(port.name, port.dtype, port.shape)
    buffer: Floats = numpy.empty((1, 10), numpy.float32)
    model.run({"data": pixels}, out={"prob": buffer})
    result: Floats = model(pixels)
    return result + buffer


def best(picture: bytes) -> str:
    try:
        found = deeper.load(deeper.BUILTIN).classify(picture, top=1)
    except deeper.InvalidInputError as error:
        return f"{error.code}: {error}"
    prediction: deeper.Prediction = found[0]
    return f"{prediction.label}: {prediction.score:.3f}"


def slowest(model: deeper.Model, inputs: Floats) -> str:
    steps: list[deeper.StepTime] = model.profile(inputs)
    counts: deeper.OperationCounts = model.operation_counts()
    step = max(steps, key=lambda each: each.nanoseconds)
    return f"{step.name} of {counts.macs} multiply-accumulates, {model.summary()}"


def session(data: bytes, feed: dict[str, Any]) -> list[numpy.typing.NDArray[Any]]:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    running = onnxruntime.InferenceSession(data, options)
    return running.run([each.name for each in running.get_outputs()], feed)
