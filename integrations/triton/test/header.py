"""Compares the values of a tritonbackend.h with the names that Triton's library has for them.

usage: LD_LIBRARY_PATH=LIBRARIES header.py HEADER
"""

import ctypes
import os
import re
import sys
from pathlib import Path

# The values that the library names differently. Triton 2.51 has no name for a cancelled request.
ERRORS = {
    "INVALID_ARG": "Invalid argument", "NOT_FOUND": "Not found", "ALREADY_EXISTS": "Already exists",
    "CANCELLED": "<invalid code>",
}


def main():
    text = Path(sys.argv[1]).read_text()
    library = ctypes.CDLL(str(next(Path(os.environ["LD_LIBRARY_PATH"]).glob("libtritonserver*.so"))))
    compared, wrong = 0, []

    def compare(name, found, expected):
        nonlocal compared
        compared += 1
        if found != expected:
            wrong.append(f"{name}: the library says {found}, the header {expected}")

    for prefix, function in (
        ("TYPE", "DataTypeString"), ("MEMORY", "MemoryTypeString"), ("INSTANCEGROUPKIND", "InstanceGroupKindString"),
    ):
        names = getattr(library, f"TRITONSERVER_{function}")
        names.restype = ctypes.c_char_p
        values = re.findall(rf"TRITONSERVER_{prefix}_(\w+) = (\d+)", text)
        for name, value in values:
            compare(name, names(int(value)).decode(), "<invalid>" if name == "INVALID" else name)
        compare(f"after {prefix}", names(len(values)).decode(), "<invalid>")

    library.TRITONSERVER_ErrorNew.restype = ctypes.c_void_p
    library.TRITONSERVER_ErrorCodeString.restype = ctypes.c_char_p
    for name, value in re.findall(r"TRITONSERVER_ERROR_(\w+) = (\d+)", text):
        error = ctypes.c_void_p(library.TRITONSERVER_ErrorNew(int(value), b""))
        compare(name, library.TRITONSERVER_ErrorCodeString(error).decode(), ERRORS.get(name, name.capitalize()))
        library.TRITONSERVER_ErrorDelete(error)

    versions = [ctypes.c_uint32(), ctypes.c_uint32()]
    library.TRITONBACKEND_ApiVersion(*map(ctypes.byref, versions))
    declared = re.findall(r"#define TRITONBACKEND_API_VERSION_M\w+ (\d+)", text)
    compare("API version", [each.value for each in versions], [int(each) for each in declared])

    print("\n".join(wrong) or f"{compared} values agree")
    return 1 if wrong or compared < 30 else 0


if __name__ == "__main__":
    sys.exit(main())
