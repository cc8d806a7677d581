"""NumPy arrays as the tensors of the C library, and the other direction."""

import ctypes
from typing import Any, Iterable, List, Tuple

import numpy

from . import _library
from ._library import Handle, check, lib, text
from .errors import InvalidInputError, InvalidTypeError, UnsupportedError
from .ports import DTYPES, ELEMENT_TYPES


def readable(name: str, value: Any) -> "numpy.ndarray[Any, Any]":
    """The value as a contiguous array in the machine's byte order: the same memory if possible, else a copy."""
    array = as_array(value)
    dtype = array.dtype.newbyteorder("=")
    if dtype not in ELEMENT_TYPES:
        names = ", ".join(str(known) for known in ELEMENT_TYPES)
        raise InvalidTypeError("invalid_input", f'input "{name}": dtype {array.dtype} is none of {names}')
    # ascontiguousarray would give a scalar an axis.
    return array if array.flags.c_contiguous and array.dtype == dtype else numpy.array(array, dtype, order="C")


def as_array(value: Any) -> "numpy.ndarray[Any, Any]":
    """Arrays of other libraries are taken without a copy through DLPack, if they are in the CPU's memory."""
    if isinstance(value, numpy.ndarray):
        return value
    if hasattr(value, "__dlpack__") and hasattr(value, "__dlpack_device__"):
        # PyTorch's lazy negation is not a part of DLPack.
        if getattr(value, "is_neg", bool)():
            value = value.resolve_neg()
        try:
            return numpy.from_dlpack(value)
        except (BufferError, RuntimeError, TypeError):
            # For example a tensor that requires a gradient, or a dtype that DLPack lacks.
            pass
    try:
        return numpy.asarray(value)
    except (RuntimeError, TypeError, ValueError) as error:
        raise InvalidTypeError("invalid_input", f"{type(value).__name__} cannot be read as an array: {error}") from error


def writable(name: str, array: Any) -> "numpy.ndarray[Any, Any]":
    """An array that a result can be written to."""
    if not isinstance(array, numpy.ndarray):
        raise InvalidTypeError("invalid_input", f'output "{name}": the buffer is {type(array).__name__}, not an array')
    if array.dtype not in ELEMENT_TYPES or not array.dtype.isnative:
        raise InvalidTypeError("invalid_input", f'output "{name}": dtype {array.dtype} is none that a model computes')
    if not array.flags.c_contiguous or not array.flags.writeable:
        raise InvalidInputError("invalid_input", f'output "{name}": the buffer is read-only or not contiguous')
    return array


class Tensors:
    """Arrays as an array of the C library's structures, which keeps them alive."""

    def __init__(self, arrays: Iterable[Tuple[str, "numpy.ndarray[Any, Any]"]]) -> None:
        self._arrays: List[Tuple[str, "numpy.ndarray[Any, Any]"]] = list(arrays)
        self.count = len(self._arrays)
        self.structures = (_library.Tensor * max(1, self.count))()
        for tensor, (name, array) in zip(self.structures, self._arrays):
            tensor.struct_size = ctypes.sizeof(_library.Tensor)
            tensor.name = text(name, "the name of an array")
            tensor.element_type = ELEMENT_TYPES[array.dtype]
            tensor.rank = array.ndim
            tensor.dimensions = (ctypes.c_int64 * max(1, array.ndim))(*array.shape)
            tensor.data = array.ctypes.data
            tensor.byte_count = array.nbytes


class Outputs:
    """The results of one run, which are freed together with the last array that views them."""

    def __init__(self) -> None:
        self.handle = Handle(lib.deeper_outputs_release)

    def array(self, index: int) -> "numpy.ndarray[Any, Any]":
        tensor = _library.Tensor(struct_size=ctypes.sizeof(_library.Tensor))
        check(lib.deeper_outputs_get(self.handle.pointer, index, ctypes.byref(tensor)))
        shape = tuple(tensor.dimensions[:tensor.rank]) if tensor.rank else ()
        if tensor.element_type not in DTYPES:
            raise UnsupportedError(
                "unsupported", f'output "{tensor.name.decode()}" is bfloat16, which NumPy lacks; add a Cast to the model')
        dtype = DTYPES[tensor.element_type]
        if tensor.byte_count == 0:
            return numpy.empty(shape, dtype)
        return numpy.asarray(_View(self, tensor.data, shape, dtype))


class _View:
    """Memory of another owner for NumPy; the array keeps this object alive, and this object the owner."""

    def __init__(self, owner: Outputs, data: int, shape: Tuple[int, ...], dtype: "numpy.dtype[Any]") -> None:
        self._owner = owner
        self.__array_interface__ = {"version": 3, "shape": shape, "typestr": dtype.str, "data": (data, False)}
