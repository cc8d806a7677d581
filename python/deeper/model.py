"""Models: NumPy arrays in, NumPy arrays out."""

import ctypes
import json
import operator
import os
from typing import Any, Dict, List, Mapping, Optional, Sequence, Union

import numpy

from . import _library
from ._arrays import Outputs, Tensors, as_array, readable, writable
from ._library import Handle, check, lib, made_text, text
from ._pictures import encoded
from .errors import InvalidInputError, InvalidTypeError
from .ports import Port, read_ports
from .reports import Layer, OperationCounts, Prediction, StepTime, table

BUILTIN = "builtin"
"""The name of the model that ships with the package."""


def load(
    source: Any, *, weights: Any = None, threads: Optional[int] = None, precision: Optional[str] = None,
    concurrent_calls: Optional[int] = None, algorithm: str = "auto", gemm: str = "auto",
    instruction_set: Optional[str] = None, memory_limit_bytes: Optional[int] = None,
    prepared_plans: Optional[int] = None, sets_blas_threads: bool = False,
) -> "Model":
    """Reads a model and prepares it for running.

    source: the path of an ONNX or TFLite file, of the prototxt file of a network of Caffe, or of a file that `deeper
        compile` wrote; the bytes of an ONNX or TFLite file; an `onnx.ModelProto`; or "builtin" for the model that ships with the package,
        which classifies pictures into the ten classes of CIFAR-10.
    weights: the path of the caffemodel file of a prototxt file. None: the one next to it. Other models have their weights
        inside.
    threads: the threads that share one call, the caller's included. None: all CPUs that the process may use, divided
        among concurrent calls. 1 gives the highest throughput to many concurrent callers.
    precision: "float32" or "int8" chooses the form of the built-in model. For other models it is a check: a model that
        computes in another precision raises `InvalidInputError`.
    concurrent_calls: the calls that run at the same time; others wait. None: as many as the CPUs allow.
    algorithm: how convolutions may be computed: "auto", "direct" (smallest rounding errors) or "winograd".
    gemm: what multiplies matrices: "auto", "openblas", "packed" or "reference".
    instruction_set: "portable", "avx2" or "avx512". None: the best one that the CPU has.
    memory_limit_bytes: the most memory that one set of input shapes may take.
    prepared_plans: the number of sets of input shapes that stay prepared.
    sets_blas_threads: whether OpenBLAS may be set to one thread per call for the whole process.

    Raises `ModelNotFoundError` (a `FileNotFoundError`), `InvalidModelError` or `InvalidInputError` (a `ValueError`), or
    `UnsupportedError` (a `NotImplementedError`).
    """
    return Model(
        source, weights=weights, threads=threads, precision=precision, concurrent_calls=concurrent_calls,
        algorithm=algorithm, gemm=gemm, instruction_set=instruction_set, memory_limit_bytes=memory_limit_bytes,
        prepared_plans=prepared_plans, sets_blas_threads=sets_blas_threads)


class Model:
    """A model that is ready to run. Threads may share it, and Python's lock is released while it computes.

    inputs, outputs: a `Port` with name, dtype and shape for each.
    labels: the names of the classes, or None if the model does not say.
    preprocessing: how pictures become the input, as a dictionary with the members that docs/models.md describes, or None
        if the model does not say.
    precision: "int8" if the model multiplies 8-bit integers, else "float32".

    A model is pickled as its path, or as its bytes if it was made from bytes, with its options; unpickling loads it again.
    """

    inputs: List[Port]
    outputs: List[Port]
    labels: Optional[List[str]]
    preprocessing: Optional[Dict[str, Any]]

    def __init__(self, source: Any, **options: Any) -> None:
        """Takes the arguments of `load`."""
        self._source: Union[str, bytes] = _portable(source)
        self._options = options
        structure = _engine_options(options)
        self._model = Handle(lib.deeper_model_release)
        self._engine = Handle(lib.deeper_engine_release)
        _open(self._source, options.get("weights"), options.get("precision"), self._model)
        model = self._model.pointer
        self.inputs = read_ports(model, lib.deeper_model_input_count, lib.deeper_model_input)
        self.outputs = read_ports(model, lib.deeper_model_output_count, lib.deeper_model_output)
        count = lib.deeper_model_label_count(model)
        self.labels = [lib.deeper_model_label(model, index).decode() for index in range(count)] or None
        preprocessing = lib.deeper_model_preprocessing(model)
        self.preprocessing = json.loads(preprocessing) if preprocessing else None
        self._check_precision(options.get("precision"))
        check(lib.deeper_engine_create(model, ctypes.byref(structure), self._engine.filled))

    @property
    def path(self) -> Optional[str]:
        """The file that the model was read from; None for a model from bytes and for the built-in one."""
        return self._source if isinstance(self._source, str) and self._source != BUILTIN else None

    @property
    def precision(self) -> str:
        """ "int8" if the model multiplies 8-bit integers, else "float32"."""
        return str(lib.deeper_model_precision(self._model.pointer).decode())

    def __call__(self, /, *arguments: Any, **named: Any) -> Any:
        """Runs the model: `model(x)`, `model(x, y)` in the order of the inputs, or `model(data=x)`.

        Returns the output as an array if the model has one output, else a dictionary of arrays by name.
        """
        if len(arguments) > len(self.inputs):
            raise InvalidInputError(
                "invalid_input", f"{len(arguments)} arrays for {len(self.inputs)} inputs: {self._input_names()}")
        inputs = {port.name: array for port, array in zip(self.inputs, arguments)}
        twice = sorted(inputs.keys() & named.keys())
        if twice:
            raise InvalidInputError("invalid_input", f'input "{twice[0]}" is given twice')
        results = self.run({**inputs, **named})
        return next(iter(results.values())) if len(results) == 1 else results

    def run(
        self, inputs: Any, *, out: Optional[Mapping[str, "numpy.ndarray[Any, Any]"]] = None
    ) -> Dict[str, "numpy.ndarray[Any, Any]"]:
        """Runs the model and returns a dictionary of the outputs by name.

        inputs: a dictionary of arrays by name; a single array if the model has one input; or a sequence in the order of
            the inputs. Shapes and dtypes are those of `inputs`; nothing is converted. An array that is contiguous and on a
            64-byte boundary is read in place; others are copied once. Arrays of other libraries are read through DLPack.
            An initialiser that the model lists as an input may be given a new value for this run.
        out: arrays by output name that the results are written to, contiguous and of the results' shape and dtype. The
            returned dictionary then holds these arrays only. Without it, the outputs are views of the library's memory,
            which lives as long as one of them does.
        """
        if out is None:
            results = self._run(inputs)
            return {port.name: results.array(index) for index, port in enumerate(self.outputs)}
        if not isinstance(out, Mapping):
            raise InvalidTypeError("invalid_input", f"out must be a dictionary by name, not {type(out).__name__}")
        tensors = self._tensors(inputs)
        buffers = Tensors([(name, writable(name, array)) for name, array in out.items()])
        check(lib.deeper_engine_run_into(
            self._engine.pointer, tensors.structures, tensors.count, buffers.structures, buffers.count))
        return dict(out)

    def _run(self, inputs: Any) -> Outputs:
        tensors = self._tensors(inputs)
        outputs = Outputs()
        check(lib.deeper_engine_run(
            self._engine.pointer, tensors.structures, tensors.count, outputs.handle.filled))
        return outputs

    def prepare(self, inputs: Any = None) -> None:
        """Does what the first run would do: packs weights, reserves memory and starts threads, for inputs of the shapes of
        these arrays. Without inputs, for one picture."""
        tensors = Tensors([]) if inputs is None else self._tensors(inputs)
        check(lib.deeper_engine_prepare(self._engine.pointer, tensors.structures, tensors.count))

    def classify(
        self, picture: Any, *, top: int = 5, preprocessing: Optional[str] = None, orientation: str = "upright",
        labels: Optional[Sequence[str]] = None,
    ) -> List[Prediction]:
        """The most likely classes of a picture, best first.

        picture: a path; the bytes of a JPEG, PNG, BMP or PNM file; a PIL image; or an array of uint8, height x width x 3
            (RGB) or height x width (grey).
        top: the number of classes.
        preprocessing: "caffe", "cifar10", "inception-cifar10", "raw" or "torchvision". None: as the model says, which is an
            error if it does not say.
        orientation: "upright" turns a file as its EXIF block or XMP says, and a PIL image as its EXIF block says; "stored"
            takes the pixels as they are.
        labels: the names of the classes. None: the model's own.

        A model without an output of one row of scores for each picture, such as a detector, is an error.
        """
        top = integer(top, "top", 0)
        turned = text(orientation, "orientation")
        data = encoded(picture, orientation)
        preset = None if preprocessing is None else text(preprocessing, "preprocessing")
        predictions = (_library.Prediction * max(1, top))()
        count = ctypes.c_size_t(top)
        check(
            lib.deeper_engine_classify_oriented(
                self._engine.pointer, data, len(data), preset, turned, predictions, ctypes.byref(count)))
        names = self.labels if labels is None else labels
        return [
            Prediction(each.index, each.score, _label(names, each.index)) for each in predictions[:count.value]
        ]

    def profile(self, inputs: Any) -> List[StepTime]:
        """Runs the model and returns the time of every step. Times vary from run to run: take the least of several."""
        tensors = self._tensors(inputs)
        report = made_text(
            lambda out: lib.deeper_engine_profile(self._engine.pointer, tensors.structures, tensors.count, out))
        return [
            StepTime(step["name"], step["operator"], step["lowering"], step["macs"], step["nanoseconds"])
            for step in json.loads(report)
        ]

    def operation_counts(self) -> OperationCounts:
        """The multiply-accumulates and parameters of the model and of its layers, for one picture."""
        summary = self._summary()
        layers = [
            Layer(each["name"], each["operator"], tuple(each["shape"]), each["parameters"], each["macs"])
            for each in summary["layers"]
        ]
        return OperationCounts(summary["total"]["macs"], summary["total"]["parameters"], layers)

    def summary(self) -> str:
        """A table of the layers with output shapes, parameters and multiply-accumulates."""
        return table(self._name(), self.operation_counts())

    def __repr__(self) -> str:
        return f"deeper.Model({self._name()!r})"

    def __reduce__(self) -> Any:
        return _restored, (self._source, self._options)

    def _name(self) -> str:
        return self._source if isinstance(self._source, str) else f"{len(self._source)} bytes"

    def _input_names(self) -> str:
        return ", ".join(port.name for port in self.inputs)

    def _summary(self) -> Dict[str, Any]:
        result: Dict[str, Any] = json.loads(made_text(lambda out: lib.deeper_model_summary(self._model.pointer, out)))
        return result

    def _check_precision(self, wanted: Optional[str]) -> None:
        if wanted not in (None, "float32", "int8"):
            raise InvalidInputError("invalid_input", f'precision is "{wanted}", expected "float32" or "int8"')
        if wanted is not None and self.precision != wanted:
            raise InvalidInputError(
                "invalid_input",
                f"{self._name()}: the model computes in {self.precision}, not in {wanted}; `deeper quantize` makes int8 "
                "models")

    def _tensors(self, inputs: Any) -> Tensors:
        arrays = [(name, readable(name, value)) for name, value in self._named(inputs).items()]
        dtypes = {port.name: port.dtype for port in self.inputs}
        for name, array in arrays:
            expected = dtypes.get(name)
            if expected is not None and array.dtype != expected:
                raise InvalidTypeError(
                    "invalid_input",
                    f'{self._name()}: input "{name}" is {array.dtype}{list(array.shape)}, the model expects {expected}; '
                    f"convert it with .astype({str(expected)!r})")
        return Tensors(arrays)

    def _named(self, inputs: Any) -> Dict[str, Any]:
        if isinstance(inputs, Mapping):
            return dict(inputs)
        arrays = list(inputs) if isinstance(inputs, (list, tuple)) else [as_array(inputs)]
        if len(arrays) != len(self.inputs):
            raise InvalidInputError(
                "invalid_input", f"{len(arrays)} arrays for {len(self.inputs)} inputs: {self._input_names()}")
        return {port.name: array for port, array in zip(self.inputs, arrays)}


def imagenet_names() -> List[str]:
    """The names of the 1,000 classes of ImageNet's 2012 challenge, in the order of the outputs of networks that were
    trained on it."""
    return [lib.deeper_imagenet_name(index).decode() for index in range(1000)]


def imagenet_wnids() -> List[str]:
    """The WordNet numbers of these classes, such as "n01440764"."""
    return [lib.deeper_imagenet_wnid(index).decode() for index in range(1000)]


def integer(value: Any, name: str, least: int, largest: int = 2**31 - 1) -> int:
    """A number that fits the library's type."""
    try:
        number = operator.index(value)
    except TypeError:
        number = None
    if number is None or isinstance(value, bool):
        raise InvalidTypeError("invalid_input", f"{name} must be an int, not {type(value).__name__}")
    if not least <= number <= largest:
        raise InvalidInputError("invalid_input", f"{name} is {number}, expected {least} to {largest}")
    return number


def _portable(source: Any) -> Union[str, bytes]:
    """The source in a form that can be pickled."""
    if isinstance(source, (str, os.PathLike)):
        path = os.fsdecode(source)
        # A path of this name is a file.
        return os.path.join(os.curdir, path) if path == BUILTIN and not isinstance(source, str) else path
    if isinstance(source, (bytes, bytearray, memoryview)):
        return bytes(source)
    if hasattr(source, "SerializeToString"):
        return bytes(source.SerializeToString())
    raise InvalidTypeError(
        "invalid_input", f"a model is a path, bytes or an onnx.ModelProto, not {type(source).__name__}")


def _file(path: Union[str, "os.PathLike[str]"]) -> bytes:
    name = os.fsencode(path)
    if b"\0" in name:
        raise InvalidInputError("invalid_input", f"the path {os.fspath(path)!r} has a character NUL")
    return name


def _open(source: Union[str, bytes], weights: Any, precision: Optional[str], model: Handle) -> None:
    if weights is not None and (isinstance(source, bytes) or source == BUILTIN):
        raise InvalidInputError("invalid_input", "weights= is for a prototxt file")
    if isinstance(source, bytes):
        check(lib.deeper_model_load_bytes(source, len(source), model.filled))
    elif source == BUILTIN:
        check(lib.deeper_model_load_builtin(None if precision is None else text(precision, "precision"), model.filled))
    else:
        check(lib.deeper_model_load_with_weights(
            _file(source), None if weights is None else _file(weights), model.filled))


def _engine_options(given: Mapping[str, Any]) -> _library.EngineOptions:
    unknown = sorted(given.keys() - _OPTION_NAMES)
    if unknown:
        raise TypeError(f"unknown option {unknown[0]}; the options are {', '.join(sorted(_OPTION_NAMES))}")
    options = _library.EngineOptions()
    check(lib.deeper_engine_options_init(ctypes.byref(options), ctypes.sizeof(options)))
    for name in ("threads", "concurrent_calls", "memory_limit_bytes", "prepared_plans"):
        if given.get(name) is not None:
            largest = 2**63 - 1 if name == "memory_limit_bytes" else 2**31 - 1
            setattr(options, name, integer(given[name], name, 1, largest))
    options.sets_blas_threads = int(bool(given.get("sets_blas_threads", False)))
    for name in ("gemm", "algorithm", "instruction_set"):
        if given.get(name) is not None:
            setattr(options, name, text(given[name], name))
    return options


_OPTION_NAMES = {
    "weights", "threads", "precision", "concurrent_calls", "algorithm", "gemm", "instruction_set", "memory_limit_bytes",
    "prepared_plans", "sets_blas_threads",
}


def _label(names: Optional[Sequence[str]], index: int) -> Optional[str]:
    if names is None:
        return None
    if index >= len(names):
        raise InvalidInputError("invalid_input", f"there are {len(names)} labels, but the model has a class {index}")
    return names[index]


def _restored(source: Union[str, bytes], options: Dict[str, Any]) -> Model:
    return Model(source, **options)
