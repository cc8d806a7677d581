#!/usr/bin/env bash
# Feeds random bytes to the readers of requests, of ONNX, safetensors, Caffe's and TFLite's files and of pictures, guided by
# libFuzzer's coverage and watched by AddressSanitizer.
#
# usage: scripts/fuzz.sh SECONDS [request|onnx|safetensors|picture|prototxt|caffemodel|tflite ...]
#
# Runs each named reader for SECONDS seconds, or all of them if none is named. New inputs are kept below build/fuzzing;
# an input that breaks a reader is written to build/fuzzing/SUBJECT-crash-... and fails the run. Available test data
# also serves as seeds. With OPTIMIZED=no the readers are built without optimisation, which takes a quarter of the time;
# they read fewer inputs then.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

if (($# < 1)); then
    echo 'usage: scripts/fuzz.sh SECONDS [request|onnx|safetensors|picture|prototxt|caffemodel|tflite ...]' >&2
    exit 64
fi
readonly swift=${SWIFT:-swift} seconds=$1 data=${DEEPER_TEST_DATA:-../shared/data}
shift
subjects=("$@")
((${#subjects[@]})) || subjects=(request onnx safetensors picture prototxt caffemodel tflite)

flags=()
if [[ ${OPTIMIZED:-yes} == no ]]; then flags=(-Xswiftc -Onone -Xcc -O0); fi

DEEPER_FUZZING=1 SWIFT_DETERMINISTIC_HASHING=1 "$swift" build -c release --scratch-path .build-fuzzing --traits PictureFormats --product Fuzzing \
    --sanitize address ${flags[@]+"${flags[@]}"} -Xswiftc -use-ld=lld -Xswiftc -sanitize=fuzzer -Xcc -fsanitize=fuzzer-no-link

# Prints the folders of test data that have small files of a kind.
seeds() {
    case $1 in
    onnx) ls -d "$data"/onnx/light 2>/dev/null || true ;;
    picture) ls -d "$data"/images/odd "$data"/images/pngsuite 2>/dev/null || true ;;
    esac
}

status=0
for subject in "${subjects[@]}"; do
    mkdir -p "build/fuzzing/$subject"
    mapfile -t more < <(seeds "$subject")
    echo "fuzzing: $subject, $seconds s"
    # Refusing an input is quick, so ten seconds or two gigabytes for one input are faults. OpenBLAS's threads are
    # useless here.
    DEEPER_FUZZ=$subject OPENBLAS_NUM_THREADS=1 ASAN_OPTIONS=detect_leaks=0:allocator_may_return_null=1 \
        .build-fuzzing/release/Fuzzing -max_total_time="$seconds" -timeout=10 -rss_limit_mb=2048 -max_len=65536 \
        -print_final_stats=1 -artifact_prefix="build/fuzzing/$subject-" \
        "build/fuzzing/$subject" "Tests/Fuzzing/corpus/$subject" "${more[@]}" 2>"build/fuzzing/$subject.log" || {
        status=1
        echo "fuzzing: $subject: FAILED" >&2
        grep -v '^#[0-9]*.*\(NEW\|REDUCE\|pulse\)' "build/fuzzing/$subject.log" | tail -40 >&2
    }
    grep -E '^stat::(number_of_executed_units|new_units_added)|^#[0-9]+.*DONE' "build/fuzzing/$subject.log" || true
done
exit "$status"
