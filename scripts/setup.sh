#!/usr/bin/env bash
# Installs the Debian packages that deeper needs and that are missing. Does nothing if all are present.
#
# usage: scripts/setup.sh
#
# Uses sudo if it does not run as root. On other systems it checks with pkg-config that the libraries are installed.
set -euo pipefail

readonly packages=(
    libopenblas-dev liblapacke-dev libturbojpeg0-dev libpng-dev zlib1g-dev
    libwebp-dev libheif-dev libtiff-dev libgif-dev
    pkg-config cmake curl g++ nlohmann-json3-dev openssl python3 python3-venv
)
readonly modules=(openblas lapacke libturbojpeg libpng zlib libwebpdemux libheif libtiff-4)
readonly tools=(pkg-config cmake c++ python3)

check_without_dpkg() {
    local missing=() item
    for item in "${tools[@]}"; do
        command -v "$item" >/dev/null || missing+=("$item")
    done
    for item in "${modules[@]}"; do
        pkg-config --exists "$item" 2>/dev/null || missing+=("$item (pkg-config module)")
    done
    ((${#missing[@]} == 0)) && return
    {
        echo "setup: this is not a Debian system, so packages cannot be installed for you. Missing:"
        printf '  %s\n' "${missing[@]}"
        echo "The Debian names are: ${packages[*]}"
    } >&2
    exit 1
}

is_installed() {
    [[ $(dpkg-query --show --showformat='${db:Status-Abbrev}' "$1" 2>/dev/null) == ii* ]]
}

if ! command -v dpkg-query >/dev/null || ! command -v apt-get >/dev/null; then
    check_without_dpkg
    exit 0
fi

missing=()
for package in "${packages[@]}"; do
    is_installed "$package" || missing+=("$package")
done
((${#missing[@]} > 0)) || exit 0

as_root=()
if ((EUID != 0)); then
    if ! command -v sudo >/dev/null; then
        echo "setup: run as root: apt-get install ${missing[*]}" >&2
        exit 1
    fi
    # Without a terminal sudo must not ask for a password.
    if [[ -t 0 ]]; then as_root=(sudo); else as_root=(sudo -n); fi
fi

echo "setup: installing ${missing[*]}"
"${as_root[@]}" apt-get update -qq </dev/null
"${as_root[@]}" env DEBIAN_FRONTEND=noninteractive \
    apt-get install --yes --no-install-recommends "${missing[@]}" </dev/null
