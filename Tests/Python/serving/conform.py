"""Compares the answers of `deeper serve` with those of a real Triton server.

The same cases (clients.py) run against both; status codes, types and shapes of bodies, and tensors are compared. What
Triton answered is kept in triton-answers.json, so that Triton itself is needed only for --record and --triton. Each
difference has to be listed, with its reason, in differences.json; one that is listed and no longer occurs is an error
too.
"""

import json
import re
import sys
import tempfile
from pathlib import Path

import clients
from arguments import Parser
from deeper_server import DeeperServer, deeper_file
from models import conformance_models
from processes import ServerError
from records import differences
from target import Target
from triton_server import TritonServer

HERE = Path(__file__).parent
ANSWERS, ALLOWED = HERE / "triton-answers.json", HERE / "differences.json"


def answers_of(server):
    """Records by case, and all exchanges of curl, of a server that is then stopped."""
    with server:
        server.wait_until_ready()
        target = Target(server.http, server.grpc)
        found = clients.run(target)
        if server.process.poll() is not None:
            raise ServerError(f"{server.name} ended during the cases with {server.process.returncode}")
    # As they come back from a file, so that fresh and recorded answers compare alike.
    return json.loads(json.dumps(found)), target.exchanges


def triton_answers():
    with tempfile.TemporaryDirectory() as folder:
        return answers_of(TritonServer(conformance_models(folder)))


def deeper_answers(deeper):
    with tempfile.TemporaryDirectory() as folder:
        return answers_of(DeeperServer(deeper, conformance_models(folder)))


def compare(triton, deeper):
    """All differences as lines "CASE: PLACE: TRITON | DEEPER". A model that one side lacks is no difference."""
    return [f"{name}: {line}" for name in triton if name in deeper
            for line in case_differences(triton[name], deeper[name])]


def case_differences(triton, deeper):
    """What differs in a case; where the status does, that says it all."""
    if isinstance(triton, dict) and isinstance(deeper, dict):
        statuses = [each.get("status", "broke" if "broke" in each else None) for each in (triton, deeper)]
        if statuses[0] != statuses[1] and not isinstance(statuses[0], list):
            return differences(*({"status": each} for each in statuses))
    return differences(triton, deeper)


def judge(lines, allowed):
    """The lines that no entry allows, and the entries that allow no line any more."""
    patterns = [re.compile(entry["difference"]) for entry in allowed]
    unknown = [line for line in lines if not any(pattern.fullmatch(line) for pattern in patterns)]
    stale = [entry for entry, pattern in zip(allowed, patterns) if not any(map(pattern.fullmatch, lines))]
    return unknown, stale


def write_answers(records, path):
    """One line a case: changes of a record are read more easily so."""
    lines = [f"{json.dumps(name)}: {json.dumps(value, sort_keys=True)}" for name, value in records.items()]
    path.write_text("{\n" + ",\n".join(lines) + "\n}\n")


def report(lines, unknown, stale):
    for line in unknown:
        print(f"not allowed: {line}")
    for entry in stale:
        print(f"allowed but gone: {entry['difference']}")
    print(f"{len(lines)} differences, {len(unknown)} not allowed, {len(stale)} allowed but gone")
    return 1 if unknown or stale else 0


def main():
    parser = Parser(__doc__)
    parser.add_argument("--deeper", help="default: DEEPER, or .build/release/deeper")
    parser.add_argument("--triton", action="store_true", help="ask the real Triton, not its recorded answers")
    parser.add_argument("--record", action="store_true", help="only write down what the real Triton answers")
    parser.add_argument("--exchanges", type=Path, metavar="FILE",
                        help="write all that curl sent and received (of Triton with --record, else of deeper)")
    arguments = parser.parse_args()
    try:
        if arguments.record or arguments.triton:
            triton, exchanges = triton_answers()
        else:
            triton = json.loads(ANSWERS.read_text())
        if arguments.record:
            write_answers(triton, ANSWERS)
        else:
            deeper, exchanges = deeper_answers(deeper_file(arguments.deeper))
    except (OSError, ServerError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 66
    if arguments.exchanges:
        arguments.exchanges.write_text(json.dumps(exchanges, indent=1))
    if arguments.record:
        print(f"{len(triton)} cases, {sum('broke' in str(each) for each in triton.values())} of them broken")
        return 0
    lines = compare(triton, deeper)
    return report(lines, *judge(lines, json.loads(ALLOWED.read_text())))


if __name__ == "__main__":
    sys.exit(main())
