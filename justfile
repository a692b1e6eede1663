# The daily commands: `just` lists them, `just ci` is all that must hold before a change lands.
# They take what is there; `.ci/run` installs on a fresh machine what they need.

set shell := ["bash", "-euo", "pipefail", "-c"]

arm := "armv7-unknown-linux-musleabihf"
# The largest binary a box takes.
arm_bound := "14000000"
target := env("CARGO_TARGET_DIR", "target")

_list:
    @just --list --unsorted

# Formatting.
fmt:
    cargo fmt --check
    # The makes are declared by a macro, which rustfmt does not look into.
    rustfmt --edition 2024 --check $(find src/devices/cameras/makes -name '*.rs')

# Lints, for all there is, for a box, and for a box without self-test.
lint:
    cargo clippy --locked --all-targets -- -D warnings
    cargo clippy --locked --no-default-features -- -D warnings
    cargo clippy --locked --no-default-features --features self-test -- -D warnings

# All tests, the doc tests among them.
test *args:
    cargo test --locked {{ args }}

# The fast ones: the rules, without a network.
rules *args:
    cargo test --locked --lib --test rules {{ args }}

# The slow ones: the real binary against a broker, TLS, wires and a strict platform.
wire *args:
    cargo test --locked $(for file in tests/*.rs; do echo --test "$(basename "$file" .rs)"; done) {{ args }}

# Addresses in the command line's help are for terminals, not for rustdoc.

# The documentation, private items too; a broken link is an error.
doc:
    RUSTDOCFLAGS="-D warnings -A rustdoc::bare-urls" cargo doc --locked --no-deps --document-private-items

# A lot under attack: `just campaign` for an hour, `just campaign 600 42` for ten minutes by the seed 42. `LOTGATE_UNDER_TEST`
# names another binary, such as a release build's.

# Random faults for so long, and a table of what became of them.
campaign seconds="3600" seed="":
    LOTGATE_CAMPAIGN_SECONDS={{ seconds }} LOTGATE_SEED={{ seed }} \
      cargo test --locked --test campaign -- --nocapture every_read

# A whole lot at work.
demo time="15s":
    cargo run --locked -- demo --for {{ time }}

# Licences, sources and banned crates; advisories, too, where their database can be reached.
deny:
    cargo deny check --hide-inclusion-graph bans licenses sources
    @if cargo deny fetch db 2>/dev/null; then cargo deny check advisories; \
      else echo "the advisories' database cannot be reached: not checked"; fi

# Every decoder of bytes from outside fuzzed: `just fuzz`, `just fuzz 600 modbus qianyi`.
fuzz seconds="10" *targets:
    fuzz/run.sh {{ seconds }} {{ targets }}

# The last lines run the end-to-end tests and the bench of waiting reads with the emulated binary. Serial ports stay out of
# it: the emulator lacks the call that sets their speed (TCSETS2); the tests of this machine have them.

# The box's binary: its size against the bound, then at work, emulated.
arm:
    eval "$(cross/toolchain.sh)"; cross/build.sh {{ arm }}
    @size=$(stat -c %s {{ target }}/{{ arm }}/release/lotgate); \
      echo "armv7: $size bytes, $((size * 100 / {{ arm_bound }})) % of the {{ arm_bound }} a box takes"; \
      ((size <= {{ arm_bound }}))
    {{ emulated }} --version
    {{ emulated }} check --config config.example.toml
    {{ emulated }} doctor --self-test --config config.example.toml
    LOTGATE_UNDER_TEST="{{ emulated }}" cargo test --locked --test main_job --test outage --test booth
    LOTGATE_UNDER_TEST="{{ emulated }}" cargo bench --locked --profile counted --bench end_to_end -- quick backlog

emulated := "qemu-arm-static " + target / arm / "release/lotgate"

# The package for the box, from what `just arm` built, and what stands beside it.
deb:
    SKIP_BUILD=1 packaging/build.sh {{ arm }}
    packaging/verify.sh {{ arm }}
    lintian --fail-on error target/package/*_armhf.deb
    # Made once more they are the same bytes.
    mv target/package/SHA256SUMS target/first
    SKIP_BUILD=1 packaging/build.sh {{ arm }}
    diff target/first target/package/SHA256SUMS

# Whether two builds of this commit, in two folders, are the same bytes; takes two whole builds.
reproduce:
    eval "$(cross/toolchain.sh)"; packaging/reproduce.sh {{ arm }}

# Figures of the release build, beside those of benches/baseline.json: `just bench`, `just bench drain`.
bench *parts:
    cargo bench --locked --bench end_to_end -- {{ parts }}

# Both are built by the profile `counted`: near the release, without its 20 minutes at the linker.

# How many instructions a read takes, by valgrind; more than a tenth over benches/baseline.json fails.
count:
    cargo bench --locked --profile counted --bench read_path

# The same figures as `just bench` in a few minutes; what is several times worse than this machine's disk and processor
# let expect fails.
rates:
    cargo bench --locked --profile counted --bench end_to_end -- quick refuse

# Everything that must hold before a change lands.
ci: fmt lint doc test count deny fuzz arm deb
