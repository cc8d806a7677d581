#!/usr/bin/env bash
# Tries the wheel in fresh virtual environments: it is installed from PyPI's NumPy and the file alone, and answers.
#
# usage: packaging/wheel/check.sh WHEEL PYTHON...
#
# Each PYTHON is an interpreter to try, for example python3.11 python3.12. The process may not see Debian's copies of the
# libraries in the wheel: which of them it has loaded is checked.
set -euo pipefail

if (($# < 2)); then
    echo 'usage: packaging/wheel/check.sh WHEEL PYTHON...' >&2
    exit 64
fi
wheel=$(realpath "$1")
readonly wheel
shift
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

for python in "$@"; do
    rm -rf "$work/venv"
    "$python" -m venv "$work/venv"
    "$work/venv/bin/python" -m pip install --no-input --disable-pip-version-check --quiet "$wheel"
    # Away from the checkout, whose package must not be the one that is imported.
    (cd "$work" && env -u DEEPER_LIBRARY -u PYTHONPATH venv/bin/python "$here/try.py")
done
