#!/usr/bin/env bash
# swift.sh COMMAND…: runs a command of the Swift toolchain, in the directory it is called in.
#
# A machine that has `swift` uses its own. On a Debian machine, as root, Debian 13's swiftlang is installed beside the
# system, once (about 530 MB to fetch, 2.1 GB on disk), and the command runs inside it. Exit status 69: there is no way.
#
# SWIFT_ROOT   where that installation is, or a new folder for it (default: below the user's caches)
# SWIFT_SEES   the directories that the command must see, separated by colons (default: the one it is called in)
set -euo pipefail
# shellcheck source=xtask/setup/chroot.sh
source "$(dirname "${BASH_SOURCE[0]}")/chroot.sh"

if [ -z "${SWIFT_ROOT:-}" ] && command -v swift >/dev/null; then exec "$@"; fi
SWIFT_ROOT=${SWIFT_ROOT:-${XDG_CACHE_HOME:-$HOME/.cache}/jumpcloud-client/swift}

fill() {
  local root=$1
  # No manuals, debuggers and editor services; no fsync for every file.
  printf '%s\n' force-unsafe-io path-exclude=/usr/share/{doc,man,locale}/'*' \
    path-exclude=/usr/libexec/swift/bin/{lldb'*',clangd,sourcekit-lsp} 'path-exclude=/usr/libexec/swift/lib/liblldb*' \
    >"$root/etc/dpkg/dpkg.cfg.d/slim"
  cp /etc/resolv.conf "$root/etc/resolv.conf"
  chroot "$root" apt-get update -qq >&2
  # libc6-dev is only recommended by swiftlang, and nothing compiles without it.
  chroot "$root" apt-get install -y -qq --no-install-recommends -o Acquire::Retries=5 -o Dpkg::Use-Pty=0 \
    swiftlang libc6-dev ca-certificates >&2
  chroot "$root" apt-get clean
}

if [ ! -e "$SWIFT_ROOT/.ready-1" ]; then
  possible "no swift here, and Debian's"
  set_up "$SWIFT_ROOT" trixie fill
fi
enter "$SWIFT_ROOT" /usr/libexec/swift/bin:/usr/sbin:/usr/bin:/sbin:/bin 'CI|JUMPCLOUD_.*' "${SWIFT_SEES:-$PWD}" "$@"
