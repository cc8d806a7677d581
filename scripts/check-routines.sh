#!/usr/bin/env bash
# Tries CONTRIBUTING's recipe for a packed product: adds a line to the list in a copy of the loops, compares the routine
# with a plain loop, and checks the compiler's messages for lines that cannot work.
#
# usage: scripts/check-routines.sh
set -euo pipefail
cd "$(dirname "$0")/.."

swift=$(command -v "${SWIFT:-swift}") || { echo "check-routines: swift is missing, whose clang compiles the loops" >&2; exit 66; }
clang=$(dirname "$(readlink -f "$swift")")/clang
[[ -x $clang ]] || clang=clang
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

# add LINE: makes a copy of the loops whose list also has this line.
add() {
    rm -rf "$folder/loops"
    cp -r Sources/Kernels/CDeeperKernels "$folder/loops"
    printf '%s\n' "$1" >>"$folder/loops/routines.inc"
}

# compile FILES...: compiles with the common flags.
compile() { "$clang" -O2 -std=gnu11 -Wall -Wextra -Werror -I"$folder/loops/include" -ITests/CTestSupport/include "$@"; }

refused() {
    local line=$1 wanted=$2
    add "$line"
    if compile -fsyntax-only "$folder/loops/portable.c" 2>"$folder/errors"; then
        echo "check-routines: this line compiled, although it cannot work: $line" >&2
        exit 1
    fi
    grep -q "$wanted" "$folder/errors" || {
        echo "check-routines: the compiler should say \"$wanted\" of $line; it said:" >&2
        head -5 "$folder/errors" >&2
        exit 1
    }
    echo "refused: $wanted"
}

# An instruction set that every x86-64 CPU of the last decade has; elsewhere the portable one.
set=portable
[[ $(uname -m) == x86_64 ]] && grep -qw avx2 /proc/cpuinfo && set=avx2
add "CK_ROUTINE($set, f32_8, 0, FLOAT32, FLOAT32, FLOAT32, FLOAT32, 8, 2, 1, pack_columns, CHAINS, LINES)
CK_ROUTINE($set, f32_3x3, 0, FLOAT32, FLOAT32, FLOAT32, FLOAT32, 3, 3, 1, pack_columns, CHAINS, GATHERED)"
compile "$folder"/loops/*.c Tests/CTestSupport/routinecheck.c Tests/Routines/main.c -lm -o "$folder/check"
"$folder/check" | tee "$folder/found"
for name in f32_8 f32_3x3; do
    grep -q "^$set $name: .* equal to the reference" "$folder/found" || { echo "check-routines: $name did not run" >&2; exit 1; }
done

refused 'CK_ROUTINE(portable, f32_17, 0, FLOAT32, FLOAT32, FLOAT32, FLOAT32, 17, 2, 1, pack_columns, CHAINS, LINES)' \
    'routines.inc: a block has at most 16 rows and 4 vectors'
refused 'CK_ROUTINE(portable, s8, 0, INT8, INT8, INT32, FLOAT32, 6, 2, 4, pack_columns, CHAINS, LINES)' \
    'routines.inc: products in CHAINS are for float32, one term at a step'
