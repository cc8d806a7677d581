#!/usr/bin/env bash
# Compiles the SIMD loops for arm64 and runs every packed product of the list under qemu-user, against a plain loop.
#
# usage: scripts/check-arm64.sh
#
# Needs clang, Debian's C library for arm64 and qemu-user, and installs what is missing (root or sudo). Swift for arm64
# is not involved: only C code runs.
set -euo pipefail
cd "$(dirname "$0")/.."

readonly packages=(gcc-aarch64-linux-gnu libc6-dev-arm64-cross qemu-user)
missing=()
for package in "${packages[@]}"; do
    [[ $(dpkg-query --show --showformat='${db:Status-Abbrev}' "$package" 2>/dev/null) == ii* ]] || missing+=("$package")
done
if ((${#missing[@]} > 0)); then
    as_root=()
    ((EUID == 0)) || as_root=(sudo)
    echo "check-arm64: installing ${missing[*]}"
    "${as_root[@]}" apt-get install -y -qq --no-install-recommends "${missing[@]}" </dev/null
fi

swift=$(command -v "${SWIFT:-swift}") || { echo "check-arm64: swift is missing, whose clang compiles the loops" >&2; exit 66; }
clang=$(dirname "$(readlink -f "$swift")")/clang
[[ -x $clang ]] || clang=clang

mkdir -p build/arm64
"$clang" --target=aarch64-linux-gnu -O2 -std=gnu11 -Wall -Wextra -Werror -ISources/Kernels/CDeeperKernels/include \
    -ITests/CTestSupport/include Sources/Kernels/CDeeperKernels/*.c Tests/CTestSupport/routinecheck.c Tests/Routines/main.c -static -lm \
    -o build/arm64/check
qemu-aarch64 build/arm64/check
