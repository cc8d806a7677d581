"""What a model says about its inputs and outputs, and how its element types map to NumPy's."""

import ctypes
from dataclasses import dataclass
from typing import Any, Callable, Dict, List, Optional, Tuple

import numpy

from . import _library
from ._library import check

DTYPES: Dict[int, "numpy.dtype[Any]"] = {
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
ELEMENT_TYPES: Dict["numpy.dtype[Any]", int] = {dtype: number for number, dtype in DTYPES.items()}


@dataclass(frozen=True)
class Port:
    """An input or output of a model.

    `dtype` is None where NumPy has no such type (bfloat16) or the model leaves it open. `shape` is None where the model
    leaves even the rank open; single extents that it leaves open, such as the batch, are None.
    """

    name: str
    dtype: Optional["numpy.dtype[Any]"]
    shape: Optional[Tuple[Optional[int], ...]]


def read_ports(model: ctypes.c_void_p, count: Callable[..., int], describe: Callable[..., int]) -> List[Port]:
    """The ports that two functions of the C library describe."""
    found = []
    for index in range(count(model)):
        port = _library.Port(struct_size=ctypes.sizeof(_library.Port))
        check(describe(model, index, ctypes.byref(port)))
        shape: Optional[Tuple[Optional[int], ...]] = None
        if port.rank >= 0:
            extents = port.dimensions[:port.rank] if port.rank else []
            shape = tuple(None if extent < 0 else extent for extent in extents)
        found.append(Port(port.name.decode(), DTYPES.get(port.element_type), shape))
    return found
