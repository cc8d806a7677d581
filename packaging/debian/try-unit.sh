#!/usr/bin/env bash
# Starts, reloads and stops deeper.service, then upgrades and removes its package. check.sh runs this in a container in
# which systemd runs.
#
# usage: try-unit.sh
#
# Needs /root/model.onnx and the installed package as /root/deeper.deb. The folder for models must be empty.
set -euo pipefail
readonly models=/var/lib/deeper/models

ask() {
    local answer
    exec 3<>/dev/tcp/127.0.0.1/8080
    printf 'GET %s HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n' "$1" >&3
    answer=$(cat <&3)
    echo "${answer##*$'\n'}"
}

# until_answer PATH TEXT
until_answer() {
    for _ in {1..100}; do
        if ask "$1" 2>/dev/null | grep -F "$2"; then return; fi
        sleep 0.2
    done
    echo "no answer to $1 has $2" >&2
    return 1
}

trap 'journalctl --no-pager --unit deeper.service' ERR

[[ $(systemctl is-enabled deeper) == disabled ]]
[[ $(systemctl is-active deeper) == inactive ]]
systemctl start deeper
until_answer /v2/health/ready '"ready":true'
until_answer /v2/models '"models":[]'

install -D -m 644 /root/model.onnx "$models/small/model.onnx"
systemctl reload deeper
until_answer /v2/models '"small"'

pid=$(systemctl show --property MainPID --value deeper)
grep -x 'CapEff:	0000000000000000' "/proc/$pid/status"
grep -x 'NoNewPrivs:	1' "/proc/$pid/status"
[[ $(stat --format=%u "/proc/$pid") != 0 ]]
# The service cannot write its models.
if nsenter --target "$pid" --mount touch "$models/small/new"; then exit 1; fi

systemctl stop deeper
[[ $(systemctl show --property Result --value deeper) == success ]]

# An upgrade does not start a stopped server and restarts a running one; removal stops it.
dpkg --install /root/deeper.deb
[[ $(systemctl is-active deeper) == inactive ]]
systemctl start deeper
pid=$(systemctl show --property MainPID --value deeper)
dpkg --install /root/deeper.deb
until_answer /v2/models '"small"'
[[ $(systemctl show --property MainPID --value deeper) != "$pid" ]]
dpkg --remove deeper
if grep -l deeper /proc/[0-9]*/comm; then exit 1; fi
