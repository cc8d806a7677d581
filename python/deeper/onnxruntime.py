"""The part of ONNX Runtime's Python interface that inference scripts use, computed by deeper.

    import deeper.onnxruntime as onnxruntime    # instead of: import onnxruntime

    session = onnxruntime.InferenceSession("model.onnx")
    outputs = session.run(None, {session.get_inputs()[0].name: array})

Options without a counterpart in deeper are accepted and have no effect; each class says which options have one. Open
extents of shapes are None, where ONNX Runtime has their names. Bindings, OrtValue and the metadata of a model are missing.
"""

from enum import IntEnum
from typing import Any, Dict, List, Mapping, Optional, Sequence, Tuple, Union

import numpy

from ._library import version
from .errors import InvalidInputError, InvalidTypeError
from .model import Model, load
from .ports import Port

__all__ = [
    "ExecutionMode", "GraphOptimizationLevel", "InferenceSession", "NodeArg", "RunOptions", "SessionOptions",
    "get_available_providers", "get_device", "set_default_logger_severity",
]
__version__ = version()

_PROVIDER = "CPUExecutionProvider"
_TYPES = {
    "float32": "float", "float64": "double", "float16": "float16", "bool": "bool", "int8": "int8", "int16": "int16",
    "int32": "int32", "int64": "int64", "uint8": "uint8", "uint16": "uint16", "uint32": "uint32", "uint64": "uint64",
}


class GraphOptimizationLevel(IntEnum):
    """Has no effect: deeper simplifies every graph."""

    ORT_DISABLE_ALL = 0
    ORT_ENABLE_BASIC = 1
    ORT_ENABLE_EXTENDED = 2
    ORT_ENABLE_ALL = 99


class ExecutionMode(IntEnum):
    """Has no effect: deeper divides every step among its threads."""

    ORT_SEQUENTIAL = 0
    ORT_PARALLEL = 1


class SessionOptions:
    """`intra_op_num_threads` is the number of threads of one call, 0 for all CPUs. Other attributes have no effect."""

    def __init__(self) -> None:
        self.intra_op_num_threads = 0
        self.inter_op_num_threads = 0
        self.graph_optimization_level = GraphOptimizationLevel.ORT_ENABLE_ALL
        self.execution_mode = ExecutionMode.ORT_SEQUENTIAL
        self.log_severity_level = 2
        self.log_verbosity_level = 0
        self.enable_profiling = False
        self.enable_mem_pattern = True
        self.enable_cpu_mem_arena = True
        self.optimized_model_filepath = ""

    def add_session_config_entry(self, key: str, value: str) -> None:
        """Has no effect."""


class RunOptions:
    """Has no effect."""

    def __init__(self) -> None:
        self.log_severity_level = 2
        self.log_verbosity_level = 0
        self.logid = ""


class NodeArg:
    """An input or output: `name`, `type` such as "tensor(float)", and `shape`, with None for open extents."""

    def __init__(self, port: Port) -> None:
        self.name = port.name
        self.shape: List[Optional[int]] = list(port.shape or ())
        self.type = f"tensor({_TYPES[port.dtype.name]})" if port.dtype is not None else "tensor(unknown)"

    def __repr__(self) -> str:
        return f"NodeArg(name={self.name!r}, type={self.type!r}, shape={self.shape!r})"


class InferenceSession:
    """A model that is ready to run.

    path_or_bytes: as the argument of `deeper.load`.
    sess_options: see `SessionOptions`.
    providers: must name CPUExecutionProvider, alone or among others; None is the same.
    """

    def __init__(
        self, path_or_bytes: Any, sess_options: Optional[SessionOptions] = None,
        providers: Optional[Sequence[Union[str, Tuple[str, Mapping[str, Any]]]]] = None,
        provider_options: Optional[Sequence[Mapping[str, Any]]] = None, **kwargs: Any,
    ) -> None:
        names = [each if isinstance(each, str) else each[0] for each in providers or [_PROVIDER]]
        if _PROVIDER not in names:
            raise InvalidInputError("invalid_input", f"providers are {', '.join(names)}; deeper has {_PROVIDER} only")
        threads = sess_options.intra_op_num_threads if sess_options is not None else 0
        # ONNX Runtime takes negative numbers as 0.
        self._model: Model = load(path_or_bytes, threads=threads if threads > 0 else None)

    def run(
        self, output_names: Optional[Sequence[str]], input_feed: Mapping[str, Any],
        run_options: Optional[RunOptions] = None,
    ) -> List["numpy.ndarray[Any, Any]"]:
        """Runs the model: the outputs with these names, in this order, or all of them for None."""
        if isinstance(output_names, str):
            raise InvalidTypeError("invalid_input", "output_names must be a list of names or None, not a str")
        known = [port.name for port in self._model.outputs]
        for name in output_names or ():
            if name not in known:
                raise InvalidInputError(
                    "invalid_input", f'the model has no output "{name}"; its outputs: {", ".join(known)}')
        results = self._model._run(self._converted(input_feed))
        return [results.array(known.index(name)) for name in output_names or known]

    def _converted(self, input_feed: Mapping[str, Any]) -> Dict[str, Any]:
        """Lists of numbers as arrays of the model's dtypes; arrays stay as they are."""
        dtypes = {port.name: port.dtype for port in self._model.inputs}
        return {
            name: numpy.array(value, dtypes.get(name)) if isinstance(value, (list, tuple)) else value
            for name, value in input_feed.items()
        }

    def get_inputs(self) -> List[NodeArg]:
        """The inputs, in the model's order."""
        return [NodeArg(port) for port in self._model.inputs]

    def get_outputs(self) -> List[NodeArg]:
        """The outputs, in the model's order."""
        return [NodeArg(port) for port in self._model.outputs]

    def get_providers(self) -> List[str]:
        """Always CPUExecutionProvider."""
        return [_PROVIDER]


def set_default_logger_severity(severity: int) -> None:
    """Has no effect: deeper does not log."""


def get_available_providers() -> List[str]:
    """Always CPUExecutionProvider."""
    return [_PROVIDER]


def get_device() -> str:
    """Always "CPU"."""
    return "CPU"
