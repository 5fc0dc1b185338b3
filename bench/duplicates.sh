#!/usr/bin/env bash
# usage: duplicates.sh BUILD [N...]
# Measures `leuko check` and `leuko sort` of N different images of 32 px (default: 2000 10000 20000 100000), and the index
# of perceptual hashes alone: processor time per image, and peak memory. 1,000,000 images need 12 GB in TMPDIR.
set -euo pipefail
build=$(realpath "${1:?usage: duplicates.sh BUILD [N...]}")
shift
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
bench=$build/bench/bench-duplicates
for n in "${@:-2000 10000 20000 100000}"; do
  for n in $n; do
    "$bench" index "$n"
    "$bench" images "$work/images" "$n"
    for command in "check" "sort --out $work/shards"; do
      # shellcheck disable=SC2086
      set -- $command
      /usr/bin/time -o "$work/time" -f '%U %S %M' "$build/src/cli/leuko" "$1" "$work/images" "${@:2}" >"$work/said" 2>&1 ||
        { cat "$work/said" >&2; exit 1; }
      awk -v n="$n" -v c="$1" '{ printf "%-8s %8d images: %7.1f us per image, peak %.0f MiB\n", c, n, ($1 + $2) / n * 1e6, $3 / 1024 }' \
        "$work/time"
    done
    rm -rf "$work/images" "$work/shards"
  done
done
