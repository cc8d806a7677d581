"""Uses an installed wheel: the built-in model in both precisions, and which libraries the process has loaded."""

import platform
import re
from pathlib import Path

import numpy

import deeper
import deeper.onnxruntime

BUNDLED = ("openblas", "turbojpeg", "libpng")


def main() -> None:
    pixels = numpy.zeros((1, 3, 32, 32), numpy.float32)
    for precision in ("float32", "int8"):
        scores = deeper.load("builtin", precision=precision)(pixels)
        assert scores.shape == (1, 10) and abs(scores.sum() - 1) < 1e-3, scores
    package = Path(deeper.__file__).resolve().parent.parent
    loaded = set(re.findall(r"/\S+\.so[.\w-]*", Path("/proc/self/maps").read_text()))
    for name in BUNDLED:
        own = [path for path in loaded if name in path and "numpy" not in path]
        assert own and all(path.startswith(str(package)) for path in own), (name, own)
    assert (package / "deeper" / "py.typed").exists()
    print(f"deeper {deeper.version()} works on CPython {platform.python_version()}, {platform.libc_ver()[1]}")


main()
