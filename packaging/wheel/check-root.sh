#!/usr/bin/env bash
# Tries the wheel in another distribution: a root folder made by debootstrap, with that distribution's Python and glibc.
#
# usage: packaging/wheel/check-root.sh WHEEL SUITE MIRROR [KEYRING]
#
# For example SUITE trixie, MIRROR http://deb.debian.org/debian; or SUITE jammy, MIRROR http://archive.ubuntu.com/ubuntu, and
# Ubuntu's KEYRING, or - to trust the mirror as it is. Needs root and the network.
set -euo pipefail

if (($# < 3 || $# > 4)); then
    echo 'usage: packaging/wheel/check-root.sh WHEEL SUITE MIRROR [KEYRING]' >&2
    exit 64
fi
readonly wheel=$1 suite=$2 mirror=$3 keyring=${4:-}
[[ -f $wheel ]] || { echo "check-root.sh: $wheel does not exist" >&2; exit 66; }
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
readonly here
root=$(mktemp -d)
readonly root

unmount_and_remove() {
    umount "$root/proc" 2>/dev/null || true
    rm -rf --one-file-system "$root" "$root.log"
}
trap unmount_and_remove EXIT

components=main,universe
[[ $mirror == *debian* ]] && components=main
options=(--variant=minbase "--components=$components" "--include=python3,python3-venv,ca-certificates")
case $keyring in
'') ;;
-) options+=(--no-check-gpg) ;;
*) options+=("--keyring=$keyring") ;;
esac
debootstrap "${options[@]}" "$suite" "$root" "$mirror" >"$root.log" || { tail -n 20 "$root.log" >&2; exit 70; }
rm -f "$root.log"
mount -t proc proc "$root/proc"
cp /etc/resolv.conf "$root/etc/resolv.conf"
# The network of the host may need certificates of its own.
cp /etc/ssl/certs/ca-certificates.crt "$root/etc/ssl/certs/ca-certificates.crt"
install -D -m 644 "$here/try.py" "$root/try/try.py"
cp "$wheel" "$root/try"

# The host's settings of pip, if any, name folders that the root lacks.
env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LANG=C.UTF-8 chroot "$root" sh -c '
    set -e
    python3 -m venv /try/venv
    PIP_CERT=/etc/ssl/certs/ca-certificates.crt /try/venv/bin/python -m pip install --no-input --disable-pip-version-check --quiet /try/*.whl
    cd /try && venv/bin/python try.py'
echo "$suite: $(sed -n 's/^PRETTY_NAME=//p' "$root/etc/os-release")"
