"""Pictures in the forms that Python programs have them in, as the bytes of a picture file."""

import os
from typing import Any

import numpy

from .errors import InvalidInputError, InvalidTypeError, ModelNotFoundError


def encoded(picture: Any, orientation: str) -> bytes:
    """The bytes of a picture file: a path is read, and pixels become an uncompressed file (PNM).

    orientation: "upright" turns a PIL image as its EXIF block says.
    """
    if isinstance(picture, (bytes, bytearray, memoryview)):
        return bytes(picture)
    if isinstance(picture, (str, os.PathLike)):
        return _read(picture)
    if hasattr(picture, "convert") and hasattr(picture, "getexif"):
        return _pixels(_image(picture, orientation))
    if isinstance(picture, numpy.ndarray) or hasattr(picture, "__array__") or hasattr(picture, "__dlpack__"):
        return _pixels(numpy.asarray(picture))
    raise InvalidTypeError(
        "invalid_input", f"a picture is a path, bytes, a PIL image or an array, not {type(picture).__name__}")


def _read(path: Any) -> bytes:
    try:
        with open(path, "rb") as file:
            return file.read()
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else str(error)
        raise ModelNotFoundError("file_not_found", f"{os.fspath(path)!r} cannot be read: {reason}") from error


def _image(image: Any, orientation: str) -> "numpy.ndarray[Any, Any]":
    from PIL import ImageOps

    if image.mode not in ("1", "L", "LA", "P", "PA", "RGB", "RGBA", "CMYK", "YCbCr", "HSV", "LAB", "RGBX"):
        raise InvalidTypeError(
            "invalid_input",
            f"a PIL image of mode {image.mode} has more than 8 bits per sample; give the path or the bytes of its file")
    if orientation == "upright":
        image = ImageOps.exif_transpose(image)
    return numpy.asarray(image.convert("RGB"))


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
