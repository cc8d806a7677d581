#!/usr/bin/env bash
# Builds the Python wheel with all libraries inside that a Linux system may lack, for every CPython from 3.10 on.
#
# usage: packaging/wheel/build.sh LIBRARY OUTPUT_FOLDER PYTHON
#
# LIBRARY is libdeeper.so as scripts/build-library.sh made it. PYTHON is a Python that has the packages of
# requirements.txt. auditwheel copies OpenBLAS, libjpeg-turbo and libpng into the wheel and names the oldest glibc that
# it runs on.
set -euo pipefail

if (($# != 3)); then
    echo 'usage: packaging/wheel/build.sh LIBRARY OUTPUT_FOLDER PYTHON' >&2
    exit 64
fi
readonly library=$1 output=$2
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
[[ -f $library ]] || { echo "build.sh: $library does not exist" >&2; exit 66; }
# auditwheel changes folders; the link in a virtual environment must not be resolved.
python=$(cd "$(dirname "$3")" && pwd)/$(basename "$3")
readonly python

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# The libraries that come into the wheel, by Debian's packages.
readonly bundled=(libopenblas0-pthread libturbojpeg0 libpng16-16 libgfortran5 libquadmath0)

copy_licences() {
    mkdir -p "$work/python/licenses"
    cp "$root/LICENSE" "$root/NOTICE" "$root/Sources/Engine/CDeeperImageNetClasses/LICENSE-WordNet.txt" \
        "$work/python/licenses"
    # Names the licences of what is linked into libdeeper.so, SwiftProtobuf and Swift's runtime.
    cp "$root/packaging/debian/debian/copyright" "$work/python/licenses/linked.txt"
    local package
    for package in "${bundled[@]}"; do
        if [[ ! -f /usr/share/doc/$package/copyright ]]; then
            echo "build.sh: the licence of $package is not in /usr/share/doc" >&2
            exit 66
        fi
        cp "/usr/share/doc/$package/copyright" "$work/python/licenses/$package.txt"
    done
}

# setup.py reads the version from the header.
mkdir -p "$work/Sources/Interfaces/CDeeper/include"
cp "$root/Sources/Interfaces/CDeeper/include/deeper.h" "$work/Sources/Interfaces/CDeeper/include"
cp -r "$root/python" "$work/python"
rm -rf "$work/python/build" "$work"/python/*.egg-info
find "$work/python" -name __pycache__ -prune -exec rm -rf {} +
install -m 755 "$library" "$work/python/deeper/libdeeper.so"
copy_licences

"$python" -m pip wheel --no-input --disable-pip-version-check --quiet --no-deps --wheel-dir "$work/plain" "$work/python"
PATH=$(dirname "$python"):$PATH "$python" -m auditwheel --verbose repair --wheel-dir "$work/repaired" "$work"/plain/*.whl \
    2>"$work/auditwheel.log" || { cat "$work/auditwheel.log" >&2; exit 70; }
mkdir -p "$output"
rm -f "$output"/deeper_engine-*.whl
mv "$work"/repaired/*.whl "$output"
for wheel in "$output"/deeper_engine-*.whl; do echo "$wheel: $(stat --format=%s "$wheel") bytes"; done
