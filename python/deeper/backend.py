"""ONNX's backend interface: `prepare` and `run_model`, as onnx.backend.base describes them. Needs the package onnx."""

import os
import tempfile

import numpy
from onnx import ModelProto
from onnx.backend.base import Backend, BackendRep
from onnx.backend.test.runner import BackendIsNotSupposedToImplementIt

from ._library import DeeperError
from .model import load


class DeeperBackendRep(BackendRep):
    """A prepared model.

    names: all inputs of the file's graph, which may list initialisers too; what a caller gives for these replaces them.
    """

    def __init__(self, model, names):
        self.model = model
        self.names = names

    def run(self, inputs, **kwargs):
        """Runs the model on arrays in the order of its inputs, or by name, and gives a tuple in the order of its outputs."""
        if not isinstance(inputs, dict):
            if isinstance(inputs, numpy.ndarray):
                inputs = [inputs]
            names = [port.name for port in self.model.inputs]
            if len(inputs) == len(self.names):
                names = self.names
            if len(inputs) != len(names):
                raise DeeperError("invalid_input", f"{len(inputs)} arrays for {len(names)} inputs: {', '.join(names)}")
            inputs = dict(zip(names, inputs))
        with _Unsupported():
            outputs = self.model.run(inputs)
        return tuple(outputs[port.name] for port in self.model.outputs)


class DeeperBackend(Backend):
    """deeper as an ONNX backend, for device "CPU"."""

    @classmethod
    def prepare(cls, model: ModelProto, device: str = "CPU", **kwargs):
        """Prepares a model. Keyword arguments are those of `deeper.Model`."""
        if not cls.supports_device(device):
            raise DeeperError("unsupported", f"device {device}: deeper computes on CPU")
        # The file is read whole while it is there: large weights stay open, and an open file outlives its name.
        with tempfile.TemporaryDirectory() as folder, _Unsupported():
            path = os.path.join(folder, "model.onnx")
            with open(path, "wb") as file:
                file.write(model.SerializeToString())
            return DeeperBackendRep(load(path, **kwargs), [value.name for value in model.graph.input])

    @classmethod
    def run_model(cls, model, inputs, device="CPU", **kwargs):
        return cls.prepare(model, device, **kwargs).run(inputs)

    @classmethod
    def supports_device(cls, device):
        return device == "CPU"


class _Unsupported:
    """What deeper says that it does not do is what ONNX's tests may skip."""

    def __enter__(self):
        return self

    def __exit__(self, kind, error, trace):
        if isinstance(error, DeeperError) and error.code == "unsupported":
            raise BackendIsNotSupposedToImplementIt(str(error)) from error


prepare = DeeperBackend.prepare
run_model = DeeperBackend.run_model
supports_device = DeeperBackend.supports_device
