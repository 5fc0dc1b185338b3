#!/usr/bin/env bash
# usage: many.sh BUILD [N...]
# Measure each command that reads a whole data set at N different images of 32 px (default: 10000 100000 1000000):
# processor time per image, peak memory, and the most descriptors open at once. One thread; 75 px, depth multiplier 0.125.
# 1,000,000 images need 12 GB in TMPDIR, and about three hours. LIMIT is the limit of descriptors (default: 64).
set -euo pipefail
build=$(realpath "${1:?usage: many.sh BUILD [N...]}")
shift
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
leuko=$build/src/cli/leuko
network=(--weights random --size 75 --depth-multiplier 0.125)
export LEUKO_CACHE=$work/cache

# measure LABEL N COMMAND...: the descriptors are counted ten times a second
measure() {
  local label=$1 n=$2 most=0 now pid
  shift 2
  /usr/bin/time -o "$work/time" -f '%U %S %M' bash -c 'ulimit -n "$0"; exec "$@"' "${LIMIT:-64}" "$@" --threads 1 \
    >"$work/said" 2>&1 &
  local job=$!
  while kill -0 "$job" 2>/dev/null; do
    for pid in $(pgrep -P "$job" || true); do
      now=$(find "/proc/$pid/fd" -mindepth 1 2>/dev/null | wc -l)
      most=$((now > most ? now : most))
    done
    sleep 0.1
  done
  wait "$job" || { cat "$work/said" >&2; exit 1; }
  awk -v l="$label" -v n="$n" -v d="$most" \
    '{ printf "%-18s %8d images: %7.1f us per image, peak %4.0f MiB, %3d descriptors\n", l, n, ($1 + $2) / n * 1e6, $3 / 1024, d }' \
    "$work/time"
}

for n in "${@:-10000 100000 1000000}"; do
  for n in $n; do
    images=$work/images shards=$work/shards model=$work/model.safetensors
    "$build/bench/bench-many" "$images" "$n"
    measure check "$n" "$leuko" check "$images" --json "$work/check.json"
    measure sort "$n" "$leuko" sort "$images" --out "$shards" --validation 0.3 --test 0.2 --shards $((n / 2000 + 10))
    measure features "$n" "$leuko" features "$shards" "${network[@]}" --batch 8 -o "$work/features.npy"
    measure 'features, cached' "$n" "$leuko" features "$shards" "${network[@]}" --batch 8 -o "$work/features.npy"
    measure 'train, cached' "$((n * 8 / 10))" "$leuko" train "$shards" "${network[@]}" --positive blast --model "$model"
    measure eval "$n" "$leuko" eval "$model" "$images" --json "$work/eval.json"
    measure classify "$n" "$leuko" classify "$model" "$images" --batch 8 --json "$work/answers.json"
    rm -rf "$images" "$shards" "$work/cache"
  done
done
