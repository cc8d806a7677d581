"""Models as Python sees them: NumPy arrays in, NumPy arrays out."""

import ctypes
import json
import os
import weakref
from dataclasses import dataclass
from typing import Optional

import numpy

from . import _library
from ._library import DeeperError, check, lib

_DTYPES = {
    1: numpy.dtype(numpy.float32),
    2: numpy.dtype(numpy.float64),
    3: numpy.dtype(numpy.int8),
    4: numpy.dtype(numpy.uint8),
    5: numpy.dtype(numpy.int32),
    6: numpy.dtype(numpy.int64),
    7: numpy.dtype(numpy.bool_),
    8: numpy.dtype(numpy.float16),
    10: numpy.dtype(numpy.int16),
    11: numpy.dtype(numpy.uint16),
    12: numpy.dtype(numpy.uint32),
    13: numpy.dtype(numpy.uint64),
}
_ELEMENT_TYPES = {dtype: number for number, dtype in _DTYPES.items()}


@dataclass(frozen=True)
class Port:
    """An input or output of a model: `dtype` None and `shape` None where the model leaves them open, as do single
    extents that are None."""

    name: str
    dtype: Optional[numpy.dtype]
    shape: Optional[tuple]


def load(path, **options):
    """Reads an ONNX file, or one that `deeper compile` wrote, and prepares it for running: see `Model`."""
    return Model(path, **options)


class Model:
    """A model that runs; may be used by several threads at once.

    threads: that share one call, the caller's included.
    concurrent_calls: that run at the same time, others wait; None: as many as the CPUs allow.
    algorithm: "auto", "direct" (smallest rounding errors) or "winograd".
    gemm: "auto", "openblas", "packed" or "reference".
    instruction_set: "portable", "avx2", "avx512", or None for the best that the CPU has.
    memory_limit_bytes: the most that one set of input shapes may take.
    prepared_plans: sets of input shapes that stay prepared.
    sets_blas_threads: whether OpenBLAS may be set to one thread a call for the whole process.

    The attribute `labels` is a list of the classes' names, and `preprocessing` says how pictures become the input: a
    dictionary with the members that docs/models.md describes. Each is None if the file does not say.
    """

    def __init__(
        self, path, *, threads=1, concurrent_calls=None, algorithm="auto", gemm="auto", instruction_set=None,
        memory_limit_bytes=None, prepared_plans=None, sets_blas_threads=False,
    ):
        self.path = os.fspath(path)
        model = ctypes.c_void_p()
        check(lib.deeper_model_load(os.fsencode(path), ctypes.byref(model)))
        try:
            self.inputs = _ports(model, lib.deeper_model_input_count, lib.deeper_model_input)
            self.outputs = _ports(model, lib.deeper_model_output_count, lib.deeper_model_output)
            count = lib.deeper_model_label_count(model)
            self.labels = [lib.deeper_model_label(model, index).decode() for index in range(count)] or None
            preprocessing = lib.deeper_model_preprocessing(model)
            self.preprocessing = json.loads(preprocessing) if preprocessing else None
            options = _library.EngineOptions()
            check(lib.deeper_engine_options_init(ctypes.byref(options), ctypes.sizeof(options)))
            options.threads = threads
            options.concurrent_calls = concurrent_calls or 0
            options.sets_blas_threads = int(sets_blas_threads)
            options.gemm, options.algorithm = gemm.encode(), algorithm.encode()
            options.instruction_set = instruction_set.encode() if instruction_set else None
            if memory_limit_bytes is not None:
                options.memory_limit_bytes = memory_limit_bytes
            if prepared_plans is not None:
                options.prepared_plans = prepared_plans
            self._engine = ctypes.c_void_p()
            check(lib.deeper_engine_create(model, ctypes.byref(options), ctypes.byref(self._engine)))
        finally:
            lib.deeper_model_release(model)
        # A call holds `self`, so no call is running when this does.
        self._finalizer = _released_with(self, lib.deeper_engine_release, self._engine)

    def run(self, inputs):
        """Runs the model on a dictionary of arrays, one for every input, and gives one of outputs.

        An initialiser that the model's file lists as an input has a value already, which an array of its name replaces.

        An array is read where it lies if it is contiguous and on a 64-byte boundary. The outputs' arrays are views of the
        library's memory, which lives as long as one of them does.
        """
        arrays = [(name, _readable(name, array)) for name, array in inputs.items()]
        tensors = (_library.Tensor * max(1, len(arrays)))()
        for tensor, (name, array) in zip(tensors, arrays):
            tensor.struct_size = ctypes.sizeof(_library.Tensor)
            tensor.name = name.encode()
            tensor.element_type = _ELEMENT_TYPES[array.dtype]
            tensor.rank = array.ndim
            tensor.dimensions = (ctypes.c_int64 * max(1, array.ndim))(*array.shape)
            tensor.data = array.ctypes.data
            tensor.byte_count = array.nbytes
        handle = ctypes.c_void_p()
        check(lib.deeper_engine_run(self._engine, tensors, len(arrays), ctypes.byref(handle)))
        owner = _Outputs(handle)
        return {name: owner.array(index) for index, name in enumerate(port.name for port in self.outputs)}

    def classify(self, encoded, *, preprocessing=None, top=5, orientation="upright"):
        """The most likely classes of a picture file's bytes, best first, as (index, score).

        encoded: a whole JPEG, PNG, BMP or PNM file.
        preprocessing: "caffe", "cifar10", "inception-cifar10", "raw" or "torchvision"; None: as the model's file says,
        and an error if it does not.
        orientation: "upright" turns the picture as its EXIF block or XMP says, "stored" reads the pixels as they are in
        the file.

        A model without an output of one row of scores for each picture, such as a detector, is an error.
        """
        preset = None if preprocessing is None else preprocessing.encode()
        predictions = (_library.Prediction * max(1, top))()
        count = ctypes.c_size_t(top)
        check(
            lib.deeper_engine_classify_oriented(
                self._engine, encoded, len(encoded), preset, orientation.encode(), predictions, ctypes.byref(count)))
        return [(found.index, found.score) for found in predictions[:count.value]]

    def __repr__(self):
        return f"deeper.Model({self.path!r})"


def imagenet_names():
    """The names of the 1,000 classes of ImageNet's 2012 challenge, in the order of the outputs of networks that were
    trained on it."""
    return [lib.deeper_imagenet_name(index).decode() for index in range(1000)]


def imagenet_wnids():
    """The WordNet numbers of these classes, such as "n01440764"."""
    return [lib.deeper_imagenet_wnid(index).decode() for index in range(1000)]


class _Outputs:
    """What one run computed; freed with the last array that looks into it."""

    def __init__(self, handle):
        self._handle = handle
        _released_with(self, lib.deeper_outputs_release, handle)

    def array(self, index):
        tensor = _library.Tensor(struct_size=ctypes.sizeof(_library.Tensor))
        check(lib.deeper_outputs_get(self._handle, index, ctypes.byref(tensor)))
        shape = tuple(tensor.dimensions[:tensor.rank]) if tensor.rank else ()
        dtype = _DTYPES[tensor.element_type]
        return numpy.empty(shape, dtype) if tensor.byte_count == 0 else numpy.asarray(_View(self, tensor, shape, dtype))


class _View:
    """NumPy's way to memory of another owner; the array keeps this object, which keeps the owner."""

    def __init__(self, owner, tensor, shape, dtype):
        self._owner = owner
        self.__array_interface__ = {"version": 3, "shape": shape, "typestr": dtype.str, "data": (tensor.data, False)}


def _released_with(owner, release, handle):
    """Releases a handle with its owner, but not at the interpreter's exit, where others may still look into its memory."""
    finalizer = weakref.finalize(owner, release, handle)
    finalizer.atexit = False
    return finalizer


def _readable(name, array):
    array = numpy.asarray(array)
    dtype = array.dtype.newbyteorder("=")
    if dtype not in _ELEMENT_TYPES:
        names = ", ".join(str(known) for known in _ELEMENT_TYPES)
        raise DeeperError("invalid_input", f'input "{name}": dtype {array.dtype} is none of {names}')
    # ascontiguousarray would give a scalar an axis.
    return array if array.flags.c_contiguous and array.dtype == dtype else numpy.array(array, dtype, order="C")


def _ports(model, count, describe):
    found = []
    for index in range(count(model)):
        port = _library.Port(struct_size=ctypes.sizeof(_library.Port))
        check(describe(model, index, ctypes.byref(port)))
        shape = None
        if port.rank >= 0:
            shape = tuple(None if extent < 0 else extent for extent in (port.dimensions[:port.rank] if port.rank else ()))
        found.append(Port(port.name.decode(), _DTYPES.get(port.element_type), shape))
    return found
