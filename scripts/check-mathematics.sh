#!/usr/bin/env bash
# Compares the vectorised functions of one number with float64, on every instruction set of this CPU.
#
# usage: scripts/check-mathematics.sh [STEP]   every STEP-th float, 43 by default: 10^8 of them
set -euo pipefail
cd "$(dirname "$0")/.."

swift=$(command -v "${SWIFT:-swift}") || { echo "check-mathematics: swift is missing, whose clang compiles the loops" >&2; exit 66; }
clang=$(dirname "$(readlink -f "$swift")")/clang
[[ -x $clang ]] || clang=clang

mkdir -p build/mathematics
"$clang" -O2 -std=gnu11 -Wall -Wextra -Werror -ISources/Kernels/CDeeperKernels/include \
    Sources/Kernels/CDeeperKernels/*.c Tests/Routines/mathematics.c -lm -o build/mathematics/check
build/mathematics/check "${1:-43}"
