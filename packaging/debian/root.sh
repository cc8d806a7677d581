# Functions for a Debian root in the folder `debian`; this file is sourced by check.sh, not run.
# shellcheck shell=bash disable=SC2154

# unpack_root TARBALL: unpacks the root, after creating the tarball if it is missing. DEBIAN_MIRROR is another mirror.
unpack_root() {
    if [[ ! -f $1 ]]; then
        mmdebstrap --quiet --variant=apt --include=ca-certificates bookworm "$1" ${DEBIAN_MIRROR:+"$DEBIAN_MIRROR"}
    fi
    tar --extract --numeric-owner --directory "$debian" --file "$1"
    cp /etc/resolv.conf "$debian/etc/resolv.conf"
    mount -t proc proc "$debian/proc"
    inside apt-get update -qq
}

remove_root() {
    if mountpoint -q "$debian/proc"; then umount "$debian/proc"; fi
    rm -rf --one-file-system "$debian"
}

# Runs a command in the root, without the environment variables of the host.
inside() {
    chroot "$debian" env -i HOME=/root PATH=/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C.UTF-8 \
        DEBIAN_FRONTEND=noninteractive "$@"
}

# Lists every file, except for the data of apt and dpkg, caches, and files that a boot removes.
list_files() {
    (cd "$debian" && find . -xdev \( -path ./proc -o -path ./run -o -path ./tmp -o -path ./root \
        -o -path ./var/cache -o -path ./var/log -o -path ./var/lib/apt -o -path ./var/lib/dpkg \) \
        -prune -o -print | sort)
}
