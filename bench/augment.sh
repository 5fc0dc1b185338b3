#!/usr/bin/env bash
# usage: augment.sh [BUILD_DIR] [RUNS]
# Measures `leuko augment` (2 threads and 1 thread) against the same operations written with OpenCV and SciPy (one
# process): 27 output files per image. The runs alternate. Prints files per second (median of RUNS, default 5), the
# ratio, and the processor time of one run, which a busy machine changes less than the rate.
# Input: cells of LEUKO_SHARED if that folder exists, else formula images.
# Needs /usr/bin/python3 with OpenCV, numpy and SciPy (Debian: python3-opencv python3-scipy).
set -euo pipefail
cd "$(dirname "$0")/.."
build=${1:-build}
runs=${2:-5}
leuko=$PWD/$build/src/cli/leuko
here=$PWD/bench
shared=${LEUKO_SHARED:-$PWD/../shared}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
/usr/bin/python3 -c 'import cv2, numpy, scipy' 2>/dev/null || { echo "augment.sh: skipped: /usr/bin/python3 lacks OpenCV or SciPy"; exit 0; }

for class in lymphocyte neutrophil; do
  mkdir -p "$work/in/$class"
  if [ -d "$shared/data/pbc_dev/$class" ]; then
    find "$shared/data/pbc_dev/$class" -name '*.jpg' | sort | awk 'NR <= 40' | xargs cp -t "$work/in/$class"
  else
    /usr/bin/python3 "$here/peers/augment-images.py" "$work/in/$class" 40
  fi
done
images=$(find "$work/in" -name '*.jpg' | wc -l)

rate() { grep -oE '[0-9]+ files/s' | grep -oE '[0-9]+'; }
# Each run writes to a new folder: ext4 is slow to reuse blocks that were freed seconds ago.
ours() { "$leuko" augment "$work/in" "$(mktemp -d "$work/ours.XXXX")" --ops gray,hist,reflect,blur,translate,rotate --threads "$1" | rate; }
peer() { /usr/bin/python3 "$here/peers/augment-cv2.py" "$work/in" "$(mktemp -d "$work/peer.XXXX")" | rate; }
median() { tr ' ' '\n' | grep . | sort -n | awk '{ v[NR] = $1 } END { print v[int((NR + 1) / 2)] }'; }

ours 2 >/dev/null; peer >/dev/null
two='' one='' other=''
cpu() { awk '{ print $3 + $4 }' < <({ TIMEFORMAT='cpu x %U %S'; time "$@" >/dev/null; } 2>&1 | grep '^cpu'); }
for _ in $(seq "$runs"); do
  two+=" $(ours 2)" other+=" $(peer)" one+=" $(ours 1)"
done
made() { find "$1" -name '*.jpg' | wc -l; }
[ "$(made "$(ls -d "$work"/ours.* | head -n 1)")" -eq "$(made "$(ls -d "$work"/peer.* | head -n 1)")" ] || { echo "augment.sh: leuko and the peer wrote different numbers of files" >&2; exit 1; }

m2=$(median <<<"$two") m1=$(median <<<"$one") mp=$(median <<<"$other")
echo "augmentation of $images images, 27 files each, median of $runs alternating runs (files/s)"
printf '%-36s %8s   %s\n' what files/s 'all runs' 'leuko augment, 2 threads' "$m2" "$two" 'leuko augment, 1 thread' "$m1" "$one" 'OpenCV and SciPy, 1 process' "$mp" "$other"
awk -v a="$m2" -v b="$m1" -v p="$mp" 'BEGIN { printf "ratio to the peer: %.2f (2 threads), %.2f (1 thread); floor 1.5\n", a / p, b / p }'
ours_cpu=$(cpu ours 1) peer_cpu=$(cpu peer)
awk -v a="$ours_cpu" -v p="$peer_cpu" 'BEGIN { printf "processor time of one run: %.2f s ours, %.2f s the peer: ratio %.2f\n", a, p, p / a }'
