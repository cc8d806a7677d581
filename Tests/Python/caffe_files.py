"""Writes networks of Caffe: caffemodel and binaryproto files, with protobuf's wire format written out."""

import struct
from typing import Dict, Iterable, List

import numpy as np


def varint(number: int) -> bytes:
    out = bytearray()
    while number > 0x7F:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    return bytes(out + bytes([number]))


def field(number: int, contents: bytes) -> bytes:
    return varint(number << 3 | 2) + varint(len(contents)) + contents


def blob(array: np.ndarray, *, legacy: bool = False, packed: bool = True, double: bool = False) -> bytes:
    """A BlobProto; `legacy` has four extents instead of a shape, as before 2014."""
    dtype, number = ("<f8", 8) if double else ("<f4", 5)
    flat = np.ascontiguousarray(array, dtype=dtype).ravel()
    if packed:
        data = field(number, flat.tobytes())
    else:
        key = varint(number << 3 | (1 if double else 5))
        data = b"".join(key + value.tobytes() for value in flat)
    if legacy:
        extents = [1] * (4 - array.ndim) + list(array.shape)
        return b"".join(varint(index + 1 << 3) + varint(extent) for index, extent in enumerate(extents)) + data
    return field(7, field(1, b"".join(varint(extent) for extent in array.shape))) + data


def caffemodel(layers: Dict[str, Iterable[np.ndarray]], *, first: bool = False, **options: bool) -> bytes:
    """A NetParameter with the blobs of layers; `first` writes `layers` of before 2014 instead of `layer`."""
    message, name, blobs = (2, 4, 6) if first else (100, 1, 7)
    return b"".join(
        field(message, field(name, key.encode()) + b"".join(field(blobs, blob(each, **options)) for each in arrays))
        for key, arrays in layers.items())


def inputs(**shapes: List[int]) -> str:
    return "".join(
        f'input: "{name}" input_shape {{ {" ".join(f"dim: {extent}" for extent in shape)} }}\n'
        for name, shape in shapes.items())
