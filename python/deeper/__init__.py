"""Convolutional networks on CPUs.

    import deeper

    model = deeper.load("model.onnx")
    scores = model(pixels)                    # an array in, an array out
    best = model.classify("photo.jpg", top=5)

`load` reads a model, and `Model` describes and runs it. Errors that deeper reports are `DeeperError`s.
"""

from ._library import ABI_VERSION, library_path, version
from .errors import (
    DeeperError, InvalidInputError, InvalidModelError, InvalidTypeError, LimitExceededError, ModelNotFoundError,
    UnsupportedError,
)
from .model import BUILTIN, Model, imagenet_names, imagenet_wnids, load
from .ports import Port
from .reports import Layer, OperationCounts, Prediction, StepTime

__all__ = [
    "ABI_VERSION", "BUILTIN", "DeeperError", "InvalidInputError", "InvalidModelError", "InvalidTypeError", "Layer",
    "LimitExceededError", "Model", "ModelNotFoundError", "OperationCounts", "Port", "Prediction", "StepTime",
    "UnsupportedError", "imagenet_names", "imagenet_wnids", "library_path", "load", "version",
]
__version__ = version()
