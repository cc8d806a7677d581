"""The exceptions of this package: one base class, and a subclass for each kind of failure."""

import errno
import os
from typing import Dict, Tuple, Type


class DeeperError(RuntimeError):
    """The base class of the errors that deeper reports. The text names the file, the node and the shapes.

    `code` names the kind of failure for programs: invalid_model, unsupported, invalid_input, file_not_found,
    limit_exceeded, cancelled, overloaded, forked or internal_fault.
    """

    code: str = "internal_fault"

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code

    def __str__(self) -> str:
        return str(self.args[0])

    def __reduce__(self) -> Tuple[Type["DeeperError"], Tuple[str, str]]:
        return type(self), (self.code, str(self))


class InvalidModelError(DeeperError, ValueError):
    """The model's file breaks its format or contradicts itself."""


class UnsupportedError(DeeperError, NotImplementedError):
    """The model is well formed, but needs something that deeper does not have."""


class InvalidInputError(DeeperError, ValueError):
    """An array, a picture or an option that does not fit the model."""


class InvalidTypeError(InvalidInputError, TypeError):
    """An argument of a type, or an array of a dtype, that the model does not take."""


class ModelNotFoundError(DeeperError, FileNotFoundError):
    """A file does not exist or cannot be opened. `errno` is ENOENT."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(code, message)
        self.errno = errno.ENOENT
        self.strerror = os.strerror(errno.ENOENT)


class LimitExceededError(DeeperError, MemoryError):
    """A limit of size, count or memory is exceeded."""


def error_for(code: str, message: str) -> DeeperError:
    """The exception for a code of the C library."""
    return _CLASSES.get(code, DeeperError)(code, message)


_CLASSES: Dict[str, Type[DeeperError]] = {
    "invalid_model": InvalidModelError,
    "unsupported": UnsupportedError,
    "invalid_input": InvalidInputError,
    "file_not_found": ModelNotFoundError,
    "limit_exceeded": LimitExceededError,
}
