#!/usr/bin/env bash
# Builds a program that links deeper and has targets with former names of deeper's targets.
#
# usage: scripts/check-names.sh
set -euo pipefail
cd "$(dirname "$0")/.."

readonly names=(Training Tensors Graphs Imaging Execution Kernels Counting Reduction CZlib TestSupport CTestSupport)
folder=$PWD/build/names
rm -rf "$folder/Sources" "$folder/Package.swift"
mkdir -p "$folder/Sources/App"

{
    cat <<END
// swift-tools-version: 6.2
import PackageDescription

let names = [$(printf '"%s", ' "${names[@]}")]
let package = Package(
    name: "names",
    dependencies: [.package(name: "deeper", path: "$PWD", traits: [])],
    targets: names.map { .target(name: \$0) } + [
        .executableTarget(
            name: "App",
            dependencies: names.map { .byName(name: \$0) } + [
                .product(name: "Deeper", package: "deeper"), .product(name: "DeeperTraining", package: "deeper"),
                .product(name: "DeeperZoo", package: "deeper"),
            ])
    ])
END
} >"$folder/Package.swift"
{
    printf 'import Deeper\nimport DeeperTraining\nimport DeeperZoo\n'
    printf 'import %s\n' "${names[@]}"
    echo 'let model = try Model(graph: ModelZoo.graph(named: "googlenet", weights: .zeros))'
    echo 'print(model.inputs.map(\.name), [' "$(printf '%s.own, ' "${names[@]}")" '])'
} >"$folder/Sources/App/main.swift"
for name in "${names[@]}"; do
    mkdir -p "$folder/Sources/$name"
    echo "public let own = \"$name\"" >"$folder/Sources/$name/Own.swift"
done

"${SWIFT:-swift}" run --package-path "$folder" App
