#!/usr/bin/env bash
# Fuzzes each target, or those that are named, for so many seconds, two at a time:
#
#   fuzz/run.sh 20
#   fuzz/run.sh 600 modbus qianyi
#   fuzz/run.sh build                              # builds them and does no more
#   TMPDIR=/dev/shm fuzz/run.sh 600 engine_input   # writes a database each time
#
# Begins with fuzz/seeds/TARGET; what is found beyond stays in fuzz/corpus/TARGET, what breaks a target goes to
# fuzz/artifacts/TARGET. Needs neither nightly nor cargo-fuzz: branches are counted by a pass of LLVM that the stable
# compiler has, too (fuzz/rustc.sh). Sanitizers, which it lacks, find little in a crate that forbids unsafe code; with
# nightly: `cargo +nightly fuzz run TARGET fuzz/corpus/TARGET fuzz/seeds/TARGET`.
set -euo pipefail
cd "$(dirname "$0")/.."

seconds=${1:?how many seconds}
shift
targets=("$@")
if ((${#targets[@]} == 0)); then
  for file in fuzz/fuzz_targets/*.rs; do targets+=("$(basename "$file" .rs)"); done
fi

out=${CARGO_TARGET_DIR:-target}
# Unoptimized (FUZZ_OPTIMIZED=0) our library is built in a third of the time, and tries a fifth of the inputs.
RUSTC_WRAPPER=$PWD/fuzz/rustc.sh cargo build --locked --manifest-path fuzz/Cargo.toml --target-dir "$out" \
  --config "profile.dev.package.lotgate.opt-level=${FUZZ_OPTIMIZED:-1}"
[[ $seconds != build ]] || exit 0

fuzz() {
  local target=$1 log=$out/fuzz/$1.log
  local corpus=("fuzz/corpus/$target" "fuzz/seeds/$target")
  # Annex D as printed is what the platform sends.
  case $target in platform_*) corpus+=(tests/fixtures/standard) ;; esac
  local kept=()
  for folder in "${corpus[@]}"; do [[ -d $folder ]] && kept+=("$folder"); done
  mkdir -p "fuzz/artifacts/$target"
  if "$out/debug/$target" "${kept[@]}" -max_total_time="$seconds" -timeout=10 -rss_limit_mb=2048 \
    -artifact_prefix="fuzz/artifacts/$target/" >"$log" 2>&1; then
    printf '%-18s %s\n' "$target" "$(grep -E '^#[0-9]+[[:space:]]+DONE' "$log" | tail -1 | tr '\t' ' ')"
  else
    tail -n 40 "$log" >&2
    echo "$target: broken, see fuzz/artifacts/$target/" >&2
    return 1
  fi
}
export -f fuzz
export seconds out
mkdir -p "$out/fuzz"
for target in "${targets[@]}"; do mkdir -p "fuzz/corpus/$target"; done
printf '%s\n' "${targets[@]}" | xargs -P 2 -I {} bash -euo pipefail -c 'fuzz {}'
