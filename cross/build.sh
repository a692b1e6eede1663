#!/usr/bin/env bash
# Builds static binaries for controller boxes, without the simulators, and says how large they are:
#
#   cross/build.sh armv7-unknown-linux-musleabihf aarch64-unknown-linux-musl x86_64-unknown-linux-musl
#
# Takes what is there, in this order:
#   1. a command in CROSS_CARGO or ARM_CARGO that builds like `cargo build` (with whatever the environment
#      sets for it);
#   2. a rustup target and `cargo zigbuild` (rustup target add …; pip install cargo-zigbuild ziglang);
#   3. `cross` with the Cross.toml beside the project.
# Where cargo-auditable is installed, the binary carries the list of the crates it was made of. No path of this machine
# is in it, so the same commit and tools give the same bytes wherever it is built.
# FEATURES=sim builds the simulators in (for tests under emulation); boxes get FEATURES=self-test. Binaries end in
# target/TARGET/release/lotgate, or below CARGO_TARGET_DIR.
set -euo pipefail
cd "$(dirname "$0")/.."

[[ $# -gt 0 ]] || { sed -n '2,16s/^# \{0,1\}//p' "$0" >&2; exit 2; }

builder() {
  local target=$1
  if [[ -n ${CROSS_CARGO:-${ARM_CARGO:-}} ]]; then
    echo "${CROSS_CARGO:-$ARM_CARGO}"
  elif rustup target list --installed 2>/dev/null | grep -qx "$target" && cargo zigbuild --version >/dev/null 2>&1; then
    echo "cargo zigbuild"
  elif command -v cross >/dev/null 2>&1; then
    echo "cross build"
  else
    echo "cross/build.sh: nothing here builds for $target; see the head of this script" >&2
    return 1
  fi
}

# What a path of this machine is called in the binary.
remapped() {
  printf -- '--remap-path-prefix=%s=%s ' "$PWD" /lotgate "${CARGO_HOME:-$HOME/.cargo}" /cargo \
    "$("${RUSTC:-rustc}" --print sysroot)" /rust
}

# What a target's code is made of, besides: in Thumb-2 all that an ARMv7 box runs is a quarter smaller. The compiler warns
# that it may call this feature otherwise one day.
made_of() {
  [[ $1 != armv7-* ]] || printf -- '-C target-feature=+thumb-mode '
}

for target in "$@"; do
  build=$(builder "$target")
  if cargo auditable --version >/dev/null 2>&1; then build=${build/cargo /cargo auditable }; fi
  flags=CARGO_TARGET_$(tr a-z- A-Z_ <<<"$target")_RUSTFLAGS
  export "$flags=${!flags:-$(made_of "$target")$(remapped)}"
  if [[ $build == *build-std* ]]; then
    # The C library comes with the linker; Rust's own start files would be there twice.
    export "$flags=${!flags} -C link-self-contained=no"
  fi
  # shellcheck disable=SC2086 # a command and its words
  $build --locked --release --no-default-features --features "${FEATURES:-self-test}" --target "$target"
  binary=${CARGO_TARGET_DIR:-target}/$target/release/lotgate
  # With what it was built, for whoever packs it.
  "${RUSTC:-rustc}" --version --verbose >"$binary.rustc"
  printf '%s  %s bytes\n' "$binary" "$(stat -c %s "$binary")"
done
