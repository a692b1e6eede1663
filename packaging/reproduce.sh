#!/usr/bin/env bash
# Builds the committed state twice, in two folders of other names, and compares the binaries byte by byte:
#
#   eval "$(cross/toolchain.sh)" && packaging/reproduce.sh armv7-unknown-linux-musleabihf
set -euo pipefail
cd "$(dirname "$0")/.."
[[ $# -eq 1 ]] || { sed -n '2,4s/^# \{0,1\}//p' "$0" >&2; exit 2; }

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
for name in one another-of-two; do
  git archive --prefix="$name/" HEAD | tar -C "$folder" -xf -
  (cd "$folder/$name" && env -u CARGO_TARGET_DIR cross/build.sh "$1")
done
sha256sum "$folder"/*/target/"$1"/release/lotgate
cmp "$folder"/*/target/"$1"/release/lotgate
echo "the same bytes"
