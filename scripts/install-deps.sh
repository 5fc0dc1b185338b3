#!/usr/bin/env bash
# Install what Leuko is built with and tested with, from Debian only. Does nothing when all is there.
set -euo pipefail

packages=(
  gcc make git pkg-config meson ninja-build
  libdnnl-dev libglib2.0-dev libvips-dev libjpeg-dev libgdk-pixbuf-2.0-dev libjansson-dev
  libprotobuf-c-dev protobuf-c-compiler protobuf-compiler libisal-dev libzip-dev
  libcurl4-openssl-dev libarchive-dev libsnappy-dev libhdf5-dev
  clang clang-tidy clang-format cppcheck libclang-rt-14-dev libomp-14-dev
  python3-numpy python3-opencv python3-scipy python3-h5py
  openssl
  man-db mandoc zsh fish
  qemu-user
)

missing=()
for p in "${packages[@]}"; do
  dpkg-query -W -f='${Status}' "$p" 2>/dev/null | grep -q 'install ok installed' || missing+=("$p")
done
[ ${#missing[@]} -eq 0 ] && exit 0

sudo=
if [ "$(id -u)" -ne 0 ]; then
  command -v sudo >/dev/null || { echo "install-deps: root or sudo is needed to install: ${missing[*]}" >&2; exit 1; }
  sudo=sudo
fi
log=$(mktemp)
trap 'rm -f "$log"' EXIT
echo "Installing ${#missing[@]} Debian packages: ${missing[*]}"
if ! { $sudo apt-get update -q && $sudo env DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends "${missing[@]}"; } >"$log" 2>&1; then
  tail -n 20 "$log" >&2
  echo "install-deps: apt-get failed" >&2
  exit 1
fi
