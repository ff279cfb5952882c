#!/usr/bin/env bash
# swift.sh COMMAND…: runs a command of the Swift toolchain, in the directory it is called in.
#
# A machine that has `swift` uses its own. On a Debian machine, as root, Debian 13's swiftlang is installed beside the
# system, once (about 530 MB to fetch, 2.1 GB on disk), and the command runs inside it. Exit status 69: there is no way.
#
# SWIFT_ROOT   where that installation is (default: below the user's caches)
# SWIFT_SEES   more directories that the command must see, separated by colons; it sees the work tree in any case
set -euo pipefail

if [ -z "${SWIFT_ROOT:-}" ] && command -v swift >/dev/null; then exec "$@"; fi
export SWIFT_ROOT=${SWIFT_ROOT:-${XDG_CACHE_HOME:-$HOME/.cache}/jumpcloud-client/swift}
ready=$SWIFT_ROOT/.ready-1

install() {
  if [ ! -e /etc/debian_version ] || [ ! -e /usr/share/keyrings/debian-archive-keyring.gpg ] || [ "$(id -u)" != 0 ]; then
    echo "no swift here, and Debian's can only be installed beside a Debian system by root: see swift.org/install" >&2
    exit 69
  fi
  export DEBIAN_FRONTEND=noninteractive
  command -v debootstrap >/dev/null || {
    # Another installation may be under way on the machine.
    apt-get update -qq -o DPkg::Lock::Timeout=600
    apt-get install -y -qq --no-install-recommends -o DPkg::Lock::Timeout=600 debootstrap >/dev/null
  }
  # The archive that this machine uses already; debootstrap knows one where there is none.
  local archive
  archive=$(sed -n 's/^URIs: *//p' /etc/apt/sources.list.d/debian.sources 2>/dev/null | head -n 1)
  # Deleting goes through bind mounts. There are none: `run` mounts in a namespace of its own, which ends with the command.
  if findmnt -rn -o TARGET | grep -q "^$SWIFT_ROOT/"; then echo "something is mounted below $SWIFT_ROOT" >&2; exit 1; fi
  rm -rf --one-file-system "$SWIFT_ROOT"
  mkdir -p "$SWIFT_ROOT"
  debootstrap --variant=minbase trixie "$SWIFT_ROOT" ${archive:+"$archive"} >&2
  # No manuals, debuggers and editor services; no fsync for every file.
  printf '%s\n' force-unsafe-io path-exclude=/usr/share/{doc,man,locale}/'*' \
    path-exclude=/usr/libexec/swift/bin/{lldb'*',clangd,sourcekit-lsp} 'path-exclude=/usr/libexec/swift/lib/liblldb*' \
    >"$SWIFT_ROOT/etc/dpkg/dpkg.cfg.d/slim"
  cp /etc/resolv.conf "$SWIFT_ROOT/etc/resolv.conf"
  chroot "$SWIFT_ROOT" apt-get update -qq >&2
  # libc6-dev is only recommended by swiftlang, and nothing compiles without it.
  chroot "$SWIFT_ROOT" apt-get install -y -qq --no-install-recommends -o Acquire::Retries=5 -o Dpkg::Use-Pty=0 \
    swiftlang libc6-dev ca-certificates >&2
  chroot "$SWIFT_ROOT" apt-get clean
  rm -rf "$SWIFT_ROOT"/var/lib/apt/lists/*
  touch "$ready"
}

# One installation at a time; whoever waited finds it done.
if [ ! -e "$ready" ]; then
  mkdir -p "$(dirname "$SWIFT_ROOT")"
  exec 9>"$SWIFT_ROOT.lock"
  flock 9
  [ -e "$ready" ] || install
  exec 9>&-
fi

sees=$(git rev-parse --show-toplevel 2>/dev/null || pwd)
export SWIFT_SEES=$sees${SWIFT_SEES:+:$SWIFT_SEES}
# shellcheck disable=SC2016  # expanded by the inner shell
exec unshare --mount --propagation private -- bash -c '
  set -euo pipefail
  for folder in /proc /sys /dev; do mount --rbind "$folder" "$SWIFT_ROOT$folder"; done
  IFS=: read -ra sees <<<"$SWIFT_SEES"
  for folder in "${sees[@]}"; do
    mkdir -p "$folder" "$SWIFT_ROOT$folder"
    mount --rbind "$folder" "$SWIFT_ROOT$folder"
  done
  kept=()
  while read -r name; do kept+=("$name=${!name}"); done < <(compgen -e | grep -E "^(CI|JUMPCLOUD_.*)$" || true)
  exec chroot "$SWIFT_ROOT" env -i "${kept[@]}" HOME=/root LANG=C.UTF-8 TERM=dumb \
    PATH=/usr/libexec/swift/bin:/usr/sbin:/usr/bin:/sbin:/bin bash -c "cd \"\$0\" && exec \"\$@\"" "$PWD" "$@"
' swift.sh "$@"
