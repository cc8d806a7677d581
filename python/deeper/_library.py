"""libdeeper.so through ctypes: the structures and functions of deeper.h, and statuses as exceptions."""

import ctypes
import os
import weakref
from pathlib import Path
from typing import Any, Callable, Dict, List, Tuple

from .errors import InvalidInputError, InvalidTypeError, error_for

ABI_VERSION = 1


class Port(ctypes.Structure):
    struct_size: int
    name: Any
    element_type: int
    rank: int
    dimensions: Any

    _fields_ = [
        ("struct_size", ctypes.c_size_t),
        ("name", ctypes.c_char_p),
        ("element_type", ctypes.c_int32),
        ("rank", ctypes.c_int32),
        ("dimensions", ctypes.POINTER(ctypes.c_int64)),
    ]


class Tensor(ctypes.Structure):
    struct_size: int
    name: Any
    element_type: int
    rank: int
    dimensions: Any
    data: Any
    byte_count: int

    _fields_ = [
        ("struct_size", ctypes.c_size_t),
        ("name", ctypes.c_char_p),
        ("element_type", ctypes.c_int32),
        ("rank", ctypes.c_int32),
        ("dimensions", ctypes.POINTER(ctypes.c_int64)),
        ("data", ctypes.c_void_p),
        ("byte_count", ctypes.c_size_t),
    ]


class EngineOptions(ctypes.Structure):
    struct_size: int
    threads: int
    concurrent_calls: int
    prepared_plans: int
    sets_blas_threads: int
    memory_limit_bytes: int
    gemm: Any
    algorithm: Any
    instruction_set: Any

    _fields_ = [
        ("struct_size", ctypes.c_size_t),
        ("threads", ctypes.c_int32),
        ("concurrent_calls", ctypes.c_int32),
        ("prepared_plans", ctypes.c_int32),
        ("sets_blas_threads", ctypes.c_int32),
        ("memory_limit_bytes", ctypes.c_int64),
        ("gemm", ctypes.c_char_p),
        ("algorithm", ctypes.c_char_p),
        ("instruction_set", ctypes.c_char_p),
    ]


class Prediction(ctypes.Structure):
    index: int
    score: float

    _fields_ = [("index", ctypes.c_int64), ("score", ctypes.c_float)]


_HANDLE = ctypes.c_void_p
_OUT = ctypes.POINTER(_HANDLE)
_SIZE = ctypes.c_size_t
_STATUS = ctypes.c_int
_TENSORS = ctypes.POINTER(Tensor)
_TEXT = ctypes.c_char_p
_PREDICTIONS: List[Any] = [ctypes.POINTER(Prediction), ctypes.POINTER(_SIZE)]
# The result and the arguments of every function.
_SIGNATURES: Dict[str, Tuple[Any, List[Any]]] = {
    "deeper_abi_version": (ctypes.c_uint32, []),
    "deeper_version": (_TEXT, []),
    "deeper_last_error": (_TEXT, []),
    "deeper_status_name": (_TEXT, [ctypes.c_int32]),
    "deeper_model_load": (_STATUS, [_TEXT, _OUT]),
    "deeper_model_load_with_weights": (_STATUS, [_TEXT, _TEXT, _OUT]),
    "deeper_model_load_bytes": (_STATUS, [ctypes.c_char_p, _SIZE, _OUT]),
    "deeper_model_load_builtin": (_STATUS, [_TEXT, _OUT]),
    "deeper_model_release": (None, [_HANDLE]),
    "deeper_model_input_count": (_SIZE, [_HANDLE]),
    "deeper_model_input": (_STATUS, [_HANDLE, _SIZE, ctypes.POINTER(Port)]),
    "deeper_model_output_count": (_SIZE, [_HANDLE]),
    "deeper_model_output": (_STATUS, [_HANDLE, _SIZE, ctypes.POINTER(Port)]),
    "deeper_model_label_count": (_SIZE, [_HANDLE]),
    "deeper_model_label": (_TEXT, [_HANDLE, _SIZE]),
    "deeper_model_preprocessing": (_TEXT, [_HANDLE]),
    "deeper_model_precision": (_TEXT, [_HANDLE]),
    "deeper_model_summary": (_STATUS, [_HANDLE, _OUT]),
    "deeper_imagenet_name": (_TEXT, [_SIZE]),
    "deeper_imagenet_wnid": (_TEXT, [_SIZE]),
    "deeper_engine_options_init": (_STATUS, [ctypes.POINTER(EngineOptions), _SIZE]),
    "deeper_engine_create": (_STATUS, [_HANDLE, ctypes.POINTER(EngineOptions), _OUT]),
    "deeper_engine_release": (None, [_HANDLE]),
    "deeper_engine_run": (_STATUS, [_HANDLE, _TENSORS, _SIZE, _OUT]),
    "deeper_engine_run_into": (_STATUS, [_HANDLE, _TENSORS, _SIZE, _TENSORS, _SIZE]),
    "deeper_engine_prepare": (_STATUS, [_HANDLE, _TENSORS, _SIZE]),
    "deeper_engine_profile": (_STATUS, [_HANDLE, _TENSORS, _SIZE, _OUT]),
    "deeper_engine_classify": (_STATUS, [_HANDLE, ctypes.c_char_p, _SIZE, _TEXT, *_PREDICTIONS]),
    "deeper_engine_classify_oriented": (
        _STATUS, [_HANDLE, ctypes.c_char_p, _SIZE, _TEXT, _TEXT, *_PREDICTIONS]),
    "deeper_outputs_count": (_SIZE, [_HANDLE]),
    "deeper_outputs_get": (_STATUS, [_HANDLE, _SIZE, _TENSORS]),
    "deeper_outputs_release": (None, [_HANDLE]),
    "deeper_text_string": (_TEXT, [_HANDLE]),
    "deeper_text_release": (None, [_HANDLE]),
}


def library_path() -> str:
    """The path of the library that is loaded: the variable DEEPER_LIBRARY, or the library inside this package."""
    return os.environ.get("DEEPER_LIBRARY") or str(Path(__file__).with_name("libdeeper.so"))


def _open() -> ctypes.CDLL:
    library = ctypes.CDLL(library_path())
    for name, (result, arguments) in _SIGNATURES.items():
        try:
            function = getattr(library, name)
        except AttributeError:
            raise ImportError(f"{library_path()} is older than this package: it has no {name}") from None
        function.restype, function.argtypes = result, arguments
    found = library.deeper_abi_version()
    if found != ABI_VERSION:
        raise ImportError(f"{library_path()} has ABI version {found}, this package needs {ABI_VERSION}")
    return library


lib = _open()


def check(status: int) -> None:
    """Raises the error of the calling thread's last call, if the call failed."""
    if status:
        raise error_for(lib.deeper_status_name(status).decode(), lib.deeper_last_error().decode(errors="replace"))


class Handle:
    """An object of the library, which is released with this one. It owns the object before the library fills it in, so
    that an interrupt at any moment releases it.

    At the interpreter's exit, nothing is released: others may still view the memory.
    """

    def __init__(self, release: Callable[[ctypes.c_void_p], None]) -> None:
        self.pointer = ctypes.c_void_p()
        self._finalizer = weakref.finalize(self, release, self.pointer)
        self._finalizer.atexit = False

    def release(self) -> None:
        """Releases the object now."""
        self._finalizer()

    @property
    def filled(self) -> Any:
        """Where the library writes the pointer."""
        return ctypes.byref(self.pointer)


def text(value: Any, name: str) -> bytes:
    """A text as the library takes it."""
    if not isinstance(value, str):
        raise InvalidTypeError("invalid_input", f"{name} must be a str, not {type(value).__name__}")
    try:
        encoded = value.encode()
    except UnicodeEncodeError:
        raise InvalidInputError("invalid_input", f"{name} cannot be written as UTF-8") from None
    if b"\0" in encoded:
        raise InvalidInputError("invalid_input", f"{name} has a character NUL")
    return encoded


def made_text(make: Callable[[Any], int]) -> str:
    """The text that a function of the library makes: `make` gets where to write the pointer."""
    handle = Handle(lib.deeper_text_release)
    check(make(handle.filled))
    return str(lib.deeper_text_string(handle.pointer).decode())


def version() -> str:
    """The version of the library, such as "0.1.0"."""
    return str(lib.deeper_version().decode())
