#!/usr/bin/env bash
# usage: fuzz.sh SECONDS [TARGET...]
# Builds the libFuzzer targets with clang and runs each (or the given ones) for SECONDS, starting from its corpus in
# tests/fuzz/corpus. A crash leaves its input in build-fuzz/; the script then exits with status 1.
set -euo pipefail
cd "$(dirname "$0")/.."
seconds=$1
shift
build=build-fuzz
test -f $build/build.ninja ||
  CC=clang meson setup $build -Dfuzz=true -Db_sanitize=address,undefined -Db_lundef=false -Dbuildtype=debugoptimized >/dev/null
mapfile -t sources < <(basename -s .c tests/fuzz/fuzz-*.c)
ninja -C $build --quiet "${sources[@]/#/tests/fuzz/}"
targets=("$@")
[ ${#targets[@]} -gt 0 ] || mapfile -t targets < <(find $build/tests/fuzz -maxdepth 1 -type f -name 'fuzz-*' -executable -printf '%f\n' | sort)
for t in "${targets[@]}"; do
  echo "== $t, $seconds s"
  found=$build/found/$t
  mkdir -p "$found"
  log=$build/$t.log
  status=0
  "$build/tests/fuzz/$t" -max_total_time="$seconds" -rss_limit_mb=4096 -timeout=20 -print_final_stats=1 \
    -artifact_prefix="$build/" "$found" "tests/fuzz/corpus/${t#fuzz-}" >"$log" 2>&1 || status=$?
  grep -E 'stat::(number_of_executed_units|peak_rss_mb)|SUMMARY|ERROR' "$log" || true
  [ $status -eq 0 ] || { echo "fuzz: $t failed, see $log" >&2; exit 1; }
done
