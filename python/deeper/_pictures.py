"""Pictures in the forms that Python programs have them in, as the bytes of a picture file."""

import os
from typing import Any

import numpy

from .errors import InvalidInputError, InvalidTypeError, ModelNotFoundError


def encoded(picture: Any) -> bytes:
    """The bytes of a picture file: a path is read, and pixels become an uncompressed file (PNM)."""
    if isinstance(picture, (bytes, bytearray, memoryview)):
        return bytes(picture)
    if isinstance(picture, (str, os.PathLike)):
        return _read(picture)
    if hasattr(picture, "convert") and hasattr(picture, "getexif"):
        return _pixels(_upright(picture))
    if isinstance(picture, numpy.ndarray) or hasattr(picture, "__array__") or hasattr(picture, "__dlpack__"):
        return _pixels(numpy.asarray(picture))
    raise InvalidTypeError(
        "invalid_input", f"a picture is a path, bytes, a PIL image or an array, not {type(picture).__name__}")


def _read(path: Any) -> bytes:
    try:
        with open(path, "rb") as file:
            return file.read()
    except FileNotFoundError as error:
        raise ModelNotFoundError("file_not_found", f"{os.fspath(path)}: the file does not exist") from error


def _upright(image: Any) -> "numpy.ndarray[Any, Any]":
    from PIL import ImageOps

    return numpy.asarray(ImageOps.exif_transpose(image).convert("RGB"))


def _pixels(array: "numpy.ndarray[Any, Any]") -> bytes:
    if array.dtype != numpy.uint8:
        raise InvalidTypeError(
            "invalid_input",
            f"an array of pixels must be uint8 with values from 0 to 255, not {array.dtype}; `run` takes inputs that are "
            "preprocessed already")
    if array.ndim == 3 and array.shape[2] == 1:
        array = array[:, :, 0]
    is_rgb = array.ndim == 3 and array.shape[2] == 3
    if not (is_rgb or array.ndim == 2) or array.size == 0:
        raise InvalidInputError(
            "invalid_input",
            f"an array of pixels must have the shape height x width x 3 (RGB) or height x width (grey), not {array.shape}")
    head = f"{'P6' if is_rgb else 'P5'}\n{array.shape[1]} {array.shape[0]}\n255\n"
    return head.encode() + array.tobytes()
