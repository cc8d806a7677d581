"""Checks the Containerfile: hadolint, the properties on which orchestrators rely, and that the image has the
command's libraries.

usage: check.py [--command DEEPER]

With --command, on Debian: every library that the command and the server next to it name must belong to a package that
the image installs.
"""

import argparse
import re
import shutil
import subprocess
import sys
from pathlib import Path

from dockerfile_parse import DockerfileParser

HERE = Path(__file__).resolve().parent
# In every Debian image.
ESSENTIAL = {"libc6", "libgcc-s1"}


def stages(path):
    """The instructions of each stage, as pairs of name and value."""
    found = []
    with path.open("rb") as file:
        for each in DockerfileParser(fileobj=file).structure:
            if each["instruction"] == "FROM":
                found.append([])
            if each["instruction"] != "COMMENT":
                found[-1].append((each["instruction"], each["value"]))
    return found


def installed(stage):
    text = next(value for name, value in stage if name == "RUN" and "apt-get install" in value)
    options_and_packages = re.search(r"apt-get install([^&]*)", text)[1].split()
    return {word for word in options_and_packages if not word.startswith("-")}


def packages_of(command):
    """The Debian packages of the libraries that a program links directly, without the dependencies of these."""
    needed = re.findall(r"\(NEEDED\).*\[(.+)\]", subprocess.check_output(["readelf", "-d", command], text=True))
    paths = dict(re.findall(r"(\S+) => (/\S+)", subprocess.check_output(["ldd", command], text=True)))
    found = {}
    for library in needed:
        if library in paths:
            path = Path(paths[library]).resolve()
            # dpkg knows the paths of packages from before /lib became a link.
            owner = next(
                (text for each in (path, str(path).removeprefix("/usr"))
                 if (text := subprocess.run(["dpkg-query", "-S", each], capture_output=True, text=True).stdout)), "")
            found[library] = owner.partition(":")[0]
    return found


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--command", metavar="DEEPER")
    arguments = parser.parse_args()
    file = HERE / "Containerfile"
    build, final = stages(file)
    last = dict(final)
    hadolint = shutil.which("hadolint", path=str(Path(sys.executable).parent)) or "hadolint"
    lint = subprocess.run([hadolint, file], capture_output=True, text=True)
    checks = {
        f"hadolint finds no problem\n{lint.stdout}{lint.stderr}": lint.returncode == 0,
        "the build stage has a name": build[0][1].endswith(" AS build"),
        "the image is small": last["FROM"].endswith("debian:bookworm-slim"),
        "both stages are of one Debian": "bookworm" in build[0][1] and "bookworm" in last["FROM"],
        "the user is a number, not root": re.fullmatch(r"[1-9]\d*:[1-9]\d*", last["USER"]) is not None,
        "nothing runs as root after it": [name for name, _ in final].index("USER") > max(
            index for index, (name, _) in enumerate(final) if name == "RUN"),
        "both ports are exposed": last["EXPOSE"].split() == ["8080", "8081"],
        "it ends on SIGTERM": last["STOPSIGNAL"] == "SIGTERM",
        "signals reach the server, not a shell": last["ENTRYPOINT"] == '["/usr/local/bin/deeper", "serve"]',
        "it listens on all networks": "0.0.0.0" in last["CMD"],
        "the server is next to the command": any(
            name == "COPY" and "/deeper " in value and "/deeper-server " in value and value.endswith("/usr/local/bin/")
            for name, value in final),
    }
    if arguments.command:
        for command in (arguments.command, f"{arguments.command}-server"):
            for library, package in packages_of(command).items():
                checks[f"{library} of {package} is installed"] = package in installed(final) | ESSENTIAL
    failed = [what for what, holds in checks.items() if not holds]
    for each in failed:
        print(f"failed: {each}")
    print(f"{len(checks) - len(failed)} passed, {len(failed)} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
