"""NumPy arrays as the tensors of the C library, and the other direction."""

import ctypes
import weakref
from typing import Any, Callable, Dict, Iterable, List, Tuple

import numpy

from . import _library
from ._library import check, lib
from .errors import InvalidInputError, InvalidTypeError
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
    if not isinstance(value, numpy.ndarray) and hasattr(value, "__dlpack__") and hasattr(value, "__dlpack_device__"):
        try:
            return numpy.from_dlpack(value)
        except (BufferError, RuntimeError, TypeError):
            # For example a tensor that requires a gradient, or a dtype that DLPack lacks.
            pass
    return numpy.asarray(value)


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
            tensor.name = name.encode()
            tensor.element_type = ELEMENT_TYPES[array.dtype]
            tensor.rank = array.ndim
            tensor.dimensions = (ctypes.c_int64 * max(1, array.ndim))(*array.shape)
            tensor.data = array.ctypes.data
            tensor.byte_count = array.nbytes


class Outputs:
    """The results of one run, which are freed together with the last array that views them."""

    def __init__(self, handle: ctypes.c_void_p) -> None:
        self._handle = handle
        release_with(self, lib.deeper_outputs_release, handle)

    def arrays(self, names: Iterable[str]) -> Dict[str, "numpy.ndarray[Any, Any]"]:
        return {name: self._array(index) for index, name in enumerate(names)}

    def _array(self, index: int) -> "numpy.ndarray[Any, Any]":
        tensor = _library.Tensor(struct_size=ctypes.sizeof(_library.Tensor))
        check(lib.deeper_outputs_get(self._handle, index, ctypes.byref(tensor)))
        shape = tuple(tensor.dimensions[:tensor.rank]) if tensor.rank else ()
        if tensor.element_type not in DTYPES:
            raise InvalidTypeError("unsupported", f"output {index} is of a type that NumPy lacks")
        dtype = DTYPES[tensor.element_type]
        if tensor.byte_count == 0:
            return numpy.empty(shape, dtype)
        return numpy.asarray(_View(self, tensor.data, shape, dtype))


class _View:
    """Memory of another owner for NumPy; the array keeps this object alive, and this object the owner."""

    def __init__(self, owner: Outputs, data: int, shape: Tuple[int, ...], dtype: "numpy.dtype[Any]") -> None:
        self._owner = owner
        self.__array_interface__ = {"version": 3, "shape": shape, "typestr": dtype.str, "data": (data, False)}


def release_with(owner: Any, release: Callable[..., None], handle: ctypes.c_void_p) -> "weakref.finalize[Any, Any]":
    """Releases a handle with its owner, except at the interpreter's exit, when others may still view its memory."""
    finalizer = weakref.finalize(owner, release, handle)
    finalizer.atexit = False
    return finalizer
