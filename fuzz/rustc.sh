#!/usr/bin/env bash
# The compiler as fuzz/run.sh has cargo call it (RUSTC_WRAPPER): our own library has its branches counted, so that the
# fuzzer sees what an input reached; everything else is built as ever.
set -euo pipefail
case " $* " in
  *" --crate-name lotgate "*)
    set -- "$@" --cfg fuzzing --check-cfg 'cfg(fuzzing)' -Cpasses=sancov-module
    for option in level=4 inline-8bit-counters pc-table trace-compares; do
      set -- "$@" "-Cllvm-args=-sanitizer-coverage-$option"
    done
    ;;
esac
exec "$@"
