#!/usr/bin/env bash
# usage: distro.sh [SUITE...]            (default: trixie)
#        distro.sh --clean [SUITE...]    remove the chroots, or only these
# Builds and tests the last commit on Debian SUITE (bookworm, trixie, sid ...), as a new user would: a clean clone in a
# chroot that debootstrap makes, then the README's commands. Needs root or sudo, the package debootstrap and a mirror.
# The last line for each suite gives compiler, oneDNN's version, passed and failed tests, and the time.
#   TARGET         make's targets (default: "demo test")
#   CC             the compiler: clang, gcc-13, clang-19 ...; its package is installed
#   LEUKO_DISTRO   folder of chroots and logs (default: ~/.cache/leuko/distro); 3 GB per suite, kept between runs
#   DEBIAN_MIRROR  default: the host's own mirror of Debian, else http://deb.debian.org/debian
# Mounts and processes live in namespaces that end with the script, however it ends. Warnings of the compiler are errors.
set -euo pipefail

die() {
  echo "distro: $*" >&2
  exit 1
}

as_root() {
  if [ "$(id -u)" -eq 0 ]; then "$@"; else sudo "$@"; fi
}

# ---- on the host ----

default_mirror() {
  { apt-get indextargets --format '$(ORIGIN) $(LABEL) $(REPO_URI)' 'Created-By: Packages' || true; } 2>/dev/null |
    sed -n 's/^Debian Debian \(http\)/\1/p' | head -n 1 | grep . || echo http://deb.debian.org/debian
}

need_debootstrap() {
  command -v debootstrap >/dev/null || [ -x /usr/sbin/debootstrap ] && return
  command -v apt-get >/dev/null || die "debootstrap is missing; install it"
  echo "Installing debootstrap"
  { as_root apt-get update -q && as_root apt-get install -q -y --no-install-recommends debootstrap; } >/dev/null 2>&1 ||
    die "apt-get could not install debootstrap"
}

# Refuses a folder with something mounted below it, and stays on its file system.
remove_tree() {
  ! grep -qF " $1/" /proc/self/mountinfo || die "$1: something is mounted there; unmount it first"
  as_root rm -rf --one-file-system "$1"
}

clean() {
  [ $# -gt 0 ] || { remove_tree "$folder" && return; }
  local suite
  for suite in "$@"; do remove_tree "$folder/$suite"; done
}

run_suite() { # SUITE
  local suite=$1 log status=0
  [[ $suite =~ ^[a-z]+$ ]] || die "'$suite' is not the name of a Debian suite (bookworm, trixie, sid ...)"
  mkdir -p "$folder"
  log=$folder/$suite${CC:+-$CC}.log
  exec 9>"$folder/$suite.lock"
  flock -n 9 || die "$suite: another run uses its chroot"
  clone=$(mktemp -d)
  trap 'rm -rf "$clone"' EXIT
  git clone --quiet --local --no-hardlinks "$source_root" "$clone/leuko" || die "$source_root: git clone failed"
  as_root unshare --mount --pid --fork --kill-child --propagation private \
    "$source_root/scripts/distro.sh" --in-namespace "$suite" "$folder/$suite" "$clone/leuko" "$shared" \
    "${DEBIAN_MIRROR:-$(default_mirror)}" "${TARGET:-demo test}" "${CC:-}" 2>&1 | tee -i "$log" || status=1
  rm -rf "$clone"
  echo "Log: $log"
  return $status
}

# ---- as root, in namespaces of its own ----

bootstrap() { # SUITE ROOT MIRROR
  [ ! -d "$2" ] || return 0
  echo "== debootstrap $1 from $3"
  local new=$2.partial
  rm -rf --one-file-system "$new"
  PATH=$PATH:/usr/sbin:/sbin debootstrap --variant=minbase --include=gcc,make,git,ccache,ca-certificates "$1" "$new" "$3" \
    >"$2.debootstrap.log" 2>&1 || { tail -n 5 "$2.debootstrap.log"; die "$1: debootstrap failed"; }
  mv "$new" "$2"
}

mount_system() { # ROOT SHARED
  local root=$1 device
  mount -t proc proc "$root/proc"
  mount -t sysfs -o ro sysfs "$root/sys"
  mount -t tmpfs -o mode=755 dev "$root/dev"
  for device in null zero full random urandom tty; do
    touch "$root/dev/$device"
    mount --bind "/dev/$device" "$root/dev/$device"
  done
  mkdir "$root/dev/pts" "$root/dev/shm"
  mount -t devpts -o newinstance,ptmxmode=0666 devpts "$root/dev/pts"
  ln -s pts/ptmx "$root/dev/ptmx"
  ln -s /proc/self/fd "$root/dev/fd"
  mount -t tmpfs -o mode=1777 shm "$root/dev/shm"
  if [ -d "$2" ]; then
    mkdir -p "$root/leuko/shared"
    mount --bind "$2" "$root/leuko/shared"
    mount -o remount,bind,ro "$root/leuko/shared"
  fi
}

configure() { # ROOT SUITE MIRROR
  local file
  echo "deb $3 $2 main" >"$1/etc/apt/sources.list"
  for file in hosts resolv.conf; do [ ! -e /etc/$file ] || cp -L --remove-destination /etc/$file "$1/etc/$file"; done
  echo force-unsafe-io >"$1/etc/dpkg/dpkg.cfg.d/unsafe-io" # no fsync for each file: many times faster
  apt-config dump 2>/dev/null | grep -iE '^Acquire::https?::Proxy' >"$1/etc/apt/apt.conf.d/90proxy" || true
}

in_root() { # nothing of the host's environment: no home, no locale, no terminal
  chroot "$root" env -i PATH=/usr/lib/ccache:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \
    CCACHE_DIR=/leuko/ccache ${compiler:+CC="$compiler"} MESON_SETUP=-Dwerror=true "$@"
}

install_compiler() {
  in_root sh -c 'command -v "$1" >/dev/null || { apt-get update -q && apt-get install -q -y --no-install-recommends "$1"; } >/tmp/compiler.log 2>&1 ||
    { tail -n 3 /tmp/compiler.log; exit 1; }' sh "$compiler" || die "$suite: apt could not install $compiler"
}

in_namespace() { # SUITE ROOT CLONE SHARED MIRROR TARGETS COMPILER
  suite=$1 root=$2 compiler=$7
  local clone=$3 start=$SECONDS target result="" status=0
  trap 'echo "distro: interrupted" >&2; exit 130' INT TERM
  bootstrap "$suite" "$root" "$5"
  mkdir -p "$root/leuko/ccache"
  rm -rf "$root/leuko/leuko"
  cp -r --no-preserve=ownership "$clone" "$root/leuko/leuko"
  configure "$root" "$suite" "$5"
  mount_system "$root" "$4"
  [ -z "$compiler" ] || install_compiler
  for target in $6; do
    echo "== make $target"
    in_root make --no-print-directory -C /leuko/leuko "$target" </dev/null 2>&1 | tee "$root/leuko/$target.log" || status=1
    result+=", $target $([ $status -eq 0 ] && echo done || echo FAILED)"
    result+=$(grep -xE '[0-9]+ passed, [0-9]+ failed' "$root/leuko/$target.log" | tail -n 1 | sed 's/^/: /' || true)
    [ $status -eq 0 ] || break
  done
  echo "distro: $suite, $(in_root "${compiler:-cc}" --version 2>&1 | head -n 1)," \
    "oneDNN $(in_root dpkg-query -W -f='${Version}' libdnnl-dev 2>&1)$result," \
    "$(((SECONDS - start) / 60)) min $(((SECONDS - start) % 60)) s"
  exit $status
}

main() {
  if [ "${1:-}" = --in-namespace ]; then
    shift
    in_namespace "$@"
  fi
  local home=${HOME:-$(getent passwd "$(id -u)" | cut -d: -f6)} status=0 s
  source_root=$(cd "$(dirname "$0")/.." && pwd)
  shared=${LEUKO_SHARED:-$(dirname "$source_root")/shared}
  folder=$(realpath -m "${LEUKO_DISTRO:-${XDG_CACHE_HOME:-$home/.cache}/leuko/distro}")
  [[ ${CC:-} =~ ^[a-z0-9.+-]*$ ]] || die "CC is '$CC' (expected the name of a compiler's package: clang, gcc-13 ...)"
  [ "$(id -u)" -eq 0 ] || command -v sudo >/dev/null || die "a chroot needs root or sudo"
  if [ "${1:-}" = --clean ]; then
    shift
    clean "$@"
    return
  fi
  need_debootstrap
  if [ -n "$(git -C "$source_root" status --porcelain)" ]; then
    echo "Not committed, so not tested:"
    git -C "$source_root" status --short
  fi
  for s in "${@:-trixie}"; do run_suite "$s" || status=1; done
  return $status
}

{ main "$@"; exit; } # one command: the file may change while it runs
