"""A job of deeper.ray: lists pictures, has Ray's actors score those that are not done yet, and collects the rows."""

import logging
import os
import re
from dataclasses import dataclass
from pathlib import Path

import pyarrow
import ray
import ray.data

from ._bulk_parts import Parts
from ._bulk_scorer import Scorer
from ._library import version
from .errors import DeeperError, ModelNotFoundError

# Those of deeper classify. A format that libdeeper.so was built without gives a row with an error.
ENDINGS = (
    b".jpg", b".jpeg", b".jpe", b".jfif", b".png", b".bmp", b".dib", b".ppm", b".pgm", b".pbm", b".pnm", b".webp",
    b".heic", b".heif", b".hif", b".avif", b".gif", b".tif", b".tiff",
)
# Pictures that an actor takes at once, which are done again if it fails.
MOST_AT_ONCE = 64
# Ray would try for ever. These are tries of a block of pictures, some of which may end every actor that takes them,
# and of an actor, whose machine may fail now and then.
RETRIES, RESTARTS = 4, 20


@dataclass(frozen=True)
class Outcome:
    """table: what was written; scored: pictures of this run; resumed: pictures that were done before; bad: rows with an
    error."""

    table: pyarrow.Table
    scored: int
    resumed: int
    bad: int


def score(
    input_dir, output, *, model, preprocessing=None, top=5, algorithm="auto", orientation="upright", actors=None,
    address=None, report=None,
):
    """Scores a folder; see the module.

    preprocessing: a preset of `deeper classify`; None: as the model's file says, and an error if it does not.
    orientation: "upright" turns pictures as their files say, "stored" reads the pixels as they are in the file.
    actors: that work, each on one CPU; None: as many as Ray has CPUs.
    address: of a Ray cluster; None: RAY_ADDRESS's, or one on this machine for this job. Unused where Ray is running.
    report: called with pictures done in this run, pictures to do in it, and those among the done that have an error.
    """
    folder, model = Path(input_dir).resolve(), Path(model).resolve()
    paths, unlisted = pictures(folder)
    work = {
        "folder": str(folder), "model": str(model), "preprocessing": preprocessing, "top": top, "algorithm": algorithm,
        "orientation": orientation}
    # What is wrong with model or settings is found here, not by every actor.
    work["digest"] = Scorer(**work).digest
    job = {key: value for key, value in work.items() if key != "model"} | {"version": version()}
    parts = Parts(output, job)
    try:
        left = [path for path in paths if path not in parts.paths]
        resumed = len(paths) - len(left)
        if left:
            done = bad = 0
            for table in scored(left, work, actors, address):
                parts.add(table)
                done, bad = done + table.num_rows, bad + valid(table["error"])
                if report:
                    report(done, len(left), bad)
        table = parts.finish(paths, unlisted)
        return Outcome(table, len(left), resumed, valid(table["error"]))
    finally:
        # Whatever has ended it, the next run need not do again what is done.
        if parts.folder.exists():
            parts.flush()
        parts.close()


def pictures(folder):
    """Paths below a folder, sorted; and folders that cannot be listed, with the reason."""
    if not folder.is_dir():
        raise ModelNotFoundError("file_not_found", f"{folder}: no such folder")
    root, unlisted = os.fsencode(folder), []
    walk = os.walk(root, onerror=unlisted.append)
    found = [os.path.relpath(os.path.join(path, name), root) for path, _, names in walk for name in names]
    if any(error.filename == root for error in unlisted):
        raise ModelNotFoundError("file_not_found", f"{folder} cannot be listed: {unlisted[0].strerror}")
    faults = [(os.path.relpath(os.fsencode(error.filename), root), error.strerror) for error in unlisted]
    return (
        sorted(path for path in found if path.lower().endswith(ENDINGS)),
        [(path, f"the folder cannot be listed: {text}") for path, text in faults],
    )


def scored(paths, work, actors, address):
    """Tables of rows, in the order in which they are done."""
    started, fault = not ray.is_initialized(), None
    if started:
        start(actors, address)
    try:
        count = actors or max(1, int(ray.cluster_resources().get("CPU", 1)))
        rows = ray.data.from_blocks(list(blocks(paths, count))).map_batches(
            Scorer, batch_size=None, batch_format="pyarrow", zero_copy_batch=True, num_cpus=1,
            compute=ray.data.ActorPoolStrategy(size=count), fn_constructor_kwargs=work | {"alone": True},
            max_restarts=RESTARTS, max_task_retries=RETRIES)
        for table in rows.iter_batches(batch_size=None, batch_format="pyarrow"):
            if table.num_rows:
                yield table
    except ray.exceptions.RayError as error:
        fault = reason(error)
    finally:
        if started:
            ray.shutdown()
    if fault:
        # Ray's error must not come along: actors, and their CPUs, are held by what it refers to.
        raise DeeperError("internal_fault", fault)


def start(actors, address):
    options = {"log_to_driver": False, "logging_level": logging.ERROR}
    if address or os.environ.get("RAY_ADDRESS"):
        ray.init(address=address, **options)
    else:
        # Only paths and numbers pass through the object store.
        ray.init(
            address="local", num_cpus=actors, include_dashboard=False, object_store_memory=128 << 20, **options)


def blocks(paths, actors):
    """Pictures in the portions that actors take: smaller towards the end, so that they all end together."""
    first = 0
    while first < len(paths):
        count = max(1, min(MOST_AT_ONCE, (len(paths) - first) // (4 * actors)))
        yield pyarrow.table({"path": pyarrow.array(paths[first:first + count], pyarrow.binary())})
        first += count


def reason(error):
    """What an actor said, without the stacks around it, which are all that Ray keeps of it."""
    said = re.findall(rf"^{DeeperError.__module__}\.\w+: (.*)$", str(error), re.MULTILINE)
    return said[-1] if said else str(error)


def valid(column):
    return len(column) - column.null_count
