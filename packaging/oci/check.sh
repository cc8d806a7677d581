#!/usr/bin/env bash
# Checks an OCI layout of `deeper serve`: digests, configuration and size, and that the image serves a model as its user
# from a read-only file system. Prints a line for each step and stops at the first step that fails.
#
# usage: packaging/oci/check.sh LAYOUT
#
# Needs root, skopeo, umoci and python3.
set -euo pipefail
# shellcheck source=packaging/common.sh
source "$(dirname "${BASH_SOURCE[0]}")/../common.sh"

if (($# != 1)); then
    echo 'usage: packaging/oci/check.sh LAYOUT' >&2
    exit 64
fi
need_root
need_files "$1/index.json" "$1/oci-layout"
need_tools skopeo umoci python3
readonly layout=$1 most_bytes=80000000
version=$(deeper_version)
work=$(mktemp -d)
chmod 755 "$work"
trap clean_up EXIT
readonly image=$work/bundle/rootfs models=$work/models configuration=$work/configuration.json

clean_up() {
    local folder
    for folder in "$image/mnt" "$image/proc" "$image"; do
        if mountpoint -q "$folder"; then umount "$folder"; fi
    done
    rm -rf --one-file-system "$work"
}

check_digests() {
    local blob
    for blob in "$layout"/blobs/sha256/*; do echo "${blob##*/}  $blob"; done | sha256sum --check --strict
}

# The configuration must be that of integrations/container/Containerfile.
check_configuration() {
    skopeo inspect "oci:$layout:$version"
    skopeo inspect --config "oci:$layout:$version" | tee "$configuration"
    python3 - "$configuration" "$version" <<'END'
import json, sys
config = json.load(open(sys.argv[1]))["config"]
assert config["User"] == "65532:65532", config
assert config["Entrypoint"] == ["/usr/bin/deeper", "serve"] and config["Cmd"] == ["--host", "0.0.0.0"], config
assert sorted(config["ExposedPorts"]) == ["8080/tcp", "8081/tcp"] and config["StopSignal"] == "SIGTERM", config
labels = {key.rpartition(".")[2]: value for key, value in config["Labels"].items()}
assert labels["version"] == sys.argv[2] and labels["licenses"] == "Apache-2.0", labels
END
}

unpack() {
    umoci unpack --image "$layout:$version" "$work/bundle"
    # The models are in a volume; everything else is read-only.
    mkdir -m 1777 "$models"
    mount --bind "$image" "$image"
    mount -t proc proc "$image/proc"
    mount --bind "$models" "$image/mnt"
    mount -o remount,bind,ro "$image"
}

# in_image COMMAND...: replaces this process by a command in the image, with the user of the image.
in_image() {
    exec env -i PATH=/usr/bin:/bin DEEPER_PORT=0 DEEPER_GRPC_PORT=0 \
        "$(command -v chroot)" --userspec=65532:65532 --groups= "$image" "$@"
}

check_version() {
    [[ $(in_image /usr/bin/deeper serve --version) == "$version" ]]
    [[ $(in_image /usr/bin/deeper --version) == "$version" ]]
}

check_libraries() {
    # libheif is loaded when it is needed, not when the program starts.
    cp "$root"/Tests/Fuzzing/corpus/picture/plain.{avif,heic,webp} "$models/"
    (in_image /usr/bin/deeper classify /mnt/plain.avif /mnt/plain.heic /mnt/plain.webp)
}

check_server() {
    local server address log=$work/server.log
    (in_image /usr/bin/deeper convert builtin --output /mnt/model.onnx)
    : >"$log"
    (in_image /usr/bin/deeper serve --host 0.0.0.0 --model small=/mnt/model.onnx) 2>"$log" &
    server=$!
    # shellcheck disable=SC2064
    trap "kill -KILL $server 2>/dev/null || true; cat $log" EXIT
    address=$(address_in "$log")
    ask "127.0.0.1:${address##*:}" /v2/health/ready | grep '"ready":true'
    ask "127.0.0.1:${address##*:}" /v2/models | grep '"small"'
    kill -TERM "$server"
    wait "$server"
}

check_size() { (($(blob_bytes "$layout") <= most_bytes)); }

check_files() {
    [[ ! -e $image/usr/bin/sh && ! -e $image/usr/bin/dpkg && ! -e $image/etc/resolv.conf && ! -e $image/etc/hostname ]]
    # Folders that container engines mount on.
    [[ -d $image/dev && -d $image/proc && -d $image/sys && -d $image/tmp && -z $(ls "$image/dev") ]]
}

step 'every blob has its digest' check_digests
step 'the configuration is that of the Containerfile' check_configuration
step 'unpack, read-only' unpack
step 'there is no shell, no package manager and no setting of the build machine' check_files
step '--version prints the version' check_version
step 'HEIC, AVIF and WebP can be read' check_libraries
step 'it serves a model as user 65532 and ends after SIGTERM' check_server
step "at most $most_bytes bytes" check_size
echo "$layout: $(blob_bytes "$layout") bytes"
