#!/usr/bin/env bash
# Regenerates Sources/Formats/DeeperImport/ONNX/Generated/onnx.pb.swift.
#
# usage: scripts/generate-onnx-proto.sh [--check]
#
#   --check   write nothing; fail if the file in the tree is not what the tools generate
#
# Input is onnx.proto as shipped in the `onnx` wheel that Tests/Python/requirements.txt pins; the plugin is built from
# the swift-protobuf checkout that SwiftPM resolved, so that the generated code and the runtime have the same version.
#
# Needs protoc (Debian: protobuf-compiler) and .venv (`make venv`). The environment may name other copies:
#   PROTOC_GEN_SWIFT   a built plugin
#   ONNX_PROTO         the schema
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

readonly output=Sources/Formats/DeeperImport/ONNX/Generated/onnx.pb.swift

fail() {
    echo "generate-onnx-proto: $*" >&2
    exit 1
}

schema_of_wheel() {
    [[ -x .venv/bin/python ]] || fail "no .venv: run 'make venv' first"
    .venv/bin/python - <<'PYTHON' || fail "the onnx wheel is not in .venv: run 'make venv'"
import importlib.util, pathlib, sys
spec = importlib.util.find_spec("onnx")
schema = pathlib.Path(spec.origin).with_name("onnx.proto") if spec else None
if schema is None or not schema.is_file():
    sys.exit(1)
print(schema)
PYTHON
}

plugin_of_checkout() {
    local checkout=.build/checkouts/swift-protobuf scratch=.build/protoc-gen-swift
    [[ -d $checkout ]] || swift package resolve >&2
    swift build --package-path "$checkout" --scratch-path "$scratch" -c release --product protoc-gen-swift >&2
    echo "$scratch/release/protoc-gen-swift"
}

check=no
case "${1-}" in
    '') ;;
    --check) check=yes ;;
    -h | --help) sed -n '2,/^set/{/^set/d;s/^# \{0,1\}//;p}' "$0"; exit 0 ;;
    *) echo "generate-onnx-proto: unknown argument '$1' (try --help)" >&2; exit 64 ;;
esac

command -v protoc >/dev/null || fail "protoc is missing; on Debian: apt-get install protobuf-compiler"
schema=${ONNX_PROTO:-$(schema_of_wheel)}
plugin=${PROTOC_GEN_SWIFT:-$(plugin_of_checkout)}
[[ -f $schema ]] || fail "no schema at $schema"
[[ -x $plugin ]] || fail "no plugin at $plugin"

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
protoc --plugin=protoc-gen-swift="$plugin" \
    --swift_opt=Visibility=Internal --swift_opt=UseAccessLevelOnImports=true \
    --swift_out="$work" --proto_path="$(dirname "$schema")" "$(basename "$schema")"

if [[ $check == yes ]]; then
    cmp "$work/onnx.pb.swift" "$output" || fail "$output is stale: run 'make proto'"
    echo "$output is up to date"
else
    mkdir -p "$(dirname "$output")"
    install -m 644 "$work/onnx.pb.swift" "$output"
    echo "wrote $output with $("$plugin" --version)"
fi
