#!/usr/bin/env bash
# Installs libdeeper.so, its header, the CMake package and the pkg-config file below a folder.
#
# usage: scripts/install.sh LIBRARY PREFIX
#
# LIBRARY is the shared object that was built. DESTDIR is prepended to PREFIX, as packagers expect.
set -euo pipefail

if (($# != 2)) || [[ -z $1 || -z $2 ]]; then
    echo 'usage: scripts/install.sh LIBRARY PREFIX' >&2
    exit 64
fi
readonly library=$1 prefix=${DESTDIR:-}$2
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
readonly header=$root/Sources/Interfaces/CDeeper/include/deeper.h

version=$(sed -n 's/^#define DEEPER_VERSION "\(.*\)"$/\1/p' "$header")
abi=$(sed -n 's/^#define DEEPER_ABI_VERSION \(.*\)$/\1/p' "$header")
if [[ -z $version || -z $abi ]]; then
    echo "install: $header names no version" >&2
    exit 70
fi

install -d "$prefix/include" "$prefix/lib/pkgconfig" "$prefix/lib/cmake/Deeper"
install -m 644 "$header" "$prefix/include/deeper.h"
install -m 755 "$library" "$prefix/lib/libdeeper.so.$version"
ln -sfn "libdeeper.so.$version" "$prefix/lib/libdeeper.so.$abi"
ln -sfn "libdeeper.so.$abi" "$prefix/lib/libdeeper.so"
sed "s/@VERSION@/$version/" "$root/CMakeModules/deeper.pc.in" >"$prefix/lib/pkgconfig/deeper.pc"
sed "s/@VERSION@/$version/" "$root/CMakeModules/DeeperConfigVersion.cmake.in" \
    >"$prefix/lib/cmake/Deeper/DeeperConfigVersion.cmake"
install -m 644 "$root/CMakeModules/DeeperConfig.cmake" "$prefix/lib/cmake/Deeper/DeeperConfig.cmake"
echo "deeper $version in $prefix"
