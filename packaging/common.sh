# Functions shared by the scripts of packaging; this file is sourced, not run.
# shellcheck shell=bash

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
readonly root
# Tools sort, format dates and word messages in the same form on every machine.
export LC_ALL=C.UTF-8 TZ=UTC
umask 022

fail() {
    echo "${0##*/}: $2" >&2
    exit "$1"
}

need_files() {
    local file
    for file in "$@"; do
        [[ -f $file ]] || fail 66 "$file: no such file"
    done
}

need_tools() {
    local tool
    for tool in "$@"; do
        command -v "$tool" >/dev/null || fail 66 "$tool is not installed"
    done
}

need_root() {
    ((EUID == 0)) || fail 64 'run this as root'
}

deeper_version() {
    local header=$root/Sources/Interfaces/CDeeper/include/deeper.h version
    version=$(sed -n 's/^#define DEEPER_VERSION "\(.*\)"$/\1/p' "$header")
    [[ -n $version ]] || fail 70 "$header names no version"
    echo "$version"
}

# The size in bytes of all blobs of an OCI layout.
blob_bytes() { stat --format=%s "$1"/blobs/sha256/* | awk '{ sum += $1 } END { print sum }'; }

# All dates in a package are that of the last commit. In a source archive, which has no commits, SOURCE_DATE_EPOCH must
# be set.
set_source_date() {
    [[ -n ${SOURCE_DATE_EPOCH:-} ]] || SOURCE_DATE_EPOCH=$(git -C "$root" log -1 --format=%ct 2>/dev/null) ||
        fail 64 'there is no git history here: set SOURCE_DATE_EPOCH'
    export SOURCE_DATE_EPOCH
}

# step TITLE COMMAND...: prints one line; the output of the command is shown only if it fails. Do not call this in a
# condition or in a list with || or &&: bash would then ignore failures inside the command.
step() {
    local title=$1 log status started=$SECONDS
    shift
    log=$(mktemp)
    set +e
    (set -e && "$@") >"$log" 2>&1
    status=$?
    set -e
    if ((status == 0)); then
        echo "ok      $title ($((SECONDS - started)) s)"
    else
        echo "FAILED  $title: status $status"
        cat "$log" >&2
    fi
    rm -f "$log"
    return "$status"
}

# ask HOST:PORT PATH: prints the answer to a GET over HTTP; needs no program other than bash.
ask() {
    local connection
    exec {connection}<>"/dev/tcp/${1%:*}/${1##*:}"
    printf 'GET %s HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n' "$2" >&"$connection"
    cat <&"$connection"
    exec {connection}>&-
}

# address_in LOG: waits until the log of a server reports that it listens, and prints host and port.
address_in() {
    local address
    for _ in {1..300}; do
        address=$(sed -n 's,.*listening on http://,,p' "$1")
        if [[ -n $address ]]; then
            echo "$address"
            return
        fi
        sleep 0.1
    done
    echo 'the server does not listen after 30 seconds' >&2
    return 1
}
