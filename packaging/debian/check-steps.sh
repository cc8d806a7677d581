# The steps of check.sh, which sources this file.
# shellcheck shell=bash disable=SC2154

readonly pictures=$root/Tests/Fuzzing/corpus/picture
readonly models=/var/lib/deeper/models

install_package() {
    cp "$package" "$debian/tmp/deeper.deb"
    inside apt-get install --yes /tmp/deeper.deb
}

install_tools() {
    inside apt-get install --yes --no-install-recommends bash fish zsh man-db systemd cmake g++ make pkg-config
}

purge_package() {
    # The package does not remove models.
    if [[ -d $debian$models ]]; then find "$debian$models" -mindepth 1 -delete; fi
    inside apt-get purge --yes deeper
    inside apt-get autoremove --purge --yes
}

nothing_is_left() {
    diff "$work/$1" <(list_files)
    if inside dpkg-query --show deeper; then return 1; fi
}

check_version() {
    [[ $(inside deeper --version) == "$(deeper_version)" ]]
    [[ $(inside deeper serve --version) == "$(deeper_version)" ]]
}

check_pictures() {
    local picture
    mkdir -p "$debian/tmp/pictures"
    for picture in RGB.jpeg plain.heic plain.avif plain.webp plain.gif plain.tiff RGB.png; do
        cp "$pictures/$picture" "$debian/tmp/pictures/"
    done
    inside deeper classify --top 1 /tmp/pictures
}

write_model() {
    mkdir -p "$debian$models/small"
    inside deeper convert builtin --output "$models/small/model.onnx"
    chmod 644 "$debian$models/small/model.onnx"
}

check_server() {
    local command server address log=$work/server.log
    write_model
    : >"$log"
    command=$(sed -n 's/^ExecStart=//p' "$debian/lib/systemd/system/deeper.service")
    # Started directly: a function would run in a process between this one and the server.
    # shellcheck disable=SC2086
    chroot --userspec=65534:65534 "$debian" env -i DEEPER_PORT=0 DEEPER_GRPC_PORT=0 $command 2>"$log" &
    server=$!
    # shellcheck disable=SC2064
    trap "kill -KILL $server 2>/dev/null || true; cat $log" EXIT
    address=$(address_in "$log")
    ask "$address" /v2/health/ready | grep '"ready":true'
    ask "$address" /v2/models | grep '"small"'
    kill -TERM "$server"
    wait "$server"
}

check_manuals() {
    local name
    inside deeper --help | sed -nE '/^SUBCOMMANDS:/,/^$/ s/^  ([a-z]+) .*/deeper-\1/p' >"$work/subcommands"
    [[ -s $work/subcommands ]]
    for name in deeper deeper-server $(cat "$work/subcommands"); do
        inside man -w "$name"
    done
    inside man deeper-classify | grep -e --preset
}

check_completions() {
    local name
    for name in deeper deeper-server; do
        inside bash -n "/usr/share/bash-completion/completions/$name"
        inside zsh -n "/usr/share/zsh/vendor-completions/_$name"
        inside fish -n "/usr/share/fish/vendor_completions.d/$name.fish"
    done
}

# Boots the root as a container without a network, which runs the script and then ends with its exit code.
check_unit() {
    install -m 755 "$root/packaging/debian/try-unit.sh" "$debian/root/try-unit.sh"
    rm -r "$debian${models%/models}"
    cp "$package" "$debian/root/deeper.deb"
    inside deeper convert builtin --output /root/model.onnx
    umount "$debian/proc"
    systemd-nspawn --quiet --register=no --keep-unit --timezone=off --private-network --directory "$debian" --boot \
        systemd.run=/root/try-unit.sh systemd.show_status=no \
        systemd.run_success_action=exit systemd.run_failure_action=exit
    mount -t proc proc "$debian/proc"
}

check_security() {
    inside systemd-analyze security --no-pager --offline=yes --threshold=20 deeper.service | tee "$work/security"
}

check_cmake() {
    cp -r "$root/Examples/cpp" "$debian/tmp/cpp"
    inside cmake -S /tmp/cpp -B /tmp/cpp/build
    inside cmake --build /tmp/cpp/build
    write_model
    echo /tmp/pictures/RGB.jpeg |
        inside /tmp/cpp/build/classify_service "$models/small/model.onnx" inception-cifar10 2 | grep RGB.jpeg
}

check_pkg_config() {
    cat >"$debian/tmp/version.cpp" <<'END'
#include <deeper.h>
int main() { return deeper_abi_version() == DEEPER_ABI_VERSION ? 0 : 1; }
END
    # shellcheck disable=SC2016
    inside sh -c 'g++ -o /tmp/version /tmp/version.cpp $(pkg-config --cflags --libs deeper) && /tmp/version'
    [[ $(inside pkg-config --modversion deeper) == "$(deeper_version)" ]]
}
