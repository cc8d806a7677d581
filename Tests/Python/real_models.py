#!/usr/bin/env python3
"""Compares deeper with ONNX Runtime on every real model of the test data: run by `make check-models`.

usage: real_models.py DEEPER [MODEL...]

Pictures are text on a grey ground, normalised; all other inputs are seeded. A model with open dimensions is run on two
shapes, the second with a batch of two. Prints the largest difference of every run, relative to the largest value of the
output that it is in, and ends with 1 if a model is refused or a difference is above 1e-4 and above four times what ONNX
Runtime's own answers with and without its optimisations differ by: some networks magnify every rounding. Of quantised models
99.9 % of the values must be within one quantisation step.
"""

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy
import onnxruntime
from PIL import Image, ImageDraw

DATA = Path(os.environ.get("DEEPER_TEST_DATA") or Path(__file__).resolve().parents[2] / "../shared/data")
MODELS = [path for folder in ("models", "models/real", "quantized") for path in sorted((DATA / folder).glob("*.onnx"))]
BOUND = 1e-4
LEVELS = [onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL, onnxruntime.GraphOptimizationLevel.ORT_ENABLE_ALL]
TYPES = {"tensor(float)": numpy.float32, "tensor(int32)": numpy.int32, "tensor(int64)": numpy.int64}


def picture(batch, channels, height, width):
    """Black text on a grey ground with noise, mean 0 and deviation about 1."""
    images = []
    for index in range(batch):
        noise = numpy.random.default_rng(index).normal(200, 10, (height, width, 3)).clip(0, 255)
        image = Image.fromarray(noise.astype(numpy.uint8))
        for line in range(max(1, height // 48)):
            ImageDraw.Draw(image).text((8, 8 + 48 * line), f"deeper {index} {line} 2026", fill=(0, 0, 0), font_size=24)
        images.append(numpy.asarray(image, numpy.float32).transpose(2, 0, 1)[:channels] / 127.5 - 1)
    return numpy.stack(images)


def shape(port, run):
    """The port's shape in the first or the second run."""
    extents = {4: [(224, 256), (160, 320)]}.get(len(port.shape), [(576, 576), (576, 576)])[run]
    result = list(port.shape)
    for axis, extent in enumerate(result):
        if not isinstance(extent, int):
            is_batch = axis == 0 or extent in ("batch", "N")
            result[axis] = run + 1 if is_batch else extents[axis % 2]
    return result


def inputs(ports, run):
    generator = numpy.random.default_rng(run)
    result = {}
    for port in ports:
        dimensions, kind = shape(port, run), TYPES[port.type]
        if port.name == "sr":
            # Silero has a network for each of two sampling rates.
            value = numpy.array([16000, 8000][run])
        elif kind is not numpy.float32:
            value = generator.integers(0, 257, dimensions)
        elif len(dimensions) == 4 and dimensions[1] == 3:
            value = picture(dimensions[0], *dimensions[1:])
        else:
            value = generator.uniform(-0.5, 0.5, dimensions)
        result[port.name] = value.astype(kind)
    return result


def answers(deeper, model, given, folder):
    """deeper's outputs by name.

    Raises CalledProcessError with its message if it refuses the model.
    """
    arguments = [deeper, "run", model, "--output-dir", folder / "out", "--json"]
    for number, (name, value) in enumerate(given.items()):
        numpy.save(folder / f"{number}.npy", value)
        arguments += ["--input", f"{name}={folder / f'{number}.npy'}"]
    report = json.loads(subprocess.run(arguments, check=True, capture_output=True, text=True).stdout)
    return {output["name"]: numpy.load(output["file"]) for output in report["outputs"]}


def difference(actual, expected):
    """The largest difference, relative to the largest expected value; infinite for another shape or NaN."""
    if actual.shape != expected.shape or actual.dtype != expected.dtype:
        return float("inf")
    distance = numpy.abs(actual.astype(numpy.float64) - expected).max(initial=0)
    return float(distance / max(numpy.abs(expected).max(initial=0), 1e-30)) if distance == distance else float("inf")


def shares_beyond_a_step(actual, expected):
    """The share of a quantised output's values that are more than one quantisation step off."""
    steps = numpy.diff(numpy.unique(expected.astype(numpy.float64)))
    steps = steps[steps > 1e-7]
    step = steps.min() if steps.size else 1e-7
    return float((numpy.abs(actual.astype(numpy.float64) - expected) > 1.01 * step).mean())


def session(model, level):
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    options.graph_optimization_level = level
    return onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])


def main(deeper, models):
    if not models:
        print(f"skipped: there are no models in {DATA / 'models/real'}; set DEEPER_TEST_DATA")
        return 0
    failures = 0
    for model in models:
        sessions = [session(model, level) for level in LEVELS]
        ports = sessions[0].get_inputs()
        is_open = any(not isinstance(extent, int) for port in ports for extent in port.shape)
        is_quantised = Path(model).parent.name == "quantized"
        for run in range(2 if is_open else 1):
            given = inputs(ports, run)
            if is_quantised:
                # Samples of 0 to 255 less their mean.
                given = {name: value * 100 for name, value in given.items()}
            shapes = ", ".join(f"{name} {list(value.shape)}" for name, value in given.items())
            plain, optimised = [each.run(None, given) for each in sessions]
            try:
                with tempfile.TemporaryDirectory() as folder:
                    named = answers(deeper, model, given, Path(folder))
            except subprocess.CalledProcessError as error:
                failures += 1
                print(f"FAILED {Path(model).name}: {error.stderr.strip()}")
                continue
            actual = [named[port.name] for port in sessions[0].get_outputs()]
            if is_quantised:
                share = max(map(shares_beyond_a_step, actual, plain))
                failures += share > 1e-3
                print(
                    f"{'FAILED' if share > 1e-3 else 'ok'} {Path(model).name} ({shapes}): {100 * share:.2f} % of the "
                    "values are more than a quantisation step off", flush=True)
                continue
            largest = max(map(difference, actual, plain))
            own = max(map(difference, optimised, plain))
            is_far = largest > max(BOUND, 4 * own)
            failures += is_far
            print(
                f"{'FAILED' if is_far else 'ok'} {Path(model).name} ({shapes}): {largest:.1e}, "
                f"ONNX Runtime by itself {own:.1e}", flush=True)
    print(f"{failures} failures" if failures else "all models agree")
    return 1 if failures else 0


if __name__ == "__main__":
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    sys.exit(main(sys.argv[1], sys.argv[2:] or MODELS))
