#!/usr/bin/env bash
# Install the distribution's packages that building and testing Leuko need. Does nothing if all are installed.
# The names are those of Debian 12, 13 and sid and of Ubuntu 24.04 (component universe). Where a version is part of a
# name, the unversioned package is named, which depends on the right one.
set -euo pipefail

packages=(
  gcc g++ make git pkg-config meson ninja-build
  libdnnl-dev libglib2.0-dev libvips-dev libjpeg-dev libpng-dev libtiff-dev libheif-dev libjansson-dev
  libprotobuf-c-dev protobuf-c-compiler protobuf-compiler libisal-dev libsodium-dev libzip-dev
  libcurl4-openssl-dev libarchive-dev libsnappy-dev libhdf5-dev
  clang clang-tidy clang-format cppcheck libclang-rt-dev libomp-dev
  python3-numpy python3-opencv python3-scipy python3-h5py
  openssl
  man-db mandoc zsh fish
  qemu-user valgrind
)

die() {
  echo "install-deps: $*" >&2
  exit 1
}

command -v dpkg-query >/dev/null && command -v apt-get >/dev/null || die "needs apt (Debian, Ubuntu); elsewhere install what meson.build asks for"

missing=()
installed=$(dpkg-query -W -f='${db:Status-Abbrev} ${Package} ${Provides}\n' | sed -n 's/^.i //p' | sed -E 's/\([^)]*\)|,//g' | tr -s ' ' '\n')
for p in "${packages[@]}"; do
  grep -qxF "$p" <<<"$installed" || missing+=("$p")
done
[ ${#missing[@]} -eq 0 ] && exit 0

sudo=
if [ "$(id -u)" -ne 0 ]; then
  command -v sudo >/dev/null || die "installing needs root or sudo; missing: ${missing[*]}"
  sudo=sudo
fi
log=$(mktemp)
trap 'rm -f "$log"' EXIT

apt_get() {
  $sudo env LC_ALL=C DEBIAN_FRONTEND=noninteractive apt-get -q "$@" >"$log" 2>&1
}

apt_get update || { tail -n 20 "$log" >&2; die "apt-get update failed"; }
echo "Installing ${#missing[@]} packages: ${missing[*]}"
if ! apt_get install -y --no-install-recommends "${missing[@]}"; then
  unknown=$(sed -nE "s/^E: (Unable to locate package ([^ ]+)|Package '([^']+)' has no installation candidate)\$/\2\3/p" "$log" | tr '\n' ' ')
  [ -z "$unknown" ] || die "apt finds no package ${unknown% } for $(. /etc/os-release && echo "$PRETTY_NAME") in the configured sources"
  tail -n 20 "$log" >&2
  die "apt-get install failed"
fi
