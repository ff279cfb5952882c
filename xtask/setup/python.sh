#!/usr/bin/env bash
# python.sh VERSION ARGUMENTS…: runs Python of that version (3.14, …) out of Debian's newest release, in the directory it is
# called in, with the caller's PYTHONPATH and JUMPCLOUD_… variables.
#
# As root on a Debian machine that release is installed beside the system, once (about 100 MB to fetch). Without arguments it
# is only installed, and the versions that it has are printed. Exit status 69: there is no way.
#
# PYTHON_ROOT   where that installation is (default: below the user's caches)
# PYTHON_SEES   more directories that the command must see, separated by colons; it sees the work tree in any case
set -euo pipefail

export PYTHON_ROOT=${PYTHON_ROOT:-${XDG_CACHE_HOME:-$HOME/.cache}/jumpcloud-client/python}
ready=$PYTHON_ROOT/.ready-1

install() {
  if [ ! -e /etc/debian_version ] || [ ! -e /usr/share/keyrings/debian-archive-keyring.gpg ] || [ "$(id -u)" != 0 ]; then
    echo "newer Pythons can only be installed beside a Debian system by root" >&2
    exit 69
  fi
  export DEBIAN_FRONTEND=noninteractive
  command -v debootstrap >/dev/null || {
    # Another installation may be under way on the machine.
    apt-get update -qq -o DPkg::Lock::Timeout=600
    apt-get install -y -qq --no-install-recommends -o DPkg::Lock::Timeout=600 debootstrap >/dev/null
  }
  # The archive this machine already uses.
  local archive
  archive=$(sed -n 's/^URIs: *//p' /etc/apt/sources.list.d/debian.sources 2>/dev/null | head -n 1)
  # Deleting goes through bind mounts. There are none: they are made in a namespace of their own, which ends with the command.
  if findmnt -rn -o TARGET | grep -q "^$PYTHON_ROOT/"; then echo "something is mounted below $PYTHON_ROOT" >&2; exit 1; fi
  rm -rf --one-file-system "$PYTHON_ROOT"
  mkdir -p "$PYTHON_ROOT"
  # Its newest release is the one in which new Pythons come first.
  debootstrap --variant=minbase --include=python3.14,python3.15 sid "$PYTHON_ROOT" \
    ${archive:+"$archive"} >&2
  rm -rf "$PYTHON_ROOT"/var/lib/apt/lists/* "$PYTHON_ROOT"/var/cache/apt/archives/*.deb
  touch "$ready"
}

# One installation at a time; whoever waited finds it done.
if [ ! -e "$ready" ]; then
  mkdir -p "$(dirname "$PYTHON_ROOT")"
  exec 9>"$PYTHON_ROOT.lock"
  flock 9
  [ -e "$ready" ] || install
  exec 9>&-
fi

if [ $# = 0 ]; then
  for program in "$PYTHON_ROOT"/usr/bin/python3.*[0-9]; do echo "${program##*/python}"; done
  exit
fi

sees=$(git rev-parse --show-toplevel 2>/dev/null || pwd)
export PYTHON_SEES=$sees${PYTHON_SEES:+:$PYTHON_SEES}
# shellcheck disable=SC2016  # expanded by the inner shell
exec unshare --mount --propagation private -- bash -c '
  set -euo pipefail
  for folder in /proc /sys /dev; do mount --rbind "$folder" "$PYTHON_ROOT$folder"; done
  IFS=: read -ra sees <<<"$PYTHON_SEES"
  for folder in "${sees[@]}"; do
    mkdir -p "$PYTHON_ROOT$folder"
    mount --rbind "$folder" "$PYTHON_ROOT$folder"
  done
  kept=()
  while read -r name; do kept+=("$name=${!name}"); done < <(compgen -e | grep -E "^(CI|PYTHONPATH|JUMPCLOUD_.*)$" || true)
  exec chroot "$PYTHON_ROOT" env -i "${kept[@]}" HOME=/root LANG=C.UTF-8 PYTHONDONTWRITEBYTECODE=1 \
    PATH=/usr/sbin:/usr/bin:/sbin:/bin bash -c "cd \"\$0\" && exec \"\$@\"" "$PWD" "$@"
' python.sh "python$1" "${@:2}"
