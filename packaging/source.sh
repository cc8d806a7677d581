#!/usr/bin/env bash
# Makes the source archive deeper-VERSION.tar.gz from the last commit. The same commit always gives the same bytes.
#
# usage: packaging/source.sh [--allow-dirty] OUTPUT_FOLDER
#
# Files that .gitattributes marks as export-ignore are left out. Fails if there are changed or new files, because they
# would not be in the archive, unless --allow-dirty is given.
set -euo pipefail
# shellcheck source=packaging/common.sh
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

allows_dirty=false
if [[ ${1:-} == --allow-dirty ]]; then
    allows_dirty=true
    shift
fi
if (($# != 1)) || [[ $1 == -* ]]; then
    echo 'usage: packaging/source.sh [--allow-dirty] OUTPUT_FOLDER' >&2
    exit 64
fi
need_tools git gzip
changes=$(git -C "$root" status --porcelain)
if [[ -n $changes ]] && ! $allows_dirty; then
    echo "$changes" >&2
    fail 65 'the working tree differs from the last commit; --allow-dirty archives the last commit anyway'
fi

mkdir -p "$1"
output=$(cd "$1" && pwd)
version=$(git -C "$root" show HEAD:Sources/Interfaces/CDeeper/include/deeper.h |
    sed -n 's/^#define DEEPER_VERSION "\(.*\)"$/\1/p')
readonly archive=$output/deeper-$version.tar.gz
# git sets the time of the commit; -n keeps gzip from adding the current one.
git -C "$root" archive --format=tar --prefix="deeper-$version/" HEAD | gzip -9 -n >"$archive.part"
mv "$archive.part" "$archive"
echo "$archive: $(stat --format=%s "$archive") bytes"
