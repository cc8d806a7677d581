#!/usr/bin/env bash
# Checks the order of the modules, the format of the Swift code and the syntax of the scripts; generated Swift code is
# not checked.
#
# usage: scripts/lint.sh
#
# SWIFT and PYTHON name tools other than `swift` and `python3`. Runs every check, then fails if one of them failed.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

readonly swift=${SWIFT:-swift} python=${PYTHON:-python3}

# Tracked and new files that match the given patterns and are not ignored.
sources() {
    git ls-files --cached --others --exclude-standard -- "$@" | sort -u | while IFS= read -r file; do
        if [[ -f $file && ! -L $file ]]; then echo "$file"; fi
    done
}

failures=0
check() {
    local title=$1
    shift
    echo "lint: $title"
    "$@" || failures=$((failures + 1))
}

check "docs/architecture.md draws Package.swift" env SWIFT="$swift" "$python" scripts/draw-modules.py --check

mapfile -t swift_files < <(sources '*.swift' | grep -v '/Generated/')
mapfile -t shell_files < <(sources '*.sh' '.ci/run')
mapfile -t python_files < <(sources '*.py')

check "${#swift_files[@]} Swift files" "$swift" format lint --strict --parallel "${swift_files[@]}"

for file in "${shell_files[@]}"; do
    check "$file" bash -n "$file"
done
if command -v shellcheck >/dev/null; then
    check "shellcheck" shellcheck "${shell_files[@]}"
fi

compile_python() {
    local cache status=0
    cache=$(mktemp -d)
    PYTHONPYCACHEPREFIX=$cache "$python" -m compileall -q "$@" || status=$?
    rm -rf "$cache"
    return "$status"
}
if ((${#python_files[@]} > 0)); then
    check "${#python_files[@]} Python files" compile_python "${python_files[@]}"
fi

if ((failures > 0)); then
    echo "lint: $failures checks failed" >&2
    exit 1
fi
echo "lint: ok"
