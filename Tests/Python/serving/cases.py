"""The list of conformance cases: functions of a Target that return a record, in the order they were written."""

import traceback

CASES = {}


def add(name, function):
    assert name not in CASES, name
    CASES[name] = function


def case(function):
    """Registers a case under its function's name."""
    add(function.__name__, function)
    return function


def add_all(run, table):
    """Cases that differ in one value: NAME calls run(target, value)."""
    for name, value in table.items():
        add(name, lambda target, value=value: run(target, value))


def run_all(cases, target):
    """Records by case. A case that cannot go on says so in its record; one without a record was not for this server."""
    found = {}
    for name, function in cases.items():
        try:
            record = function(target)
        except Exception as error:
            trace = traceback.extract_tb(error.__traceback__)[-1]
            record = {"broke": type(error).__name__, "message": str(error)[:300],
                      "place": f"{trace.filename.rsplit('/', 1)[-1]}:{trace.name}"}
        if record is not None:
            found[name] = record
    return found
