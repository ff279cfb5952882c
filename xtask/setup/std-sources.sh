#!/usr/bin/env bash
# Gives the installed rustc the sources of its standard library, from which what is shipped as wasm is built.
# `rustup component add rust-src` does it where rustup's server can be reached. Elsewhere Debian's package rust-src of
# this very rustc version has them; they are put where rustup would have put them.
set -euo pipefail
sources=$(rustc --print sysroot)/lib/rustlib/src/rust
version=$(rustc --version --verbose | sed -n 's/^release: //p')

have() { [ -f "$sources/library/Cargo.lock" ] && [ -f "$sources/library/std/src/lib.rs" ]; }

if have; then exit 0; fi
if timeout 120 rustup component add rust-src 2>/dev/null && have; then exit 0; fi

echo "getting the sources of the standard library $version from Debian" >&2
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
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
    echo "Debian has no rust-src $version: run 'rustup component add rust-src' where rustup's server can be reached" >&2
    exit 1
fi
curl -fsS --retry 3 -o "$scratch/rust-src.deb" "$archive/${entry#* }"
echo "${entry%% *}  $scratch/rust-src.deb" | sha256sum --check --quiet -
mkdir "$scratch/rust"
dpkg-deb --fsys-tarfile "$scratch/rust-src.deb" |
    tar -x -C "$scratch/rust" --strip-components=4 --wildcards "./usr/src/rustc-$version/library/*"
mkdir -p "$sources"
rm -rf "$sources/library"
mv "$scratch/rust/library" "$sources/library"
have || { echo "Debian's package is not what it was" >&2; exit 1; }
