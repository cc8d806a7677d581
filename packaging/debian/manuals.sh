#!/usr/bin/env bash
# Writes manual pages for deeper, each of its subcommands and deeper-server from the output of --help.
#
# usage: packaging/debian/manuals.sh COMMAND SERVER OUTPUT_FOLDER
#
# Needs help2man. The date of the pages is SOURCE_DATE_EPOCH.
set -euo pipefail
# shellcheck source=packaging/common.sh
source "$(dirname "${BASH_SOURCE[0]}")/../common.sh"

if (($# != 3)); then
    echo 'usage: packaging/debian/manuals.sh COMMAND SERVER OUTPUT_FOLDER' >&2
    exit 64
fi
need_files "$1" "$2"
need_tools help2man
readonly command=$1 server=$2 output=$3
version=$(deeper_version)
wrappers=$(mktemp -d)
trap 'rm -rf "$wrappers"' EXIT

# Converts the help of swift-argument-parser to the form that help2man expects: the usage before the description, and at
# least two spaces between an option and its description, also if the option fills its column.
reorder_help() {
    sed -E -e 's/^OVERVIEW: //' -e '/^(USAGE|ARGUMENTS|OPTIONS|SUBCOMMANDS):/ s/^(.)([A-Z]+)/\1\L\2/' \
        -e 's/^(  -.{22}) ([^ <])/\1  \2/' -e 's/^  See /See /' |
        awk '/^Usage:/ { usage = $0; next } { rest = rest $0 "\n" } END { print usage "\n\n" rest }'
}
export -f reorder_help

# The subcommands that the command lists.
subcommands() {
    "$command" --help | sed -nE '/^SUBCOMMANDS:/,/^$/ s/^  ([a-z]+) .*/\1/p'
}

# The first paragraph of the help as one line for the NAME section, without its full stop.
summary() {
    "$@" --help | sed -n '1,/^$/p' | sed -e '1s/^OVERVIEW: //' | tr '\n' ' ' | sed -E 's/\.? *$//; s/^(.)/\L\1/'
}

# write_page NAME SEE_ALSO COMMAND...
write_page() {
    local name=$1 line
    printf '[SEE ALSO]\n%s\n' "$2" >"$wrappers/$name.include"
    shift 2
    printf -v line '%q ' "$@"
    # help2man names a page after the program that it runs.
    printf '#!/usr/bin/env bash\n%s--help | reorder_help\n' "$line" >"$wrappers/$name"
    chmod 755 "$wrappers/$name"
    help2man --no-info --no-discard-stderr --version-string "$version" --source "deeper $version" \
        --include "$wrappers/$name.include" --name "$(summary "$@")" --output "$output/$name.1" "$wrappers/$name"
}

mkdir -p "$output"
mapfile -t names < <(subcommands)
((${#names[@]} > 0)) || fail 70 "$command lists no subcommands"
write_page deeper "$(printf '.BR deeper-%s (1),\n' "${names[@]}" | sed '$ s/,$//')" "$command"
write_page deeper-server '.BR deeper (1)' "$server"
for name in "${names[@]}"; do
    if [[ $name == serve ]]; then
        # `deeper serve` passes all arguments to deeper-server, including --help.
        echo '.so man1/deeper-server.1' >"$output/deeper-serve.1"
    else
        write_page "deeper-$name" '.BR deeper (1)' "$command" "$name"
    fi
done
