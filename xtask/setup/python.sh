#!/usr/bin/env bash
# python.sh VERSION ARGUMENTS…: runs Python of that version (3.14, …) out of Debian's newest release, in the directory it is
# called in, with the caller's PYTHONPATH and JUMPCLOUD_… variables.
#
# As root on a Debian machine that release is installed beside the system, once (about 100 MB to fetch). Without arguments it
# is only installed, and the versions that it has are printed. Exit status 69: there is no way.
#
# PYTHON_ROOT   where that installation is, or a new folder for it (default: below the user's caches)
# PYTHON_SEES   the directories that the command must see, separated by colons (default: the one it is called in)
set -euo pipefail
# shellcheck source=xtask/setup/chroot.sh
source "$(dirname "${BASH_SOURCE[0]}")/chroot.sh"

PYTHON_ROOT=${PYTHON_ROOT:-${XDG_CACHE_HOME:-$HOME/.cache}/jumpcloud-client/python}

fill() { chroot "$1" apt-get clean; }

if [ ! -e "$PYTHON_ROOT/.ready-1" ]; then
  possible "newer Pythons"
  # Its newest release is the one in which new Pythons come first.
  set_up "$PYTHON_ROOT" sid fill python3.14,python3.15
fi

if [ $# = 0 ]; then
  for program in "$PYTHON_ROOT"/usr/bin/python3.*[0-9]; do echo "${program##*/python}"; done
  exit
fi
export PYTHONDONTWRITEBYTECODE=1
enter "$PYTHON_ROOT" /usr/sbin:/usr/bin:/sbin:/bin 'CI|PYTHONPATH|PYTHONDONTWRITEBYTECODE|JUMPCLOUD_.*' "${PYTHON_SEES:-$PWD}" \
  "python$1" "${@:2}"
