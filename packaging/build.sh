#!/usr/bin/env bash
# Builds a .deb and a tarball for each target, with what a user needs to trust them beside each: the list of its parts
# (SBOM, CycloneDX), how it was built, and SHA256SUMS over all.
#
#   packaging/build.sh armv7-unknown-linux-musleabihf aarch64-unknown-linux-musl x86_64-unknown-linux-musl
#
# Needs what cross/build.sh needs, and cargo-auditable, cargo-cyclonedx and cargo-deb (cross/tool.sh install …).
# SKIP_BUILD=1 takes binaries that are there. Packages end in target/package/, the same bytes for the same binary: their
# moment is SOURCE_DATE_EPOCH, by default that of the commit.
set -euo pipefail
cd "$(dirname "$0")/.."
[[ $# -gt 0 ]] || { sed -n '2,10s/^# \{0,1\}//p' "$0" >&2; exit 2; }

SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH:-$(git log -1 --format=%ct)}
export SOURCE_DATE_EPOCH
umask 022

out=target/package
rm -rf "$out"
mkdir -p "$out"
# The man page and completions come from the command line itself: a build for this machine writes them.
env -u RUSTC -u RUSTC_BOOTSTRAP cargo run --locked --quiet -- package-files "$out"
version=$(sed -n 's/^version = "\(.*\)"/\1/p' Cargo.toml | head -1)

# What the binary is made of: the crates that its target and features bring, with licences and hashes.
parts() {
  local target=$1 into=$2
  env -u RUSTC -u RUSTC_BOOTSTRAP cargo cyclonedx --quiet --format json --spec-version 1.5 --describe binaries \
    --no-default-features --features self-test --target "$target" --no-build-deps
  # Written beside Cargo.toml, and named by where that lies.
  sed "s#file://$PWD#file:///lotgate#" lotgate_bin.cdx.json >"$into"
  rm lotgate_bin.cdx.json
}

# With what and from what it was built.
origin() {
  local target=$1
  echo "lotgate $version for $target"
  echo "commit $(git rev-parse HEAD)$([[ -z $(git status --porcelain) ]] || echo ', with changes that are not committed')"
  echo "SOURCE_DATE_EPOCH $SOURCE_DATE_EPOCH"
  cat "${CARGO_TARGET_DIR:-target}/$target/release/lotgate.rustc"
  grep -v '^#' cross/tools.txt
}

for target in "$@"; do
  [[ -n ${SKIP_BUILD:-} ]] || cross/build.sh "$target"
  cargo deb --no-build --no-strip --target "$target" --output "$out/"
  folder=lotgate-$version-$target
  mkdir -p "$out/$folder"
  cp "${CARGO_TARGET_DIR:-target}/$target/release/lotgate" packaging/config.toml packaging/install.sh systemd/lotgate.service \
    systemd/lotgate@.service packaging/60-lotgate-serial.rules packaging/mosquitto-lotgate.conf config.example.toml LICENSE CHANGELOG.md \
    "$out"/lotgate*.1 "$out/lotgate.bash" "$out/$folder/"
  tar -C "$out" --sort=name --mtime="@$SOURCE_DATE_EPOCH" --owner=0 --group=0 --numeric-owner -cf - "$folder" |
    gzip -n9 >"$out/$folder.tar.gz"
  rm -rf "${out:?}/$folder"
  parts "$target" "$out/$folder.cdx.json"
  origin "$target" >"$out/$folder.buildinfo"
done
(cd "$out" && sha256sum -- *.deb *.tar.gz *.cdx.json *.buildinfo >SHA256SUMS)
ls -l "$out"/*.deb "$out"/*.tar.gz
