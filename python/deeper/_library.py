"""libdeeper.so by ctypes: the structures and functions of deeper.h, and errors as exceptions."""

import ctypes
import os
from pathlib import Path

ABI_VERSION = 1


class Port(ctypes.Structure):
    _fields_ = [
        ("struct_size", ctypes.c_size_t),
        ("name", ctypes.c_char_p),
        ("element_type", ctypes.c_int32),
        ("rank", ctypes.c_int32),
        ("dimensions", ctypes.POINTER(ctypes.c_int64)),
    ]


class Tensor(ctypes.Structure):
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
    _fields_ = [("index", ctypes.c_int64), ("score", ctypes.c_float)]


_HANDLE = ctypes.c_void_p
_SIZE = ctypes.c_size_t
# Result and arguments of every function.
_SIGNATURES = {
    "deeper_abi_version": (ctypes.c_uint32, []),
    "deeper_version": (ctypes.c_char_p, []),
    "deeper_last_error": (ctypes.c_char_p, []),
    "deeper_status_name": (ctypes.c_char_p, [ctypes.c_int32]),
    "deeper_model_load": (ctypes.c_int, [ctypes.c_char_p, ctypes.POINTER(_HANDLE)]),
    "deeper_model_release": (None, [_HANDLE]),
    "deeper_model_input_count": (_SIZE, [_HANDLE]),
    "deeper_model_input": (ctypes.c_int, [_HANDLE, _SIZE, ctypes.POINTER(Port)]),
    "deeper_model_output_count": (_SIZE, [_HANDLE]),
    "deeper_model_output": (ctypes.c_int, [_HANDLE, _SIZE, ctypes.POINTER(Port)]),
    "deeper_model_label_count": (_SIZE, [_HANDLE]),
    "deeper_model_label": (ctypes.c_char_p, [_HANDLE, _SIZE]),
    "deeper_model_preprocessing": (ctypes.c_char_p, [_HANDLE]),
    "deeper_imagenet_name": (ctypes.c_char_p, [_SIZE]),
    "deeper_imagenet_wnid": (ctypes.c_char_p, [_SIZE]),
    "deeper_engine_options_init": (ctypes.c_int, [ctypes.POINTER(EngineOptions), _SIZE]),
    "deeper_engine_create": (ctypes.c_int, [_HANDLE, ctypes.POINTER(EngineOptions), ctypes.POINTER(_HANDLE)]),
    "deeper_engine_release": (None, [_HANDLE]),
    "deeper_engine_run": (ctypes.c_int, [_HANDLE, ctypes.POINTER(Tensor), _SIZE, ctypes.POINTER(_HANDLE)]),
    "deeper_engine_classify": (
        ctypes.c_int,
        [_HANDLE, ctypes.c_char_p, _SIZE, ctypes.c_char_p, ctypes.POINTER(Prediction), ctypes.POINTER(_SIZE)],
    ),
    "deeper_engine_classify_oriented": (
        ctypes.c_int,
        [
            _HANDLE, ctypes.c_char_p, _SIZE, ctypes.c_char_p, ctypes.c_char_p, ctypes.POINTER(Prediction),
            ctypes.POINTER(_SIZE),
        ],
    ),
    "deeper_outputs_count": (_SIZE, [_HANDLE]),
    "deeper_outputs_get": (ctypes.c_int, [_HANDLE, _SIZE, ctypes.POINTER(Tensor)]),
    "deeper_outputs_release": (None, [_HANDLE]),
}


class DeeperError(RuntimeError):
    """What went wrong, with the place; `code` is for programs: invalid_model, unsupported, invalid_input,
    file_not_found, limit_exceeded, cancelled, overloaded, forked or internal_fault."""

    def __init__(self, code, message):
        super().__init__(message)
        self.code = code

    def __reduce__(self):
        return DeeperError, (self.code, str(self))


def library_path():
    """The library that is loaded: DEEPER_LIBRARY, or the one in this package."""
    return os.environ.get("DEEPER_LIBRARY") or str(Path(__file__).with_name("libdeeper.so"))


def _open():
    library = ctypes.CDLL(library_path())
    for name, (result, arguments) in _SIGNATURES.items():
        function = getattr(library, name)
        function.restype, function.argtypes = result, arguments
    found = library.deeper_abi_version()
    if found != ABI_VERSION:
        raise ImportError(f"{library_path()} has ABI version {found}, this package needs {ABI_VERSION}")
    return library


lib = _open()


def check(status):
    """Raises what the calling thread's last failed call left."""
    if status:
        raise DeeperError(lib.deeper_status_name(status).decode(), lib.deeper_last_error().decode(errors="replace"))


def version():
    """The version of the library."""
    return lib.deeper_version().decode()
