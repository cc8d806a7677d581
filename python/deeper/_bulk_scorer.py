"""What an actor of deeper.ray does with a picture, and whose fault it is if that fails."""

import errno
import hashlib
import os
import stat
import struct
import zlib
from pathlib import Path

import pyarrow

from .errors import DeeperError
from .model import load

# Paths are bytes, as they are to the system: not every file's name is UTF-8.
SCHEMA = pyarrow.schema(
    [
        ("path", pyarrow.binary()),
        ("index", pyarrow.list_(pyarrow.int64())),
        ("score", pyarrow.list_(pyarrow.float32())),
        ("error", pyarrow.string()),
    ]
)
# What one more byte than the library takes is refused for.
MOST_BYTES = 128 << 20
# With a sound model these are the picture's; others, such as internal_fault, never are.
PICTURE_CODES = {"invalid_input", "invalid_model", "limit_exceeded", "unsupported"}
PICTURE_ERRNOS = {errno.ENOENT, errno.ENOTDIR, errno.EACCES, errno.EPERM, errno.ELOOP, errno.ENXIO}


class Scorer:
    """An engine of one thread that has shown that it works: what it then says of a picture is about the picture.

    model, digest: a file, and what its SHA-256 must be if it is given: another machine may have another file there.
    alone: whether the process is the scorer's own.
    """

    def __init__(self, folder, model, preprocessing, top, algorithm, orientation="upright", digest=None, alone=False):
        self.folder = folder
        self.model = load(model, threads=1, algorithm=algorithm, concurrent_calls=1, sets_blas_threads=alone)
        self.preprocessing, self.top, self.orientation = preprocessing, top, orientation
        self.digest = hashlib.sha256(Path(model).read_bytes()).hexdigest()
        if digest not in (None, self.digest):
            raise DeeperError("internal_fault", f"{model} is not the file that the job began with")
        self.sound = sound_picture(self.model)
        self.classify(self.sound)

    def __call__(self, batch):
        return pyarrow.Table.from_pylist([self.row(path) for path in batch["path"].to_pylist()], schema=SCHEMA)

    def classify(self, encoded):
        return self.model.classify(
            encoded, preprocessing=self.preprocessing, top=self.top, orientation=self.orientation)

    def row(self, path):
        try:
            found = self.classify(read(os.path.join(os.fsencode(self.folder), path)))
        except (DeeperError, OSError) as error:
            if not self.blames_picture(error):
                raise DeeperError(getattr(error, "code", "internal_fault"), f"{shown(path)}: {error}") from error
            text = os.strerror(error.errno) if isinstance(error, OSError) else str(error)
            return {"path": path, "index": None, "score": None, "error": text}
        return {"path": path, "index": [each.index for each in found], "score": [each.score for each in found], "error": None}

    def blames_picture(self, error):
        """Faults of the machine or of the library must not be written down as a picture's: another try may succeed."""
        if isinstance(error, OSError):
            # Where a mount is gone, there is an empty folder or none.
            with os.scandir(self.folder) as entries:
                return error.errno in PICTURE_ERRNOS and any(entries)
        # Decoders report in their own words that memory was refused. The path may say anything.
        if error.code not in PICTURE_CODES or "memory" in str(error).replace(self.model.path, "").lower():
            return False
        self.classify(self.sound)
        return True


def read(path):
    """A file's bytes, but not many more than the library takes."""
    # Without O_NONBLOCK a named pipe would be waited for.
    with open(os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC), "rb") as file:
        if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
            raise DeeperError("invalid_input", "not a regular file")
        return file.read(MOST_BYTES + 1)


def shown(path):
    return path.decode("utf-8", "backslashreplace")


def sound_picture(model):
    """A grey PNG file of the extent that the model's input has, where it has one."""
    shape = model.inputs[0].shape if model.inputs else None
    height, width = (extent or 256 for extent in (shape[2:] if shape and len(shape) == 4 else (256, 256)))

    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    pixels = zlib.compress(bytes(height * (1 + width)))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", pixels) + chunk(b"IEND", b"")
