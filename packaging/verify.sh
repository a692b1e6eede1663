#!/usr/bin/env bash
# Holds what packaging/build.sh wrote for a target against itself: every hash, every part that the binary says it was
# made of against the list beside it (SBOM), and that no path of the machine that built it is in the binary.
#
#   packaging/verify.sh armv7-unknown-linux-musleabihf
set -euo pipefail
cd "$(dirname "$0")/.."
[[ $# -eq 1 ]] || { sed -n '2,6s/^# \{0,1\}//p' "$0" >&2; exit 2; }
target=$1
out=target/package
binary=${CARGO_TARGET_DIR:-target}/$target/release/lotgate

(cd "$out" && sha256sum --check --quiet --strict SHA256SUMS)

python3 - "$binary" "$out"/lotgate-*-"$target".cdx.json <<'PYTHON'
import json, re, sys, zlib

binary, listed = open(sys.argv[1], "rb").read(), json.load(open(sys.argv[2]))

# cargo-auditable's list is JSON in a section of its own, compressed. It is the one stream in there that is just that.
parts = None
for at in (m.start() for m in re.finditer(rb"\x78[\x01\x5e\x9c\xda]", binary)):
    try:
        parts = json.loads(zlib.decompressobj().decompress(binary[at:]))["packages"]
        break
    except (zlib.error, ValueError, KeyError, TypeError):
        continue
if parts is None:
    sys.exit("the binary does not say what it was made of: built without cargo-auditable")

inside = {(p["name"], p["version"]) for p in parts if p.get("kind") != "build" and not p.get("root")}
beside = {(p["name"], p["version"]) for p in listed["components"]}
missing = sorted(inside - beside)
if missing:
    sys.exit(f"in the binary and not in the list: {missing}")
print(f"{len(inside)} parts in the binary, all of them in the list of {len(beside)}")
PYTHON

for path in "$PWD" "${CARGO_HOME:-$HOME/.cargo}"; do
  if grep -aqF -- "$path/" "$binary"; then
    echo "packaging/verify.sh: $path is in $binary" >&2
    exit 1
  fi
done
