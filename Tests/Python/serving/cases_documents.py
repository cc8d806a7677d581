"""What a server says of itself and its models, asked with curl."""

from cases import add_all, case
from target import record

MODEL, NOBODY = "/v2/models/small", "/v2/models/nobody"


def document(target, path, *keys, **options):
    """The record of an answer with the values of those keys: names and shapes have to be equal, not only alike."""
    answer = target.curl(path, **options)
    found = answer["json"] if isinstance(answer["json"], dict) else {}
    return record(answer, **{key: found[key] for key in keys if key in found})


add_all(document, {
    "server_metadata": "/v2",
    "server_metadata_slash": "/v2/",
    "live": "/v2/health/live",
    "ready": "/v2/health/ready",
    "model_metadata_unknown": NOBODY,
    "model_metadata_unknown_version": f"{MODEL}/versions/7",
    "model_metadata_version_no_number": f"{MODEL}/versions/new",
    "model_ready": f"{MODEL}/ready",
    "model_ready_of_version": f"{MODEL}/versions/1/ready",
    "model_ready_unknown": f"{NOBODY}/ready",
    "model_ready_unknown_version": f"{MODEL}/versions/7/ready",
    "config_unknown": f"{NOBODY}/config",
    "statistics_of_model": f"{MODEL}/stats",
    "statistics_of_version": f"{MODEL}/versions/1/stats",
    "statistics_unknown": f"{NOBODY}/stats",
    "statistics_unknown_version": f"{MODEL}/versions/7/stats",
    "unknown_path": "/v2/nothing",
    "unknown_path_of_model": f"{MODEL}/nothing",
    "percent_in_model_name": "/v2/models/sm%61ll",
    "verb_get_infer": f"{MODEL}/infer",
})

add_all(lambda target, path: document(target, path, "name", "versions", "inputs", "outputs"), {
    "model_metadata": MODEL,
    "model_metadata_of_version": f"{MODEL}/versions/1",
})

add_all(lambda target, path: document(target, path, "name", "max_batch_size"), {
    "config": f"{MODEL}/config",
    "config_of_version": f"{MODEL}/versions/1/config",
})


@case
def config_ports(target):
    """The ports' entries by the keys that clients read."""
    found = target.curl(f"{MODEL}/config")["json"]
    keys = ("name", "data_type", "dims")
    return {kind: [{key: port[key] for key in keys} for port in found[kind]] for kind in ("input", "output")}


@case
def statistics_of_all(target):
    answer = target.curl("/v2/models/stats")
    names = {entry["name"] for entry in answer["json"]["model_stats"]}
    return record(answer, has_models={"small", "plain"} <= names)


@case
def query_is_ignored(target):
    return document(target, f"{MODEL}?a=b", "name")


@case
def head_of_ready(target):
    return {"status": target.curl("/v2/health/ready", "--head")["status"]}


@case
def verb_post_metadata(target):
    return document(target, MODEL, body=b"{}")


@case
def verb_delete_model(target):
    return document(target, MODEL, method="DELETE")


@case
def verb_put_infer(target):
    return document(target, f"{MODEL}/infer", method="PUT", body=b"{}")


@case
def verb_post_ready(target):
    return document(target, "/v2/health/ready", body=b"{}")
