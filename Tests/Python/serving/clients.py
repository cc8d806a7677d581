"""All conformance cases, run unmodified against any server of the Open Inference Protocol.

The clients are the ones that people use: curl, tritonclient over HTTP and gRPC, and KServe's SDK.
"""

import json
import subprocess
import sys
from pathlib import Path

# Importing registers the cases, in this order.
import cases_documents  # noqa: F401
import cases_infer  # noqa: F401
import cases_transport  # noqa: F401
import cases_classification  # noqa: F401
import cases_errors  # noqa: F401
import cases_tritonclient  # noqa: F401
import cases_grpc  # noqa: F401
import cases_grpc_errors  # noqa: F401
import cases_repository  # noqa: F401
from cases import CASES, run_all

KSERVE = Path(__file__).with_name("cases_kserve.py")


def run(target, chosen=None):
    """Records by case."""
    found = run_all({name: CASES[name] for name in chosen or CASES}, target)
    return found if chosen else {**found, **kserve(target)}


def kserve(target):
    """The records of KServe's cases, which need a process of their own."""
    command = [sys.executable, str(KSERVE), target.http, target.grpc]
    result = subprocess.run(command, capture_output=True, text=True, timeout=120)
    if result.returncode != 0:
        return {"kserve": {"broke": "process", "message": result.stderr[-300:]}}
    return json.loads(result.stdout.splitlines()[-1])
