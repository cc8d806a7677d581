"""The files of a job of deeper.ray: rows that are there already, and the table they become."""

import fcntl
import json
import os
import shutil
import time
from pathlib import Path

import pyarrow
import pyarrow.parquet

from ._bulk_scorer import SCHEMA, shown
from .errors import DeeperError, ModelNotFoundError


class Parts:
    """The folder OUTPUT.parts, which one job at a time may use.

    Rows are kept in files that appear when they are complete, so that whatever ends the job leaves whole ones.
    """

    # Files are few, and little is lost with the rows that are not yet in one.
    SECONDS, ROWS = 5, 4096

    def __init__(self, output, job):
        self.output = Path(output)
        if self.output.is_dir():
            raise DeeperError("invalid_input", f"{output} is a folder, expected the name of a file")
        if not self.output.parent.is_dir():
            raise ModelNotFoundError("file_not_found", f"{self.output.parent}: no such folder")
        self.folder = self.output.with_name(self.output.name + ".parts")
        self.paths, self.waiting, self.written = set(), [], -self.SECONDS
        self.lock = self.locked()
        try:
            self.resume(job)
        except BaseException:
            self.close()
            raise

    def locked(self):
        """The folder, held until it is closed or the process ends."""
        while True:
            self.folder.mkdir(exist_ok=True)
            handle = os.open(self.folder, os.O_RDONLY | os.O_DIRECTORY)
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
                # Another job may have ended in between, and removed the folder that was opened.
                if os.path.samestat(os.fstat(handle), os.stat(self.folder)):
                    return handle
            except BlockingIOError:
                os.close(handle)
                raise DeeperError("invalid_input", f"another job is writing {self.output}") from None
            except FileNotFoundError:
                pass
            os.close(handle)

    def resume(self, job):
        description, remedy = self.folder / "job.json", "remove it to begin anew"
        if not description.exists():
            if self.files():
                raise DeeperError("invalid_input", f"{self.folder} holds rows of an unknown job: {remedy}")
            write(description, lambda path: path.write_text(json.dumps(job, indent=1)))
        try:
            found = json.loads(description.read_text())
            changed = sorted(key for key in found.keys() | job.keys() if found.get(key) != job.get(key))
            for file in self.files():
                self.take(pyarrow.parquet.read_table(file, columns=["path"])["path"].to_pylist())
        except (ValueError, AttributeError) as error:
            raise DeeperError("invalid_input", f"{self.folder} cannot be read, {remedy}: {error}") from error
        if changed:
            raise DeeperError(
                "invalid_input", f"{self.folder} holds rows of another job (other {', '.join(changed)}): {remedy}")

    def files(self):
        return sorted(self.folder.glob("part-*.parquet"))

    def take(self, paths):
        if len(set(paths)) != len(paths) or not self.paths.isdisjoint(paths):
            raise DeeperError("internal_fault", f"rows came twice, among them that of {shown(paths[0])}")
        self.paths.update(paths)

    def add(self, table):
        """Takes rows; the first ones are written at once."""
        self.take(table["path"].to_pylist())
        self.waiting.append(table.cast(SCHEMA))
        late = time.monotonic() - self.written >= self.SECONDS
        if late or sum(waiting.num_rows for waiting in self.waiting) >= self.ROWS:
            self.flush()

    def flush(self):
        if self.waiting:
            table, self.waiting = pyarrow.concat_tables(self.waiting), []
            number = int(self.files()[-1].stem.split("-")[1]) + 1 if self.files() else 0
            write(self.folder / f"part-{number:08}.parquet", lambda path: pyarrow.parquet.write_table(table, path))
            self.written = time.monotonic()

    def finish(self, paths, unlisted):
        """Writes the rows of these pictures and of folders that could not be listed, ordered by path, gives them, and
        removes the parts."""
        self.flush()
        tables = [pyarrow.parquet.read_table(file, schema=SCHEMA) for file in self.files()]
        tables.append(pyarrow.Table.from_pylist(
            [{"path": path, "index": None, "score": None, "error": error} for path, error in unlisted], schema=SCHEMA))
        table = pyarrow.concat_tables(tables)
        # Pictures may have been removed since the job was begun.
        wanted = set(paths).union(path for path, _ in unlisted)
        table = table.filter(pyarrow.array([path in wanted for path in table["path"].to_pylist()], pyarrow.bool_()))
        table = readable(table.sort_by("path"))
        if table.num_rows != len(wanted):
            raise DeeperError("internal_fault", f"{table.num_rows} rows, expected {len(wanted)}")
        write(self.output, lambda path: pyarrow.parquet.write_table(table, path))
        # The description last: a folder that has one can be taken up again.
        for file in self.files():
            file.unlink()
        shutil.rmtree(self.folder)
        return table

    def close(self):
        os.close(self.lock)


def readable(table):
    """Paths as text; where that is not all there is to say, the bytes are in a column of their own."""
    paths = table["path"].to_pylist()
    texts = [shown(path) for path in paths]
    others = [None if text.encode() == path else path for text, path in zip(texts, paths)]
    table = table.set_column(0, "path", pyarrow.array(texts, pyarrow.string()))
    return table.append_column("path_bytes", pyarrow.array(others, pyarrow.binary()))


def write(target, body):
    """Makes a file that is there whole or not at all, even if the machine fails."""
    beside = target.with_name(target.name + ".tmp")
    body(beside)
    synchronize(beside)
    os.replace(beside, target)
    synchronize(target.parent)


def synchronize(path):
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
