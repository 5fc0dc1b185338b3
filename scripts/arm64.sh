#!/bin/bash
# usage: arm64.sh [BUILD_DIR]           (default: build-arm64)
# Cross-compiles the edge build for arm64 and runs it under qemu, as two processors: Cortex-A72 (NEON alone, as in a
# Raspberry Pi 4) and qemu's "max" (SVE). For each one: the tests, the answers of a network of 75 px whose weights come
# from a formula, and the oneDNN kernels of its layers with their share of the time. Times under qemu are no device's.
# Installs packages of the architecture arm64 if LEUKO_ARM64_INSTALL is 1: only in a chroot, as `make arm64` does.
#   LEUKO_ARM64_TESTS     meson's names of the tests to run (default: those of modules that run no network, in a few
#                         minutes, and the small network, which takes 75 s of CPU time on the emulated Cortex-A72)
#   LEUKO_ARM64_INSTALL   1: packages may be installed
set -euo pipefail
cd "$(dirname "$0")/.."
build=${1:-build-arm64}

die() {
  echo "arm64: $*" >&2
  exit 1
}

native=(gcc-aarch64-linux-gnu libc6-dev-arm64-cross qemu-user meson ninja-build pkgconf protobuf-c-compiler protobuf-compiler python3 binutils)
foreign=(libc6-dev libgomp1 libdnnl-dev libglib2.0-dev libjpeg-dev libpng-dev libtiff-dev libjansson-dev libprotobuf-c-dev
  libisal-dev libsodium-dev)

install_packages() {
  local installed missing=() p
  installed=$(dpkg-query -W -f='${binary:Package} ${Package}:${Architecture} ${Status}\n' | sed -n 's/ install ok installed$//p' | tr ' ' '\n')
  for p in "${native[@]}"; do grep -qE "^$p(:|$)" <<<"$installed" || missing+=("$p"); done
  for p in "${foreign[@]}"; do grep -qE "^$p(-turbo|62-turbo-dev)?:arm64$" <<<"$installed" || missing+=("$p:arm64"); done
  [ ${#missing[@]} -gt 0 ] || return 0
  [ "${LEUKO_ARM64_INSTALL:-}" = 1 ] || die "missing: ${missing[*]}; \`make arm64\` installs them in a chroot"
  dpkg --add-architecture arm64
  echo "Installing ${missing[*]}"
  { apt-get update -q && DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends "${missing[@]}"; } \
    >/tmp/arm64-packages.log 2>&1 || { tail -n 5 /tmp/arm64-packages.log; die "apt-get failed"; }
}

# The kernels of a profile, with the number of layers, the share of MFLOP and of the time, the most time first.
kernels() { # PROFILE.json
  python3 - "$1" <<'EOF'
import json, sys
steps = json.load(open(sys.argv[1]))['steps']
by = {}
for s in steps:
    k = by.setdefault(s['kernel'], [0, 0, 0])
    k[0] += 1
    k[1] += s['mflop']
    k[2] += s['ms']
flop, ms = sum(k[1] for k in by.values()), sum(k[2] for k in by.values())
for name, (n, f, t) in sorted(by.items(), key=lambda i: -i[1][2]):
    print('  %-32s %3d layers  %5.1f %% of the MFLOP  %5.1f %% of the time  %8.1f MFLOP/s' %
          (name, n, 100 * f / flop, 100 * t / ms, f / t * 1e3 if t else 0))
EOF
}

install_packages
[ -f "$build/build.ninja" ] || meson setup "$build" --cross-file scripts/arm64.ini -Dedge=true ${MESON_SETUP:-} >/dev/null
read -ra tests <<<"${LEUKO_ARM64_TESTS:-image preprocess crc32c digest json csv tfrecord safetensors net params lower arena round record fuzz-image golden-network-small}"
ninja -C "$build" --quiet
ninja -C "$build" --quiet tests/support/write-formula-model
export GOMP_SPINCOUNT=0 LEUKO_CACHE=/tmp/arm64-cache
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
for cpu in cortex-a72 max; do
  export QEMU_CPU=$cpu
  leuko=(qemu-aarch64 "$build/src/cli/leuko")
  echo "== $cpu"
  status=0
  meson test -C "$build" --no-rebuild -t 10 "${tests[@]}" >"$work/log" 2>&1 || status=1
  grep -E '(FAIL|ERROR|TIMEOUT) ' "$work/log" || true
  awk '/^Ok:/ { ok = $2 } /^(Fail|Timeout):/ { bad += $2 } END { printf "%d passed, %d failed\n", ok, bad }' "$work/log"
  [ $status -eq 0 ] || die "tests fail on $cpu, see $build/meson-logs/testlog.txt"
  qemu-aarch64 "$build/tests/support/write-formula-model" "$work/m.safetensors" 75
  "${leuko[@]}" classify "$work/m.safetensors" tests/fuzz/corpus/image/rgb.tif --threads 1 --csv "$work/$cpu.csv" >/dev/null 2>&1
  "${leuko[@]}" profile "$work/m.safetensors" --runs 3 --threads 1 --json "$work/$cpu.json" >/dev/null
  kernels "$work/$cpu.json"
done
python3 - "$work/cortex-a72.csv" "$work/max.csv" <<'EOF' || die "the two processors answer differently"
import csv, sys
a, b = ([row[:4] for row in csv.reader(open(f))] for f in sys.argv[1:])
numbers = [(x, y) for r, s in zip(a[1:], b[1:]) for x, y in zip(r, s) if x != y]
worst = max((abs(float(x) - float(y)) for x, y in numbers), default=0)
print('the answers of the two processors differ by %.1e at most' % worst)
sys.exit(len(a) != len(b) or worst > 1e-4)
EOF
