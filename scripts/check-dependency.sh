#!/usr/bin/env bash
# Builds and runs the program of the tutorial (step 9), depending on deeper by the URL of a repository and a version, as other
# packages do.
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

readonly steps=Sources/Engine/Deeper/Deeper.docc/Resources
mkdir -p "$folder/app/Sources/App"
sed "s|name: \"deeper\", path: \"../deeper\"|url: \"file://$folder/deeper.git\", from: \"$version\"|" \
    "$steps/classify-package.swift" >"$folder/app/Package.swift"
cp "$steps/classify-09-prepare.swift" "$folder/app/Sources/App/main.swift"

answer=$(SWIFT_DETERMINISTIC_HASHING=1 "$swift" run -c release --package-path "$folder/app" App "$steps/drawings.png")
echo "$answer"
grep -Eq 'drawings\.png: [a-z]+ [0-9.e-]+, ' <<<"$answer"
"$swift" package --package-path "$folder/app" show-dependencies
