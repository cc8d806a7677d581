"""Names what all pictures of a folder show, on as many cores or machines as Ray has:

    python -m deeper.ray INPUT_DIR OUTPUT.parquet --model MODEL

Every JPEG, PNG, BMP and PNM file below INPUT_DIR (by its ending; links to folders are not followed) gives one row,
ordered by path: `path`, `index` and `score` of the most likely classes, best first, or what is wrong with the picture
in `error`.
`path_bytes` is only there for names that are not UTF-8. A folder that cannot be listed is a row with an error, too.

Work that was interrupted goes on where it stopped when the same command is given again: rows are kept in
OUTPUT.parquet.parts until all are there. Actors and machines that fail are replaced by Ray, and their pictures are
given to others. On a cluster (--address or RAY_ADDRESS), INPUT_DIR and the model must have the same path on every
machine.

Exit codes: 64 wrong usage, 65 a model, setting or half-finished job that does not fit, 66 a file or folder that is
missing, 70 a fault of machine or library.
"""

import argparse
import contextlib
import json
import logging
import os
import sys
import time
import warnings

import pyarrow.compute
import ray.data
import ray.util.annotations

from ._bulk_job import Outcome, score
from .errors import DeeperError

__all__ = ["Outcome", "main", "score"]


def main(arguments=None):
    options = parsed(arguments)
    quiet()
    try:
        return run(options)
    except DeeperError as error:
        print(f"error: {error}", file=sys.stderr)
        return {"file_not_found": 66, "internal_fault": 70}.get(error.code, 65)
    except OSError as error:
        print(f"error: {error}", file=sys.stderr)
        return 66 if isinstance(error, (FileNotFoundError, PermissionError)) else 70
    except KeyboardInterrupt:
        print("interrupted: the same command goes on with it", file=sys.stderr)
        return 130


def quiet():
    """What is wrong is said once, by the error that ends the job."""
    os.environ.setdefault("RAY_BACKEND_LOG_LEVEL", "fatal")
    warnings.filterwarnings("ignore", category=ray.util.annotations.RayDeprecationWarning)
    logging.getLogger("ray.data").setLevel(logging.CRITICAL)
    context = ray.data.DataContext.get_current()
    context.enable_progress_bars = context.print_on_execution_start = False


class Parser(argparse.ArgumentParser):
    def error(self, message):
        self.exit(64, f"error: {message}\n")


def parsed(arguments):
    parser = Parser(
        prog="python -m deeper.ray", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "input", metavar="INPUT_DIR", help="a folder with JPEG, PNG, BMP and PNM files, and folders of them")
    parser.add_argument("output", metavar="OUTPUT.parquet", help="replaced if it exists")
    parser.add_argument("--model", required=True, help="an ONNX file, or one that `deeper compile` wrote")
    parser.add_argument(
        "--preprocessing",
        help="a preset of `deeper classify` (default: as the model's file says, and an error if it does not)")
    parser.add_argument("--top", type=positive, default=5, help="classes a picture (default: 5)")
    parser.add_argument("--algorithm", default="auto", help="auto, direct or winograd (default: auto)")
    parser.add_argument(
        "--orientation", choices=("upright", "stored"), default="upright",
        help="upright turns pictures as their files say, stored reads the pixels as they are (default: upright)")
    parser.add_argument("--actors", type=positive, help="engines, each on one CPU (default: all CPUs that Ray has)")
    parser.add_argument(
        "--address", help="of a Ray cluster (default: RAY_ADDRESS's, or one on this machine for this job)")
    parser.add_argument("--json", action="store_true", help="print the counts as JSON")
    return parser.parse_args(arguments)


def positive(text):
    if int(text) < 1:
        raise argparse.ArgumentTypeError("must be at least 1")
    return int(text)


def run(options):
    begin = time.monotonic()
    # Ray tells on the standard output of actors that failed, which is the place of the counts.
    with contextlib.redirect_stdout(sys.stderr):
        outcome = score(
            options.input, options.output, model=options.model, preprocessing=options.preprocessing, top=options.top,
            algorithm=options.algorithm, orientation=options.orientation, actors=options.actors, address=options.address, report=Progress())
    bad = outcome.table.filter(pyarrow.compute.is_valid(outcome.table["error"]))
    for row in bad.slice(0, 20).to_pylist():
        print(f"warning: {row['path']}: {row['error']}", file=sys.stderr)
    if bad.num_rows > 20:
        print(f"warning: and {bad.num_rows - 20} more, see the column error", file=sys.stderr)
    seconds = time.monotonic() - begin
    if options.json:
        print(json.dumps({
            "output": options.output, "rows": outcome.table.num_rows, "scored": outcome.scored,
            "resumed": outcome.resumed, "bad": outcome.bad, "seconds": round(seconds, 3)}))
    else:
        print(
            f"{options.output}: {outcome.table.num_rows} rows, {outcome.scored} scored, {outcome.resumed} done before, "
            f"{outcome.bad} bad, {seconds:.1f} s")
    return 0


class Progress:
    """A line about once a second, and one at the end."""

    def __init__(self):
        self.first = self.last = None

    def __call__(self, done, total, bad):
        now = time.monotonic()
        if self.last and now - self.last < 1 and done < total:
            return
        # From the first pictures on: how long Ray takes to start says nothing about the rest.
        self.first, self.last = self.first or (now, done), now
        (begin, before), rate = self.first, ""
        if now > begin:
            rate = f", {(done - before) / (now - begin):.1f} a second"
        end = "\r" if sys.stderr.isatty() and done < total else "\n"
        print(f"{done} of {total} pictures, {bad} bad{rate}", end=end, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
