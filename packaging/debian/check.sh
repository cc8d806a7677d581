#!/usr/bin/env bash
# Installs the Debian package in a fresh Debian 12, uses its contents and removes it again. Prints a line for each step
# and stops at the first step that fails.
#
# usage: packaging/debian/check.sh DEB [ROOT_TARBALL]
#
# ROOT_TARBALL is a Debian 12 root made by mmdebstrap; if it is missing, it is created and kept, which saves a minute
# next time. Needs root, mmdebstrap and lintian, and systemd-nspawn (systemd-container) for the step that runs the unit.
set -euo pipefail
# shellcheck source=packaging/common.sh
source "$(dirname "${BASH_SOURCE[0]}")/../common.sh"
# shellcheck source=packaging/debian/root.sh
source "$(dirname "${BASH_SOURCE[0]}")/root.sh"
# shellcheck source=packaging/debian/check-steps.sh
source "$(dirname "${BASH_SOURCE[0]}")/check-steps.sh"

if (($# < 1 || $# > 2)); then
    echo 'usage: packaging/debian/check.sh DEB [ROOT_TARBALL]' >&2
    exit 64
fi
need_root
need_files "$1"
need_tools lintian mmdebstrap

work=$(mktemp -d)
readonly package=$1 work debian=$work/root
readonly tarball=${2:-$work/root.tar}
trap remove_work EXIT
mkdir "$debian"
# Other users than root must be able to enter the Debian root.
chmod 755 "$work"

remove_work() {
    remove_root
    rm -rf "$work"
}

step 'lintian reports no error and no warning' lintian --fail-on error,warning "$package"
step 'create a Debian root' unpack_root "$tarball"
list_files >"$work/before"
step 'apt install, without any tools' install_package
step 'deeper --version prints the version of deeper.h' check_version
step 'deeper demo classifies its drawings' inside deeper demo
step 'deeper classify reads JPEG, HEIC, AVIF and other formats' check_pictures
step "the unit's command serves a model and ends after SIGTERM" check_server
step 'apt purge' purge_package
step 'no files are left' nothing_is_left before

step 'install tools' install_tools
list_files >"$work/before-with-tools"
step 'apt install, with tools' install_package
step 'every command has a manual page' check_manuals
step 'the shells can parse the completions' check_completions
step 'systemd-analyze verify' inside systemd-analyze verify deeper.service
step 'systemd-analyze security: at most 2.0 of 10' check_security
grep 'Overall exposure' "$work/security"
step 'Examples/cpp can be built with CMake and runs' check_cmake
step 'a C++ program can be built with pkg-config and runs' check_pkg_config
if command -v systemd-nspawn >/dev/null; then
    step 'systemd starts, reloads, upgrades and removes the service' check_unit
else
    echo 'skipped the steps with a running systemd: systemd-nspawn is not installed'
fi
step 'apt purge' purge_package
step 'no files are left' nothing_is_left before-with-tools
