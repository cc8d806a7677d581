#!/usr/bin/env bash
# Removes from a Debian root all packages except for the given ones, their dependencies and base-files. The result has
# no shell and no package manager. build.sh passes this script to mmdebstrap as a hook.
#
# usage: packaging/oci/prune.sh ROOT PACKAGE...
set -euo pipefail
# shellcheck source=packaging/common.sh
source "$(dirname "${BASH_SOURCE[0]}")/../common.sh"

if (($# < 2)) || [[ ! -f $1/var/lib/dpkg/status ]]; then
    echo 'usage: packaging/oci/prune.sh ROOT PACKAGE...' >&2
    exit 64
fi
readonly debian=$1 database=$1/var/lib/dpkg
shift
lists=$(mktemp -d)
trap 'rm -rf "$lists"' EXIT

# base-files needs the awk that it depends on only while it is installed.
needed_packages() {
    echo base-files
    APT_CONFIG=${MMDEBSTRAP_APT_CONFIG:-} apt-cache depends --recurse --installed --no-recommends --no-suggests \
        --no-conflicts --no-breaks --no-replaces --no-enhances "$@" | grep -E '^[a-z0-9]'
}

# paths needed|other: the paths of the needed packages, or of all others.
paths() {
    local file name
    for file in "$database"/info/*.list; do
        name=${file##*/}
        name=${name%.list}
        if [[ $1 == "$(grep -qxF "${name%:*}" "$lists/needed" && echo needed || echo other)" ]]; then cat "$file"; fi
    done | sort -u
}

remove_others() {
    local path file name
    comm -23 <(paths other) <(paths needed) | sort -r | while IFS= read -r path; do
        if [[ -L $debian$path || -f $debian$path ]]; then
            rm "$debian$path"
        elif [[ -d $debian$path ]]; then
            rmdir --ignore-fail-on-non-empty "$debian$path"
        fi
    done
    for file in "$database"/info/*; do
        name=${file##*/}
        name=${name%.*}
        grep -qxF -e "${name%:*}" -e format "$lists/needed" || rm "$file"
    done
    awk -v RS= -v ORS='\n\n' 'NR == FNR { needed[$1]; next } { split($0, line, "\n"); sub("Package: ", "", line[1]) }
        line[1] in needed' <(tr '\n' '\t' <"$lists/needed" | sed 's/\t/\n\n/g') "$database/status" >"$lists/status"
    cp "$lists/status" "$database/status"
}

# Alternatives of removed packages.
remove_dangling_links() {
    local link target
    find "$debian/etc" "$debian/usr" -type l | while IFS= read -r link; do
        target=$(readlink "$link")
        if [[ $target == /* ]]; then target=$debian$target; else target=${link%/*}/$target; fi
        [[ -e $target || -L $target ]] || rm "$link"
    done
}

needed_packages "$@" | sort -u >"$lists/needed"
remove_others
# Twice, because commands are links to alternatives, which are links to programs.
remove_dangling_links
remove_dangling_links
rm -rf "$debian"/var/cache/* "$debian"/var/log/* "$database"/{status-old,available}*
# mmdebstrap copies these from the host; container engines write their own.
rm -f "$debian"/etc/{hostname,resolv.conf}
