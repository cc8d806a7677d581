"""Records the result of a case, so that the answers of two servers can be compared.

A record is JSON: `status` (HTTP's number or gRPC's name), `body` (keys and types), `tensors`, and facts of the case.
Texts of messages are never part of it.
"""

import math

import numpy

NO_ANSWER = 0


def structure(value):
    """JSON with every value replaced by its type; a list has the kinds of its elements."""
    if isinstance(value, dict):
        return {key: structure(each) for key, each in sorted(value.items())}
    if isinstance(value, list):
        kinds = []
        for each in value:
            if (kind := structure(each)) not in kinds:
                kinds.append(kind)
        return kinds
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, (int, float)):
        return "number"
    return "null" if value is None else "string"


def tensor(name, datatype, shape, values=None):
    record = {"name": name, "datatype": datatype, "shape": [int(extent) for extent in shape]}
    if values is not None:
        record["values"] = plain(values)
    return record


def plain(values):
    """Numbers as a flat list; the strings of a classification, VALUE:INDEX[:LABEL], as lists of their parts."""
    flat = numpy.asarray(values).reshape(-1).tolist()
    if not flat or not isinstance(flat[0], (bytes, str)):
        return flat
    texts = [each.decode() if isinstance(each, bytes) else each for each in flat]
    return [[float(value), int(index), *label] for value, index, *label in (text.split(":", 2) for text in texts)]


def differences(left, right, path=""):
    """Where two records differ, as lines; computed numbers may differ as those of two engines do."""
    if isinstance(left, dict) and isinstance(right, dict):
        found = []
        for key in sorted({*left, *right}):
            place = f"{path}.{key}" if path else key
            if key not in left or key not in right:
                found.append(f"{place}: only in {'the first' if key in left else 'the second'}")
            else:
                found += differences(left[key], right[key], place)
        return found
    if isinstance(left, list) and isinstance(right, list):
        if len(left) != len(right):
            return [f"{path}: {short(left)} | {short(right)}"]
        pairs = enumerate(zip(left, right))
        return [line for index, (a, b) in pairs for line in differences(a, b, f"{path}[{index}]")][:5]
    if isinstance(left, float) and isinstance(right, float):
        same = math.isclose(left, right, rel_tol=1e-3, abs_tol=1e-5)
    else:
        same = left == right and isinstance(left, bool) == isinstance(right, bool)
    return [] if same else [f"{path}: {short(left)} | {short(right)}"]


def short(value):
    text = str(value)
    return text if len(text) <= 60 else text[:57] + "..."
