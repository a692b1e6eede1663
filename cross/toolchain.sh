#!/usr/bin/env bash
# Makes this Debian machine able to build static binaries for boxes with cross/build.sh. Prints what to set:
#
#   eval "$(cross/toolchain.sh)" && cross/build.sh armv7-unknown-linux-musleabihf
#
# zig (from PyPI) compiles C and links. Where rustup can fetch the targets, its standard library is used;
# where it cannot, Debian's newest rustc with its library sources, and the standard library is built along: good for
# trying, not for what is given away, since Debian keeps no older one (cross/tools.txt pins all else).
# Installed once, under TOOLCHAIN (~/.cache/lotgate-toolchain when unset).
set -euo pipefail
cd "$(dirname "$0")/.."

home=${TOOLCHAIN:-${XDG_CACHE_HOME:-$HOME/.cache}/lotgate-toolchain}
targets=(armv7-unknown-linux-musleabihf aarch64-unknown-linux-musl x86_64-unknown-linux-musl)
mkdir -p "$home"

note() { echo "cross/toolchain.sh: $*" >&2; }

install_zig() {
  # Another version than the one asked for is replaced.
  [[ $("$home/python/bin/pip" list --format=freeze 2>/dev/null) == *"ziglang==$(cross/tool.sh version ziglang)"* &&
    -x $home/python/bin/cargo-zigbuild ]] && return
  note "zig and cargo-zigbuild from PyPI"
  python3 -m venv "$home/python" 2>/dev/null || {
    apt-get install -qy --no-install-recommends python3-venv >&2
    python3 -m venv "$home/python"
  }
  "$home/python/bin/pip" install --quiet "cargo-zigbuild==$(cross/tool.sh version cargo-zigbuild)" \
    "ziglang==$(cross/tool.sh version ziglang)" >&2
}

# Debian packages its newest compiler for browsers apart from its old default one.
install_debian_rustc() {
  [[ -x $home/rustc ]] && return
  apt-get update -qq >&2
  local version release llvm
  version=$(apt-cache madison rustc-web | awk '{print $3; exit}')
  [[ -n $version ]] || { note "neither rustup nor Debian has a compiler for these targets"; return 1; }
  release=$(cut -d. -f1,2 <<<"$version")
  llvm=$(apt-cache depends "libstd-rust-web-$release" | awk '/Depends: libllvm/ {print $2; exit}')
  note "Debian's rustc $version and its library sources"
  apt-get install -qy --no-install-recommends "$llvm" >&2
  local folder
  folder=$(mktemp -d)
  (cd "$folder" && apt-get download -qq "rustc-web=$version" "libstd-rust-web-$release=$version" \
    "libstd-rust-web-dev=$version" "rust-web-src=$version" >&2)
  local package
  for package in "$folder"/*.deb; do dpkg-deb --extract "$package" "$home/debian"; done
  rm -r "$folder"
  printf '#!/bin/sh\nexport LD_LIBRARY_PATH=%s\nexec %s "$@"\n' \
    "$home/debian/usr/lib/x86_64-linux-gnu" "$home/debian/usr/bin/rustc" >"$home/rustc"
  chmod +x "$home/rustc"
}

install_zig
echo "export PATH='$home/python/bin':\$PATH"
if timeout 60 rustup target add "${targets[@]}" >/dev/null 2>&1; then
  echo "export CROSS_CARGO='cargo zigbuild'"
else
  install_debian_rustc
  echo "export RUSTC='$home/rustc' RUSTC_BOOTSTRAP=1"
  echo "export CROSS_CARGO='cargo zigbuild -Z build-std=std,panic_abort'"
fi
