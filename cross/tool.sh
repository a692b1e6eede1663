#!/usr/bin/env bash
# Which version of a tool this project is built with (cross/tools.txt), and the crates among them put in place:
#
#   cross/tool.sh version ziglang            prints 0.17.1
#   cross/tool.sh install cargo-auditable    has just that version afterwards; does nothing where it is there
set -euo pipefail
list=$(dirname "$0")/tools.txt

version() {
  awk -v tool="$1" '$1 == tool { print $2; found = 1 } END { exit !found }' "$list" ||
    { echo "cross/tool.sh: $1 is not in cross/tools.txt" >&2; return 1; }
}

install() {
  local wanted there
  wanted=$(version "$1")
  there=$(cargo install --list | awk -v tool="$1" '$1 == tool { sub(/^v/, "", $2); sub(/:$/, "", $2); print $2 }')
  [[ $there == "$wanted" ]] && return
  # Built quickly rather than to be quick.
  CARGO_PROFILE_RELEASE_LTO=off CARGO_PROFILE_RELEASE_CODEGEN_UNITS=16 CARGO_PROFILE_RELEASE_OPT_LEVEL=1 \
    env -u RUSTC -u RUSTC_BOOTSTRAP -u CARGO_TARGET_DIR cargo install --quiet --locked --force "$1@$wanted"
}

case ${1:-} in
  version | install) [[ $# -eq 2 ]] && { "$1" "$2"; exit; } ;;
esac
sed -n '2,5s/^# \{0,1\}//p' "$0" >&2
exit 2
