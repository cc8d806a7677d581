"""Compares documents with the models of the kserve and kubernetes packages, which are made from the OpenAPI schemas of
KServe and Kubernetes: every key must be known, every value must have its type, and every required key must be
present.
"""

import re

import kserve
import kubernetes.client

SCALARS = {"str": str, "int": int, "bool": bool, "float": (int, float)}
QUANTITY = re.compile(r"[0-9]+(\.[0-9]+)?([numkMGTPE]|[KMGTPE]i)?")


def model(name):
    found = getattr(kserve, name, None) or getattr(kubernetes.client, name, None)
    if found is None:
        raise LookupError(f"neither package has {name}")
    return found


def required(kind):
    """The Python names of the keys that a model requires."""
    if hasattr(kind, "model_fields"):
        return [name for name, field in kind.model_fields.items() if field.is_required()]
    try:
        kind()
        return []
    except ValueError as error:
        # The older models refuse what is missing, one key at a time.
        return re.findall(r"Invalid value for `(\w+)`, must not be `None`", str(error))


def problems(value, type_name, path):
    """The mismatches, as a list of strings."""
    if match := re.fullmatch(r"[Ll]ist\[(.+)\]", type_name):
        if not isinstance(value, list):
            return [f"{path}: expected a list"]
        return [each for index, item in enumerate(value) for each in problems(item, match[1], f"{path}[{index}]")]
    if match := re.fullmatch(r"[Dd]ict[\[(]str, (.+)[\])]", type_name):
        if not isinstance(value, dict):
            return [f"{path}: expected a mapping"]
        return [each for key, item in value.items() for each in problems(item, match[1], f"{path}.{key}")]
    if type_name == "object":
        return []
    if type_name == "ResourceQuantity":
        return [] if QUANTITY.fullmatch(str(value)) else [f"{path}: {value!r} is no quantity"]
    if type_name in SCALARS:
        fits = isinstance(value, SCALARS[type_name]) and (type_name == "bool" or not isinstance(value, bool))
        return [] if fits else [f"{path}: {value!r}, expected {type_name}"]
    if not isinstance(value, dict):
        return [f"{path}: expected a mapping"]
    kind = model(type_name)
    keys = {key: name for name, key in kind.attribute_map.items()}
    found = [f"{path}: no key {key}" for key in value if key not in keys]
    found += [
        f"{path}: {kind.attribute_map[name]} is missing"
        for name in required(kind) if kind.attribute_map[name] not in value]
    for key, item in value.items():
        if key in keys:
            found += problems(item, kind.openapi_types[keys[key]], f"{path}.{key}")
    return found


def pod_problems(containers, pod):
    """The problems that Kubernetes' own JSON schema finds in the pod made from these documents."""
    import kubernetes_validate

    document = {
        "apiVersion": "v1", "kind": "Pod", "metadata": {"name": "check"}, "spec": {**pod, "containers": containers}}
    try:
        kubernetes_validate.validate(document, "1.34", strict=True)
    except kubernetes_validate.ValidationError as error:
        return [f"pod: {error.message}"]
    return []
