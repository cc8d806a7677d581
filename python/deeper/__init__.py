"""Convolutional networks on server CPUs.

    import deeper

    model = deeper.load("model.onnx", threads=2)
    outputs = model.run({"data": array})
"""

from ._library import ABI_VERSION, DeeperError, library_path, version
from .model import Model, Port, imagenet_names, imagenet_wnids, load

__all__ = [
    "ABI_VERSION", "DeeperError", "Model", "Port", "imagenet_names", "imagenet_wnids", "library_path", "load", "version",
]
__version__ = version()
