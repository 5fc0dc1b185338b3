#!/usr/bin/env bash
# Install the distribution's packages that building and testing Leuko need. Does nothing if all are installed.
set -euo pipefail

packages=(
  gcc g++ make git pkg-config meson ninja-build
  libdnnl-dev libglib2.0-dev libvips-dev libjpeg-dev libpng-dev libtiff-dev libjansson-dev
  libprotobuf-c-dev protobuf-c-compiler protobuf-compiler libisal-dev libzip-dev
  libcurl4-openssl-dev libarchive-dev libsnappy-dev libhdf5-dev
  clang clang-tidy clang-format cppcheck
  python3-numpy python3-opencv python3-scipy python3-h5py
  openssl
  man-db mandoc zsh fish
  qemu-user
)

# clang's runtime libraries carry clang's version in their package names: 14 on Debian 12, 19 on Debian 13
clang_libraries() {
  local version
  version=$({ dpkg-query -W -f='${Depends}\n' clang || apt-cache show clang; } 2>/dev/null |
    grep -oE 'clang-[0-9]+' | head -n 1 | cut -d- -f2) || true
  [ -z "$version" ] || echo "libclang-rt-$version-dev libomp-$version-dev"
}

missing=()
find_missing() {
  missing=()
  local installed p
  installed=$(dpkg-query -W -f='${Package} ${Status}\n' | sed -n 's/ install ok installed$//p')
  for p in "${packages[@]}" $(clang_libraries); do
    grep -qxF "$p" <<<"$installed" || missing+=("$p")
  done
}
find_missing
[ ${#missing[@]} -eq 0 ] && exit 0

sudo=
if [ "$(id -u)" -ne 0 ]; then
  command -v sudo >/dev/null || { echo "install-deps: installing needs root or sudo; missing: ${missing[*]}" >&2; exit 1; }
  sudo=sudo
fi
log=$(mktemp)
trap 'rm -f "$log"' EXIT
$sudo apt-get update -q >"$log" 2>&1 || { tail -n 20 "$log" >&2; echo "install-deps: apt-get update failed" >&2; exit 1; }
find_missing # clang's version is known now
echo "Installing ${#missing[@]} packages: ${missing[*]}"
if ! $sudo env DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends "${missing[@]}" >"$log" 2>&1; then
  tail -n 20 "$log" >&2
  echo "install-deps: apt-get install failed" >&2
  exit 1
fi
