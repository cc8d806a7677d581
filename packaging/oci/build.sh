#!/usr/bin/env bash
# Makes an OCI image of `deeper serve` from the Debian package, without a container engine.
#
# usage: packaging/oci/build.sh DEB OUTPUT_FOLDER
#
# The OCI layout is OUTPUT_FOLDER/deeper-VERSION-oci, and the tag of the image is VERSION. Needs root, mmdebstrap and
# umoci. SOURCE_DATE_EPOCH, by default the time of the last commit, is the date of all files. DEBIAN_MIRROR is another
# mirror.
set -euo pipefail
# shellcheck source=packaging/common.sh
source "$(dirname "${BASH_SOURCE[0]}")/../common.sh"

if (($# != 2)); then
    echo 'usage: packaging/oci/build.sh DEB OUTPUT_FOLDER' >&2
    exit 64
fi
need_root
need_files "$1"
need_tools mmdebstrap umoci dpkg-deb
set_source_date
package=$(realpath "$1")
version=$(dpkg-deb --field "$package" Version)
architecture=$(dpkg-deb --field "$package" Architecture)
created=$(date --utc --date="@$SOURCE_DATE_EPOCH" +%FT%TZ)
readonly layout=$2/deeper-$version-oci
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# Files that neither the server nor a licence requires.
readonly excluded=(
    '/usr/share/doc/*' '/usr/share/man/*' '/usr/share/locale/*' '/usr/share/info/*' '/usr/share/lintian/*'
    '/usr/share/bash-completion/*' '/usr/share/fish/*' '/usr/share/zsh/*' '/usr/share/bug/*' '/lib/systemd/*'
    '/usr/include/*' '/usr/lib/*/cmake/*' '/usr/lib/*/pkgconfig/*' '/usr/lib/*/libdeeper.so*'
    '/usr/lib/*/gconv/*'
)

make_root() {
    local options=() path
    for path in "${excluded[@]}"; do options+=(--dpkgopt="path-exclude=$path"); done
    options+=(--dpkgopt='path-include=/usr/share/doc/*/copyright')
    mmdebstrap --quiet --variant=essential --skip=output/dev --architectures="$architecture" "${options[@]}" \
        --hook-dir=/usr/share/mmdebstrap/hooks/file-mirror-automount \
        --include="$package" --include=libheif1 \
        --customize-hook="'$root/packaging/oci/prune.sh' \"\$1\" deeper libheif1" \
        bookworm "$work/root.tar" ${DEBIAN_MIRROR:+"$DEBIAN_MIRROR"}
    # Container engines fill /dev; device nodes would be an obstacle to those that do not run as root.
    mkdir "$work/dev"
    tar --append --file "$work/root.tar" --directory "$work" --owner=0 --group=0 --mtime="@$SOURCE_DATE_EPOCH" dev
}

# As in integrations/container/Containerfile, except that the command is in /usr/bin.
configure() {
    umoci config --image "$layout:$version" --no-history --created "$created" \
        --os linux --architecture "$architecture" \
        --config.user 65532:65532 --config.exposedports 8080/tcp --config.exposedports 8081/tcp \
        --config.env PATH=/usr/bin:/bin --config.workingdir / --config.stopsignal SIGTERM \
        --config.entrypoint /usr/bin/deeper --config.entrypoint serve \
        --config.cmd --host --config.cmd 0.0.0.0 \
        --config.label "org.opencontainers.image.title=deeper" \
        --config.label "org.opencontainers.image.description=Inference server for convolutional networks on CPUs" \
        --config.label "org.opencontainers.image.version=$version" \
        --config.label "org.opencontainers.image.created=$created" \
        --config.label "org.opencontainers.image.licenses=Apache-2.0"
}

make_root
mkdir -p "$2"
rm -rf "$layout"
umoci init --layout "$layout"
umoci new --image "$layout:$version"
umoci raw add-layer --image "$layout:$version" --history.created "$created" \
    --history.created_by packaging/oci/build.sh "$work/root.tar"
configure
umoci gc --layout "$layout"
echo "$layout: $(blob_bytes "$layout") bytes"
