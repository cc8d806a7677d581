"""Compares the outputs of two builds of deeper, bit by bit: for changes that should change no answer.

Runs every ONNX model of the test data, ONNX's own test cases among them, and the built-in networks with seeded weights,
on every instruction set, with packed products where they are not the default; and networks that `DEEPER_KEEP_NETWORKS=DIR` with the tests "random networks agree
with ONNX Runtime" left in DIR. Build the other commit in a worktree of its own.
"""

import argparse
import os
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

import google.protobuf.message
import numpy
import onnx

ROOT = Path(__file__).resolve().parents[2]
# Tried for open dimensions one after the other, until a model takes one.
EXTENTS = (224, 32, 64, 640, 48, 160, 320, 512, 1024, 1)
NETWORKS = ("googlenet", "googlenet-naive", "googlenet-train", "alexnet")
TYPES = {1: numpy.float32, 2: numpy.uint8, 6: numpy.int32, 7: numpy.int64, 9: numpy.bool_}


def inputs_of(model, extent):
    """Seeded arrays for the inputs that have no initialiser."""
    known = {each.name for each in model.graph.initializer}
    result = {}
    for port in model.graph.input:
        if port.name in known:
            continue
        tensor = port.type.tensor_type
        shape = [
            each.dim_value if each.HasField("dim_value") and each.dim_value > 0 else (1 if axis == 0 else extent)
            for axis, each in enumerate(tensor.shape.dim)
        ]
        numbers = numpy.random.default_rng(len(result) + 1)
        kind = TYPES.get(tensor.elem_type, numpy.float32)
        drawn = numbers.random(shape, numpy.float32) if kind is numpy.float32 else numbers.integers(0, 2, shape)
        result[port.name] = drawn.astype(kind)
    return result


def inputs_beside(file, model):
    """The inputs stored next to a model: of a random network, or of one of ONNX's test cases."""
    arrays = [numpy.load(each) for each in sorted(file.parent.glob("input_*.npy"))]
    case = file.parent / "test_data_set_0"
    for index in range(len(list(case.glob("input_*.pb")))):
        try:
            arrays.append(onnx.numpy_helper.to_array(onnx.load_tensor(case / f"input_{index}.pb")))
        except (TypeError, google.protobuf.message.DecodeError) as error:
            raise ValueError(f"input {index} is no tensor: {error}") from error
    return {port.name: array for port, array in zip(model.graph.input, arrays)}


def run(deeper, file, inputs, folder, options):
    command = [str(deeper), "run", str(file), "--output-dir", str(folder), *options]
    for index, (name, array) in enumerate(inputs.items()):
        given = folder.parent / f"input{index}.npy"
        numpy.save(given, array)
        command += ["--input", f"{name}={given}"]
    return subprocess.run(command, capture_output=True, text=True)


def outputs_of(folder):
    return {file.name: file.read_bytes() for file in sorted(folder.glob("*.npy"))}


def compare(base, new, file, options):
    """What differs, or None; raises if the base does not run the model."""
    model = onnx.load(file)
    kept = inputs_beside(file, model)
    for extent in EXTENTS[:1] if kept else EXTENTS:
        with tempfile.TemporaryDirectory() as place:
            folders = [Path(place) / "base", Path(place) / "new"]
            inputs = kept or inputs_of(model, extent)
            first = run(base, file, inputs, folders[0], options)
            if first.returncode != 0:
                failure = first.stderr.strip()
                continue
            second = run(new, file, inputs, folders[1], options)
            if second.returncode != 0:
                return f"the new build fails: {second.stderr.strip()}"
            found, wanted = outputs_of(folders[1]), outputs_of(folders[0])
            if not wanted:
                raise ValueError("no outputs")
            different = [name for name in wanted if found.get(name) != wanted[name]]
            return f"differs in {', '.join(different)}" if different else None
    raise ValueError(failure)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("base", type=Path, help="the command deeper as it was")
    parser.add_argument("new", type=Path, help="the command deeper as it is")
    parser.add_argument("--isa", default="", help="instruction sets, comma-separated; default: all of this CPU")
    parser.add_argument("--networks", type=Path, help="a folder of random networks")
    arguments = parser.parse_args()
    data = Path(os.environ.get("DEEPER_TEST_DATA") or ROOT.parent / "shared" / "data")
    with tempfile.TemporaryDirectory() as place:
        files = sorted({*data.glob("models/**/*.onnx"), *data.glob("onnx/**/*.onnx")})
        for archive in sorted(data.glob("onnx/*.tar.gz")):
            with tarfile.open(archive) as cases:
                cases.extractall(Path(place) / archive.name, filter="data")
            files += sorted((Path(place) / archive.name).glob("**/model.onnx"))
        if arguments.networks:
            files += sorted(arguments.networks.glob("*/model.onnx"))
        for network in NETWORKS:
            files.append(Path(place) / f"{network}.onnx")
            subprocess.run(
                [arguments.base, "convert", network, "--random-weights", "--seed", "1", "-o", files[-1]], check=True)
        available = subprocess.run([arguments.new, "version"], capture_output=True, text=True, check=True).stdout
        line = next(each for each in available.splitlines() if each.startswith("instruction sets:"))
        sets = arguments.isa.split(",") if arguments.isa else line.split(": ")[1].split(", ")
        ways = [["--isa", each] for each in sets] + [["--isa", "portable", "--gemm", "packed"]]
        same, wrong, skipped = 0, 0, []
        for file in files:
            for way in ways:
                try:
                    difference = compare(arguments.base, arguments.new, file, way)
                except ValueError as error:
                    skipped.append(f"{file.parent.name}/{file.name}: {str(error)[:200]}")
                    break
                if difference:
                    wrong += 1
                    print(f"{file.parent.name}/{file.name} {' '.join(way)}: {difference}", flush=True)
                else:
                    same += 1
    for each in skipped:
        print(f"not run by the base: {each}")
    print(f"{same} runs of {len(files) - len(skipped)} models have the same bits, {wrong} differ")
    return 1 if wrong or not same else 0


if __name__ == "__main__":
    sys.exit(main())
