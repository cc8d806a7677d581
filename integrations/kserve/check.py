"""Checks the manifests: their schemas, and that they agree with each other and with the command.

usage: check.py [--command DEEPER]

With --command the server is started with the container's arguments, and receives the requests of the probes.
"""

import argparse
import copy
import re
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

import yaml

HERE = Path(__file__).resolve().parent
sys.path.append(str(HERE.parents[1] / "Tests/Python/serving"))

from models import write_small  # noqa: E402
from processes import free_ports  # noqa: E402
from schema import pod_problems, problems  # noqa: E402

CONTAINERFILE = HERE.parent / "container" / "Containerfile"
POD_KEYS = ("terminationGracePeriodSeconds", "automountServiceAccountToken", "securityContext")


def read(name):
    return yaml.safe_load((HERE / name).read_text())


def flags(container):
    """The container's arguments as a dictionary; each is one string."""
    return dict(text[2:].partition("=")[::2] for text in container["args"])


def bytes_of(quantity):
    number, unit = re.fullmatch(r"(\d+)(\w*)", quantity).groups()
    return int(number) << {"": 0, "Ki": 10, "Mi": 20, "Gi": 30}[unit]


def schema_problems(runtime, service):
    predictor = service["spec"]["predictor"]
    return [
        *problems(runtime, "V1alpha1ServingRuntime", "ServingRuntime"),
        *problems(service, "V1beta1InferenceService", "InferenceService"),
        *pod_problems(runtime["spec"]["containers"], {key: predictor[key] for key in POD_KEYS if key in predictor}),
    ]


def agreement_problems(runtime, service):
    spec, predictor = runtime["spec"], service["spec"]["predictor"]
    container, = spec["containers"]
    given, model = flags(container), predictor["model"]
    ports = {port["name"]: port["containerPort"] for port in container["ports"]}
    resources, security = container["resources"], container["securityContext"]
    image_user = re.search(r"^USER (\d+)", CONTAINERFILE.read_text(), re.M)[1]
    drain = float(given["drain-delay"]) + float(given["drain-timeout"])
    checks = {
        "the container has the name that KServe looks for": container["name"] == "kserve-container",
        "the model has the service's name": given["model"] == "{{.Name}}=/mnt/models",
        "HTTP is the first port, the one that KServe's service forwards": list(ports) == ["http1", "h2c"],
        "the ports are those of the flags": list(ports.values()) == [int(given["port"]), int(given["grpc-port"])],
        "ports carry TCP": {port["protocol"] for port in container["ports"]} == {"TCP"},
        "all networks are listened on": given["host"] == "0.0.0.0",
        "the probes ask the HTTP port": all(
            container[probe]["httpGet"]["port"] == ports["http1"]
            for probe in ("startupProbe", "readinessProbe", "livenessProbe")),
        "readiness and liveness are asked for": (
            container["readinessProbe"]["httpGet"]["path"], container["livenessProbe"]["httpGet"]["path"]) == (
            "/v2/health/ready", "/v2/health/live"),
        "readiness is seen false within the drain's delay":
            container["readinessProbe"]["periodSeconds"] * container["readinessProbe"]["failureThreshold"]
            < float(given["drain-delay"]),
        "the drain ends before the pod is killed": drain + 5 <= predictor["terminationGracePeriodSeconds"],
        "metrics are scraped from the HTTP port": spec["annotations"]["prometheus.io/port"] == given["port"],
        "the service names this runtime": model["runtime"] == runtime["metadata"]["name"],
        "the runtime knows the model's format":
            model["modelFormat"]["name"] in [each["name"] for each in spec["supportedModelFormats"]],
        "the runtime speaks the service's protocol": model["protocolVersion"] in spec["protocolVersions"],
        "requests are within limits": int(resources["requests"]["cpu"]) <= int(resources["limits"]["cpu"])
            and bytes_of(resources["requests"]["memory"]) <= bytes_of(resources["limits"]["memory"]),
        "the user is the image's, and not root":
            security["runAsNonRoot"] and str(security["runAsUser"]) == image_user != "0",
        "nothing is writable, no privilege is left":
            security["readOnlyRootFilesystem"] and not security["allowPrivilegeEscalation"]
            and security["capabilities"]["drop"] == ["ALL"],
    }
    return [f"failed: {what}" for what, holds in checks.items() if not holds]


def answers(port, path):
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=5) as answer:
            return answer.status == 200
    except OSError:
        return False


def command_problems(runtime, service, command):
    """Starts the command with the container's arguments, sends the probes' requests, and ends it as Kubernetes does."""
    container, = runtime["spec"]["containers"]
    name, deadline = service["metadata"]["name"], service["spec"]["predictor"]["terminationGracePeriodSeconds"]
    probes = [container[probe]["httpGet"]["path"] for probe in ("startupProbe", "readinessProbe", "livenessProbe")]
    paths = [*probes, runtime["spec"]["annotations"]["prometheus.io/path"], f"/v2/models/{name}/ready"]
    port, grpc_port = free_ports(2)
    with tempfile.TemporaryDirectory() as folder:
        write_small(folder)
        given = flags(container)
        given["model"] = given["model"].replace("{{.Name}}", name).replace("/mnt/models", folder)
        given |= {"host": "127.0.0.1", "port": port, "grpc-port": grpc_port}
        arguments = [f"--{flag}={value}" if value else f"--{flag}" for flag, value in given.items()]
        process = subprocess.Popen([command, "serve", *arguments], stderr=subprocess.DEVNULL)
        try:
            while not answers(port, probes[1]):
                if process.poll() is not None:
                    return [f"the command ended with {process.returncode}"]
                time.sleep(0.1)
            found = [f"GET {path} failed" for path in paths if not answers(port, path)]
            begin = time.monotonic()
            process.terminate()
            time.sleep(0.5)
            if answers(port, probes[1]):
                found.append("readiness stayed true after SIGTERM")
            if not answers(port, probes[2]):
                found.append("nobody listened during the drain's delay")
            if process.wait(deadline) != 0:
                found.append(f"the command ended with {process.returncode}")
            print(f"ended {time.monotonic() - begin:.1f} s after SIGTERM, with {process.returncode}")
        finally:
            process.kill()
            process.wait()
    return found


def spoiled(runtime, service):
    """Pairs of documents with one mistake each, to see that the checks can fail."""
    def change(path, value, of_service=False):
        both = copy.deepcopy((runtime, service))
        place = both[of_service]["spec"]
        *parents, last = path
        for key in parents:
            place = place[key]
        if value is None:
            del place[last]
        else:
            place[last] = value
        return both

    container = ("containers", 0)
    return [
        change(["protocolVersion"], ["v2"]),
        change(["protocolVersions"], "v2"),
        change([*container, "name"], None),
        change([*container, "name"], "server"),
        change([*container, "terminationGracePeriodSeconds"], 45),
        change([*container, "readinessProbe", "httpGet", "port"], 8081),
        change([*container, "readinessProbe", "httpGet", "url"], "/"),
        change([*container, "readinessProbe", "periodSeconds"], "2"),
        change([*container, "ports", 0, "containerPort"], "8080"),
        change([*container, "ports", 0, "protocol"], "HTTP"),
        change([*container, "resources", "limits", "memory"], "512Mi"),
        change([*container, "securityContext", "runAsUser"], 0),
        change([*container, "securityContext", "seccompProfile"], {}),
        change(["predictor", "terminationGracePeriodSeconds"], 30, True),
        change(["predictor", "maxReplicas"], "4", True),
        change(["predictor", "model", "modelFormat"], None, True),
        change(["predictor", "model", "storageURI"], "pvc://models", True),
        change(["predictor", "model", "runtime"], "triton", True),
    ]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--command", metavar="DEEPER")
    arguments = parser.parse_args()
    runtime, service = read("serving-runtime.yaml"), read("inference-service.yaml")
    found = schema_problems(runtime, service) + agreement_problems(runtime, service)
    if arguments.command:
        found += command_problems(runtime, service, arguments.command)
    cases = spoiled(runtime, service)
    for index, documents in enumerate(cases):
        try:
            noticed = schema_problems(*documents) or agreement_problems(*documents)
        except (KeyError, ValueError):
            noticed = True
        if not noticed:
            found.append(f"the mistake {index} was not noticed")
    for each in found:
        print(each)
    print(f"{2 + len(cases) + bool(arguments.command) - len(found)} passed, {len(found)} failed")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
