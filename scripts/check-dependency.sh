#!/usr/bin/env bash
# Builds and runs a program that depends on deeper by the URL of a repository and a version, as other packages do.
#
# usage: scripts/check-dependency.sh
#
# The repository is a copy of this one with a tag for the version in deeper.h at the last commit.
set -euo pipefail
cd "$(dirname "$0")/.."

# Git hooks set variables that would make the commands below change this repository.
# shellcheck disable=SC2046
unset $(git rev-parse --local-env-vars)
readonly swift=${SWIFT:-swift}
version=$(sed -n 's/^#define DEEPER_VERSION "\(.*\)"$/\1/p' Sources/Interfaces/CDeeper/include/deeper.h)
readonly version
folder=$(mktemp -d)
readonly folder
trap 'rm -rf "$folder"' EXIT

git clone --quiet --bare . "$folder/deeper.git"
git -C "$folder/deeper.git" tag --force "$version" HEAD >/dev/null

mkdir -p "$folder/app/Sources/App"
cat >"$folder/app/Package.swift" <<END
// swift-tools-version: 6.2
import PackageDescription

let package = Package(
    name: "app",
    dependencies: [.package(url: "file://$folder/deeper.git", from: "$version", traits: [])],
    targets: [
        .executableTarget(
            name: "App",
            dependencies: [
                .product(name: "Deeper", package: "deeper"), .product(name: "DeeperBuiltinModel", package: "deeper"),
            ])
    ])
END
cat >"$folder/app/Sources/App/main.swift" <<'END'
import Deeper
import DeeperBuiltinModel

let engine = try Engine(BuiltinModel.model())
try await engine.prepare()
let picture = try Picture(width: 40, height: 30, pixels: [UInt8](repeating: 200, count: 40 * 30 * 3))
let best = try await engine.classify(picture, top: 1)
print(engine.model)
print(best.map { $0.label ?? String($0.index) })
END

SWIFT_DETERMINISTIC_HASHING=1 "$swift" run --package-path "$folder/app" App
"$swift" package --package-path "$folder/app" show-dependencies
