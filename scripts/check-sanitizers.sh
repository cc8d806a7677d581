#!/usr/bin/env bash
# Runs the server's tests and a minute of hostile clients under ThreadSanitizer and AddressSanitizer.
#
# usage: scripts/check-sanitizers.sh [thread] [address]
#
# SWIFT names a tool other than `swift`, PYTHON the interpreter with the packages of Tests/Python/serving, and
# SECONDS_OF_LOAD the duration of the load (60). Builds in .build-thread and .build-address, which takes ten minutes
# each.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

readonly swift=${SWIFT:-swift} python=${PYTHON:-.venv-serving/bin/python} seconds=${SECONDS_OF_LOAD:-60}
readonly suites='ExecutionTests|ModelServingTests|DeeperServingTests|InferenceProtocolTests|PrometheusMetricsTests'

case "${1-}" in -h | --help) sed -n '2,/^set/{/^set/d;s/^# \{0,1\}//;p}' "$0"; exit 0 ;; esac
if (($# == 0)); then set -- thread address; fi

for sanitizer in "$@"; do
    [[ $sanitizer == thread || $sanitizer == address ]] || { echo "unknown sanitizer '$sanitizer'" >&2; exit 64; }
    flags=(-c release --scratch-path ".build-$sanitizer" --sanitize "$sanitizer" -Xswiftc -enable-testing)
    for product in deeper deeper-server deeperPackageTests; do
        SWIFT_DETERMINISTIC_HASHING=1 "$swift" build --product "$product" "${flags[@]}"
    done
    reports=$(mktemp -d)
    export TSAN_OPTIONS="log_path=$reports/report exitcode=0 suppressions=$PWD/Tests/Python/serving/thread-suppressions.txt"
    export ASAN_OPTIONS="log_path=$reports/report detect_leaks=0"
    DEEPER_TEST_TIER=fast "$swift" test --skip-build "${flags[@]}" --filter "$suites"
    DEEPER=.build-$sanitizer/release/deeper "$python" Tests/Python/serving/serving_tests.py
    # Answers are slower by an order of magnitude: only the reports of the sanitizer matter.
    "$python" Tests/Python/serving/mixed_load.py --deeper ".build-$sanitizer/release/deeper" --hostile \
        --seconds "$seconds" || echo "the load test itself reported problems"
    if compgen -G "$reports/*" >/dev/null; then
        cat "$reports"/*
        echo "check-sanitizers: $sanitizer has reported errors" >&2
        exit 1
    fi
    echo "check-sanitizers: $sanitizer: nothing reported"
done
