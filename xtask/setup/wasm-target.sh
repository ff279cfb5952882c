#!/usr/bin/env bash
# Gives the installed rustc its standard library for wasm32-unknown-unknown.
# `rustup target add` does it where rustup's server can be reached. Elsewhere the library is built from the sources
# of this very rustc version in Debian's package rust-src, and put where rustup would have put it.
set -euo pipefail
target=wasm32-unknown-unknown
rustlib=$(rustc --print target-libdir --target "$target")
version=$(rustc --version --verbose | sed -n 's/^release: //p')
commit=$(rustc --version --verbose | sed -n 's/^commit-hash: //p')
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

works() {
    echo 'pub fn f() -> String { format!("{}", 1) }' >"$scratch/try.rs"
    rustc --edition 2024 --target "$target" --crate-type rlib -o "$scratch/try.rlib" "$scratch/try.rs" 2>/dev/null
}

if works; then exit 0; fi
if timeout 60 rustup target add "$target" 2>/dev/null && works; then exit 0; fi

echo "building the standard library $version for $target" >&2
archive=$(sed -n 's/^URIs: *//p' /etc/apt/sources.list.d/debian.sources | head -n 1)
for suite in trixie-backports sid forky trixie bookworm-backports; do
    # Of the packages of a suite, the rust-src whose upstream version is ours: its file and checksum.
    entry=$(curl -fsS --retry 3 "$archive/dists/$suite/main/binary-amd64/Packages.xz" | xz -dc |
        awk -v want="$version" 'BEGIN { RS = ""; FS = "\n" }
            $1 == "Package: rust-src" {
                file = sum = found = ""
                for (i = 1; i <= NF; i++) {
                    if ($i ~ "^Version: " want "[+~-]") found = 1
                    if ($i ~ /^Filename: /) file = substr($i, 11)
                    if ($i ~ /^SHA256: /) sum = substr($i, 9)
                }
                if (found) print sum, file
            }' | tail -n 1) || entry=
    if [ -n "$entry" ]; then break; fi
done
if [ -z "${entry:-}" ]; then
    echo "Debian has no rust-src $version: run 'rustup target add $target' on a machine that reaches rustup's server" >&2
    exit 1
fi
curl -fsS --retry 3 -o "$scratch/rust-src.deb" "$archive/${entry#* }"
echo "${entry%% *}  $scratch/rust-src.deb" | sha256sum --check --quiet -
mkdir "$scratch/source"
dpkg-deb --fsys-tarfile "$scratch/rust-src.deb" |
    tar -x -C "$scratch/source" --strip-components=4 --wildcards "./usr/src/rustc-$version/library/*"
library=$scratch/source/library
(
    cd "$library"
    # As rustc's own build does: unstable features for std only, and the profile of the std it ships.
    export RUSTC_BOOTSTRAP=1 __CARGO_DEFAULT_LIB_METADATA=stablestd CARGO_INCREMENTAL=0 CARGO_PROFILE_DIST_DEBUG=0
    export CARGO_TARGET_DIR=$scratch/build
    export RUSTFLAGS="-Zforce-unstable-if-unmarked --remap-path-prefix=$library=/rustc/$commit/library"
    cargo build --quiet --manifest-path sysroot/Cargo.toml --package sysroot --profile dist --target "$target"
)
mkdir -p "$rustlib"
find "$scratch/build/$target/dist/deps" -name 'lib*.rlib' ! -name 'libsysroot-*' -exec cp {} "$rustlib/" \;
works || { echo "the built standard library does not work" >&2; exit 1; }
