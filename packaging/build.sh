#!/usr/bin/env bash
# Builds a .deb and a tarball for each target:
#
#   packaging/build.sh armv7-unknown-linux-musleabihf aarch64-unknown-linux-musl x86_64-unknown-linux-musl
#
# Needs what cross/build.sh needs, and `cargo install cargo-deb`. SKIP_BUILD=1 takes binaries that are there.
# Packages end in target/package/.
set -euo pipefail
cd "$(dirname "$0")/.."
[[ $# -gt 0 ]] || { sed -n '2,8s/^# \{0,1\}//p' "$0" >&2; exit 2; }

out=target/package
mkdir -p "$out"
# The man page and completions come from the command line itself: a build for this machine writes them.
env -u RUSTC -u RUSTC_BOOTSTRAP cargo run --locked --quiet -- package-files "$out"
version=$(sed -n 's/^version = "\(.*\)"/\1/p' Cargo.toml | head -1)

for target in "$@"; do
  [[ -n ${SKIP_BUILD:-} ]] || cross/build.sh "$target"
  cargo deb --no-build --no-strip --target "$target" --output "$out/"
  folder=lotgate-$version-$target
  rm -rf "${out:?}/$folder"
  mkdir -p "$out/$folder"
  cp "${CARGO_TARGET_DIR:-target}/$target/release/lotgate" packaging/config.toml packaging/install.sh systemd/lotgate.service \
    systemd/lotgate@.service packaging/60-lotgate-serial.rules packaging/mosquitto-lotgate.conf config.example.toml LICENSE CHANGELOG.md \
    "$out"/lotgate*.1 "$out/lotgate.bash" "$out/$folder/"
  tar -C "$out" --owner=0 --group=0 -czf "$out/$folder.tar.gz" "$folder"
  rm -rf "${out:?}/$folder"
done
ls -l "$out"/*.deb "$out"/*.tar.gz
