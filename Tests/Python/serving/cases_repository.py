"""The model repository's extension with curl: index, unload, load. `plain` goes and comes back."""

import time

from cases import case
from requests_oip import body_json
from target import record

REPOSITORY = "/v2/repository"


def state(target, name, **options):
    """The states that the index gives for a model."""
    answer = target.curl(f"{REPOSITORY}/index", **{"body": b"{}", **options})
    return [entry.get("state") for entry in answer["json"] if entry["name"] == name]


def wait_until_unloaded(target):
    """Triton goes on unloading after its answer."""
    for _ in range(200):
        if state(target, "plain") == ["UNAVAILABLE"]:
            return True
        time.sleep(0.05)
    return False


@case
def index(target):
    answer = target.curl(f"{REPOSITORY}/index", body=b"{}")
    return record(answer, small=[entry for entry in answer["json"] if entry["name"] == "small"])


@case
def index_without_body(target):
    return record(target.curl(f"{REPOSITORY}/index", method="POST", headers=["Content-Length: 0"]))


@case
def index_ready_only(target):
    return record(target.curl(f"{REPOSITORY}/index", body=b'{"ready": true}'))


@case
def index_malformed(target):
    return record(target.curl(f"{REPOSITORY}/index", body=b"{"))


@case
def load_unknown(target):
    return record(target.curl(f"{REPOSITORY}/models/nobody/load", body=b"{}"))


@case
def unload_unknown(target):
    return record(target.curl(f"{REPOSITORY}/models/nobody/unload", body=b"{}"))


@case
def load_with_get(target):
    return record(target.curl(f"{REPOSITORY}/models/plain/load"))


@case
def unload_and_load(target):
    """Every answer in between; the last inference has to work again."""
    unloaded = target.curl(f"{REPOSITORY}/models/plain/unload", body=b"{}")
    gone = wait_until_unloaded(target)
    found = {
        "unload": record(unloaded),
        "gone": gone,
        "in_ready_index": state(target, "plain", body=b'{"ready": true}'),
        "ready_of_unloaded": record(target.curl("/v2/models/plain/ready")),
        "metadata_of_unloaded": record(target.curl("/v2/models/plain")),
        "config_of_unloaded": record(target.curl("/v2/models/plain/config")),
        "statistics_of_unloaded": record(target.curl("/v2/models/plain/stats")),
        "infer_of_unloaded": record(target.curl("/v2/models/plain/infer", body=body_json())),
        "second_unload": record(target.curl(f"{REPOSITORY}/models/plain/unload", body=b"{}")),
        "server_ready": target.curl("/v2/health/ready")["status"],
    }
    found["load"] = record(target.curl(f"{REPOSITORY}/models/plain/load", body=b"{}"))
    found["state_again"] = state(target, "plain")
    found["second_load"] = record(target.curl(f"{REPOSITORY}/models/plain/load", method="POST"))
    found["infer"] = record(target.curl("/v2/models/plain/infer", body=body_json()))
    return found
