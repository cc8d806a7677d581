#!/usr/bin/env bash
# Writes the API reference of the Swift products as a static site, from modules that have been built.
#
# usage: scripts/docs/api.sh BUILD_FOLDER OUTPUT_FOLDER [BASE_PATH]
#
# BUILD_FOLDER is a build's debug or release folder. OUTPUT_FOLDER/symbols gets the symbol graphs, OUTPUT_FOLDER/site
# the pages. BASE_PATH (/api) is where the server will have them. With SYMBOLS_ONLY=1 no pages are written. Warnings
# of DocC are errors.
set -euo pipefail

if (($# < 2 || $# > 3)); then
    echo 'usage: scripts/docs/api.sh BUILD_FOLDER OUTPUT_FOLDER [BASE_PATH]' >&2
    exit 64
fi
build=$(realpath --no-symlinks "$1")
output=$(realpath --canonicalize-missing "$2")
readonly build output base=${3:-/api} swift=${SWIFT:-swift} python=${PYTHON:-python3}
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
# Each after those that it depends on.
readonly products=(Deeper DeeperZoo DeeperTraining DeeperBuiltinModel DeeperServing)

includes=(-I "$build/Modules")
for folder in Sources/SystemLibraries/*/; do includes+=(-I "$folder"); done
for map in "$build"/*.build/module.modulemap "$(dirname "$build")"/checkouts/*/Sources/*/include/module.modulemap; do
    [[ $map == *-tool.build/* || ! -f $map ]] || includes+=(-Xcc "-fmodule-map-file=$map")
done
target=$("$swift" -print-target-info | sed -n 's/.*"unversionedTriple": "\(.*\)",/\1/p' | head -n 1)

extract_symbols() {
    mkdir -p "$2"
    "$swift" symbolgraph-extract -module-name "$1" "${includes[@]}" -target "$target" \
        -minimum-access-level public -skip-synthesized-members -output-dir "$2"
}

# The symbols of a product, and of the types that it exports from other modules.
symbols() {
    local product=$1 exports module
    extract_symbols "$product" "$output/symbols/$product"
    for exports in Sources/*/"$product"/Exports.swift; do
        [[ -f $exports ]] || continue
        while IFS= read -r module; do
            [[ -d $output/modules/$module ]] || extract_symbols "$module" "$output/modules/$module"
        done < <(sed -n 's/^@_exported import [a-z]* \([A-Za-z]*\)\..*/\1/p' "$exports" | sort -u)
        "$python" scripts/docs/add-exports.py "$exports" "$output/modules" \
            "$output/symbols/$product/$product.symbols.json"
    done
}

convert() {
    local product=$1 catalog
    shift
    catalog=$(find Sources -type d -name "$product.docc")
    "${DOCC:-docc}" convert ${catalog:+"$catalog"} --warnings-as-errors \
        --fallback-display-name "$product" --fallback-bundle-identifier "$product" \
        --additional-symbol-graph-dir "$output/symbols/$product" \
        --enable-experimental-external-link-support "$@" \
        --transform-for-static-hosting --hosting-base-path "$base" --output-path "$output/$product.doccarchive"
}

mkdir -p "$output"
rm -rf "$output"/{symbols,modules,site} "$output"/*.doccarchive
archives=()
dependencies=()
for product in "${products[@]}"; do
    symbols "$product"
    [[ -z ${SYMBOLS_ONLY:-} ]] || continue
    convert "$product" ${dependencies[@]+"${dependencies[@]}"}
    archives+=("$output/$product.doccarchive")
    dependencies+=(--dependency "$output/$product.doccarchive")
done
if [[ -z ${SYMBOLS_ONLY:-} ]]; then
    "${DOCC:-docc}" merge "${archives[@]}" --synthesized-landing-page-name deeper \
        --synthesized-landing-page-kind Package --output-path "$output/site"
fi
