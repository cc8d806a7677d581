#!/usr/bin/env bash
# Builds libdeeper.so, the C library that contains all of Swift and exports only what deeper.h declares.
#
# usage: scripts/build-library.sh BUILD_FOLDER [swift build option ...]
#
# The library is BUILD_FOLDER/release/libDeeperC.so; scripts/install.sh installs it under its final name.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

if (($# < 1)); then
    echo 'usage: scripts/build-library.sh BUILD_FOLDER [swift build option ...]' >&2
    exit 64
fi
readonly swift=${SWIFT:-swift} folder=$1 header=Sources/Interfaces/CDeeper/include/deeper.h
shift

mkdir -p "$folder"
abi=$(sed -n 's/^#define DEEPER_ABI_VERSION \(.*\)$/\1/p' "$header")
exports=$PWD/$folder/deeper.map
{
    echo "DEEPER_$abi {"
    echo '  global:'
    sed -nE 's/^[a-z].*[ *](deeper_[a-z_]+)\(.*$/    \1;/p' "$header"
    echo '  local: *;'
    echo '};'
} >"$exports"

SWIFT_DETERMINISTIC_HASHING=1 "$swift" build -c release --scratch-path "$folder" --disable-default-traits --product DeeperC -Xswiftc -static-stdlib -Xswiftc -use-ld=lld \
    -Xlinker "--version-script=$exports" -Xlinker "-soname=libdeeper.so.$abi" \
    -Xlinker --gc-sections -Xlinker --strip-all "$@"
