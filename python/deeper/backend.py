"""ONNX's backend interface: `prepare` and `run_model`, as onnx.backend.base describes them. Needs the package onnx."""

from typing import Any, List, Tuple

import numpy
from onnx import ModelProto
from onnx.backend.base import Backend, BackendRep
from onnx.backend.test.runner import BackendIsNotSupposedToImplementIt

from .errors import DeeperError, InvalidInputError, UnsupportedError
from .model import Model, load


class DeeperBackendRep(BackendRep):
    """A prepared model.

    names: all inputs of the file's graph, which may list initialisers too; what a caller gives for these replaces them.
    """

    def __init__(self, model: Model, names: List[str]) -> None:
        self.model = model
        self.names = names

    def run(self, inputs: Any, **kwargs: Any) -> Tuple["numpy.ndarray[Any, Any]", ...]:
        """Runs the model on arrays in the order of its inputs, or by name, and gives a tuple in the order of its outputs."""
        if not isinstance(inputs, dict):
            if isinstance(inputs, numpy.ndarray):
                inputs = [inputs]
            names = [port.name for port in self.model.inputs]
            if len(inputs) == len(self.names):
                names = self.names
            if len(inputs) != len(names):
                raise InvalidInputError(
                    "invalid_input", f"{len(inputs)} arrays for {len(names)} inputs: {', '.join(names)}")
            inputs = dict(zip(names, inputs))
        with _Unsupported():
            outputs = self.model.run(inputs)
        return tuple(outputs[port.name] for port in self.model.outputs)


class DeeperBackend(Backend):
    """deeper as an ONNX backend, for device "CPU"."""

    @classmethod
    def prepare(cls, model: ModelProto, device: str = "CPU", **kwargs: Any) -> DeeperBackendRep:
        """Prepares a model. Keyword arguments are those of `deeper.Model`."""
        if not cls.supports_device(device):
            raise UnsupportedError("unsupported", f"device {device}: deeper computes on CPU")
        with _Unsupported():
            return DeeperBackendRep(load(model, **kwargs), [value.name for value in model.graph.input])

    @classmethod
    def run_model(
        cls, model: ModelProto, inputs: Any, device: str = "CPU", **kwargs: Any
    ) -> Tuple["numpy.ndarray[Any, Any]", ...]:
        """Prepares a model and runs it once."""
        return cls.prepare(model, device, **kwargs).run(inputs)

    @classmethod
    def run_node(cls, node: Any, inputs: Any, device: str = "CPU", outputs_info: Any = None, **kwargs: Any) -> Any:
        """Is refused: a node alone does not say which opset it is of; make a model of it."""
        raise UnsupportedError("unsupported", "deeper runs models, not single nodes")

    @classmethod
    def supports_device(cls, device: str) -> bool:
        """Whether this is "CPU"."""
        return device == "CPU"


class _Unsupported:
    """Reports what deeper does not support as what ONNX's tests may skip."""

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind: Any, error: Any, trace: Any) -> None:
        if isinstance(error, DeeperError) and error.code == "unsupported":
            raise BackendIsNotSupposedToImplementIt(str(error)) from error


prepare = DeeperBackend.prepare
run_model = DeeperBackend.run_model
supports_device = DeeperBackend.supports_device
