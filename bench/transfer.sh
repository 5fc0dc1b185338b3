#!/usr/bin/env bash
# usage: bench/transfer.sh [ROUNDS] [IMAGES_PER_CLASS]     (default: 3 rounds, 145 images per class: 1,160 images)
# Measures the whole head-training job (decode, compute features, train the head; no cache) against
# peers/transfer_torch.py of the shared folder, on the same images, alternating. Prints the accuracy of both.
# Needs python3-torch python3-torchvision python3-sklearn bc, and the shared folder (LEUKO_SHARED).
set -euo pipefail
cd "$(dirname "$0")/.."
shared=${LEUKO_SHARED:-$(cd .. && pwd)/shared}
leuko=${LEUKO:-build/src/cli/leuko}
rounds=${1:-3} each=${2:-145}
weights=$shared/weights/inception_v3_2015_to_mixed_7a.safetensors
command -v bc >/dev/null || { echo "transfer.sh: bc is not installed" >&2; exit 1; }
[ -f "$weights" ] || { echo "transfer.sh: skipped: no folder $shared"; exit 0; }
leuko=$(realpath "$leuko")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
for class in "$shared"/data/pbc_dev/*/; do
    name=$(basename "$class")
    mkdir -p "$work/cells/$name" "$work/test/$name"
    ls "$class" | sed -n "1,${each}p" | while read -r f; do ln -s "$class$f" "$work/cells/$name/$f"; done
    ls "$class" | tail -n 2 | while read -r f; do ln -s "$class$f" "$work/test/$name/$f"; done
done
n=$(find "$work/cells" -name '*.*' -type l | wc -l)
n_test=$(find "$work/test" -type l | wc -l)
"$leuko" sort "$work/cells" --out "$work/shards" --validation 0 >/dev/null 2>&1
seconds() { # COMMAND...: prints its run time; its output goes to $work/log
    local start end
    start=$(date +%s.%N); "$@" >"$work/log" 2>&1 || { cat "$work/log"; exit 1; }; end=$(date +%s.%N)
    echo "$end - $start" | bc -l
}
ours() { seconds "$leuko" train "$work/shards" --model "$work/m.safetensors" --weights "$weights" --endpoint Mixed_7a --no-cache "$@"; }
peer() { seconds /usr/bin/python3 "$shared/peers/transfer_torch.py" "$work/cells" "$work/test"; }
echo "$n images; the peer also computes features of $n_test test images; its rate counts them"
for round in $(seq "$rounds"); do
    a=$(ours); grep -E 'held-out|features:' "$work/log" | sed 's/^/    /'
    b=$(ours --precision fp32)
    c=$(peer); grep accuracy "$work/log" | sed 's/^/    peer: /'
    echo "$a $b $c" >>"$work/times"
    echo "$a $b $c $n $n_test" | awk '{printf "leuko %.1f s %.1f images/s | leuko fp32 %.1f s %.1f images/s | peer %.1f s %.1f images/s | ratio %.2f, fp32 %.2f\n",
        $1, $4/$1, $2, $4/$2, $3, ($4+$5)/$3, ($4/$1)/(($4+$5)/$3), ($4/$2)/(($4+$5)/$3)}'
done
awk -v n="$n" -v t="$n_test" '{print (n / $1) / ((n + t) / $3)}' "$work/times" | sort -n |
    awk '{a[NR] = $1} END {printf "median ratio %.2f (floor 2.2) of %d rounds\n", a[int((NR + 1) / 2)], NR}'
