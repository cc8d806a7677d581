#!/usr/bin/env bash
# Regenerates Sources/Serving/DeeperServing/GRPC/Generated from the .proto files next to it.
#
# usage: scripts/generate-inference-proto.sh [--check]
#
#   --check   write nothing; fail if the files in the tree are not what the tools generate
#
# The plugins are built from the checkouts that SwiftPM resolved, so that generated code and runtime have the same
# version.
#
# Needs protoc (Debian: protobuf-compiler).
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

readonly folder=Sources/Serving/DeeperServing/GRPC

fail() {
    echo "generate-inference-proto: $*" >&2
    exit 1
}

check=no
case "${1-}" in
    '') ;;
    --check) check=yes ;;
    -h | --help) sed -n '2,/^set/{/^set/d;s/^# \{0,1\}//;p}' "$0"; exit 0 ;;
    *) echo "generate-inference-proto: unknown argument '$1' (try --help)" >&2; exit 64 ;;
esac

command -v protoc >/dev/null || fail "protoc is missing; on Debian: apt-get install protobuf-compiler"
checkout=.build/checkouts/grpc-swift-protobuf scratch=.build/protoc-plugins
[[ -d $checkout ]] || swift package resolve >&2
for plugin in protoc-gen-swift protoc-gen-grpc-swift-2; do
    swift build --package-path "$checkout" --scratch-path "$scratch" -c release --product "$plugin" >&2
done

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
protoc --plugin="$scratch/release/protoc-gen-swift" --plugin="$scratch/release/protoc-gen-grpc-swift-2" \
    --swift_opt=Visibility=Internal --swift_opt=UseAccessLevelOnImports=true --swift_out="$work" \
    --grpc-swift-2_opt=Visibility=Internal,UseAccessLevelOnImports=true,Client=false,Server=true \
    --grpc-swift-2_out="$work" --proto_path="$folder" inference.proto
protoc --plugin="$scratch/release/protoc-gen-swift" --swift_opt=Visibility=Internal \
    --swift_opt=UseAccessLevelOnImports=true --swift_out="$work" --proto_path="$folder" health.proto reflection.proto

# The runtime of gRPC is present only with the trait Server.
sed -i -e '1i #if Server' -e '$a #endif' "$work/inference.grpc.swift"

# The descriptors that server reflection sends to clients.
protoc --descriptor_set_out="$work/descriptors" --proto_path="$folder" inference.proto health.proto reflection.proto
{
    echo '// Made by scripts/generate-inference-proto.sh; do not change it here.'
    echo '#if Server'
    echo 'enum GeneratedDescriptors {'
    echo '    /// A FileDescriptorSet in Base64.'
    echo '    static let base64 = """'
    base64 --wrap=112 "$work/descriptors" | sed -e 's/^/        /' -e '$!s/$/\\/'
    echo '        """'
    echo '}'
    echo '#endif'
} >"$work/descriptors.swift"

for name in inference.pb.swift inference.grpc.swift health.pb.swift reflection.pb.swift descriptors.swift; do
    if [[ $check == yes ]]; then
        cmp "$work/$name" "$folder/Generated/$name" || fail "$folder/Generated/$name is stale: run 'make proto'"
    else
        install -m 644 "$work/$name" "$folder/Generated/$name"
    fi
done
