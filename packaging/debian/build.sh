#!/usr/bin/env bash
# Makes the Debian package deeper_VERSION_ARCHITECTURE.deb from programs and a library that have already been built.
#
# usage: packaging/debian/build.sh COMMAND SERVER LIBRARY OUTPUT_FOLDER
#
# COMMAND and SERVER are deeper and deeper-server, LIBRARY is the output of scripts/build-library.sh. The files are
# stripped. Needs Debian with dpkg-dev, debhelper, help2man and the libraries that the programs load. DEBFULLNAME and
# DEBEMAIL are the maintainer, by default the author of the last commit. SOURCE_DATE_EPOCH, by default the time of the
# last commit, is the date of all files.
set -euo pipefail
# shellcheck source=packaging/common.sh
source "$(dirname "${BASH_SOURCE[0]}")/../common.sh"

if (($# != 4)); then
    echo 'usage: packaging/debian/build.sh COMMAND SERVER LIBRARY OUTPUT_FOLDER' >&2
    exit 64
fi
readonly command=$1 server=$2 library=$3 output=$4
need_files "$command" "$server" "$library"
need_tools dpkg-buildpackage dh help2man
set_source_date
version=$(deeper_version)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
readonly source=$work/deeper-$version built=$work/deeper-$version/built

maintainer() {
    if [[ -n ${DEBFULLNAME:-} && -n ${DEBEMAIL:-} ]]; then
        echo "$DEBFULLNAME <$DEBEMAIL>"
    else
        git -C "$root" log -1 --format='%an <%ae>' 2>/dev/null ||
            fail 64 'there is no git history here: set DEBFULLNAME and DEBEMAIL'
    fi
}

write_changelog() {
    cat <<END
deeper ($version) unstable; urgency=medium

  * Version $version; see CHANGELOG.md in this folder.

 -- $1  $(date --utc --rfc-email --date="@$SOURCE_DATE_EPOCH")
END
}

assemble() {
    local name maintainer
    maintainer=$(maintainer)
    mkdir -p "$built/completions" "$built/documents"
    cp -r "$root/packaging/debian/debian" "$source/debian"
    sed "s/@MAINTAINER@/$maintainer/" "$source/debian/control.in" >"$source/debian/control"
    write_changelog "$maintainer" >"$source/debian/changelog"
    cp "$root"/{CHANGELOG.md,NOTICE} "$root"/docs/*.md "$built/documents/"

    install -m 755 "$command" "$built/deeper"
    install -m 755 "$server" "$built/deeper-server"
    DESTDIR='' "$root/scripts/install.sh" "$library" "$built/prefix"
    "$root/packaging/debian/manuals.sh" "$built/deeper" "$built/deeper-server" "$built/manuals"
    for name in deeper deeper-server; do
        for shell in bash zsh fish; do
            # The script for bash is sourced, not run.
            "$built/$name" --generate-completion-script "$shell" |
                sed '1 { /^#!/ d }' >"$built/completions/$name.$shell"
        done
    done
}

build() {
    (cd "$source" && dpkg-buildpackage --build=binary --no-sign --no-pre-clean)
}

assemble
build
mkdir -p "$output"
cp "$work"/deeper_*.deb "$output/"
for package in "$work"/deeper_*.deb; do
    echo "$output/${package##*/}: $(stat --format=%s "$package") bytes"
done
