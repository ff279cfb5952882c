# Sourced by swift.sh and python.sh: a release of Debian in a folder of its own, beside the system, and commands inside it.
# shellcheck shell=bash

# With these Debian signs its archive; what is not signed is not installed.
keys=/usr/share/keyrings/debian-archive-keyring.gpg

# possible WHAT: ends with 69 where no release can be installed.
possible() {
  if [ ! -e /etc/debian_version ] || [ ! -e "$keys" ] || [ "$(id -u)" != 0 ]; then
    echo "$1 can only be installed beside a Debian system by root" >&2
    exit 69
  fi
}

# set_up FOLDER RELEASE FILL [PACKAGES]: installs the release, and has the function FILL complete it. It is made in a new folder and gets
# its name when it is whole. Nothing is deleted: not what is there, nor what did not become whole.
set_up() {
  local folder=$1 release=$2 fill=$3 packages=${4:-}
  mkdir -p "$(dirname "$folder")"
  # One installation at a time; whoever waited finds it done.
  exec 9>"$folder.lock"
  flock 9
  if [ -e "$folder/.ready-1" ]; then return; fi
  if [ -e "$folder" ]; then echo "$folder is there and is not whole: delete it, or name another folder" >&2; exit 1; fi
  export DEBIAN_FRONTEND=noninteractive
  command -v debootstrap >/dev/null || {
    # Another installation may be under way on the machine.
    apt-get update -qq -o DPkg::Lock::Timeout=600
    apt-get install -y -qq --no-install-recommends -o DPkg::Lock::Timeout=600 debootstrap >/dev/null
  }
  # The archive that this machine uses already; debootstrap knows one where there is none.
  local archive new
  archive=$(sed -n 's/^URIs: *//p' /etc/apt/sources.list.d/debian.sources 2>/dev/null | head -n 1)
  new=$(mktemp -d "$folder.XXXXXX")
  trap 'echo "the installation failed; what there is of it is in $new, and can be deleted" >&2' ERR
  chmod 755 "$new"
  debootstrap --force-check-gpg --keyring="$keys" --variant=minbase ${packages:+--include="$packages"} "$release" "$new" \
    ${archive:+"$archive"} >&2
  "$fill" "$new"
  touch "$new/.ready-1"
  mv -T "$new" "$folder"
  trap - ERR
  exec 9>&-
}

# enter FOLDER PATH VARIABLES SEES COMMAND…: runs the command inside, in the directory it is called in, with this PATH, the variables whose
# names match the pattern, and the directories that it must see (separated by colons). What is mounted for it ends with it.
enter() {
  # shellcheck disable=SC2016  # expanded by the inner shell
  exec unshare --mount --propagation private -- bash -c '
    set -euo pipefail
    inside=$1 path=$2 variables=$3 where=$PWD
    IFS=: read -ra sees <<<"$4"
    shift 4
    for folder in /proc /sys /dev; do mount --rbind "$folder" "$inside$folder"; done
    for folder in "${sees[@]}"; do
      mkdir -p "$folder" "$inside$folder"
      mount --rbind "$folder" "$inside$folder"
    done
    kept=()
    while read -r name; do kept+=("$name=${!name}"); done < <(compgen -e | grep -E "^($variables)\$" || true)
    exec chroot "$inside" env -i "${kept[@]}" HOME=/root LANG=C.UTF-8 TERM=dumb PATH="$path" \
      bash -c "cd \"\$0\" && exec \"\$@\"" "$where" "$@"
  ' enter "$@"
}
