#!/usr/bin/env bash
# usage: fuzz.sh SECONDS [TARGET...]
# Builds the libFuzzer targets with clang and runs each (or the given ones) for SECONDS, starting from its corpus in
# tests/fuzz/corpus and from what earlier runs found (build-fuzz/found). An input may use 2 s and 256 MB, in one
# allocation or in all. A crash, a leak or an input over the limits leaves its input in build-fuzz/; the script then
# exits with status 1, after all targets. The last table has the processor time of all runs so far.
# LEUKO_FUZZ_TIMEOUT: other seconds of time for an input, for a busy machine.
# LEUKO_FUZZ_KEEP_GOING=1: restart a target that crashed, for the rest of its SECONDS.
set -euo pipefail
cd "$(dirname "$0")/.."
seconds=$1
shift
build=build-fuzz
progress=$build/progress.csv # target, processor time in s, executions, edges at the start and at the end, status
test -f $build/build.ninja ||
  CC=clang meson setup $build -Dfuzz=true -Db_sanitize=address,undefined -Db_lundef=false -Dbuildtype=debugoptimized >/dev/null
mapfile -t sources < <(basename -s .c tests/fuzz/fuzz-*.c)
ninja -C $build --quiet "${sources[@]/#/tests/fuzz/}"
targets=("$@")
[ ${#targets[@]} -gt 0 ] || mapfile -t targets < <(find $build/tests/fuzz -maxdepth 1 -type f -name 'fuzz-*' -executable -printf '%f\n' | sort)
# the quarantine of freed memory would count as the input's
export ASAN_OPTIONS=quarantine_size_mb=8:detect_leaks=1:allocator_may_return_null=1
export LSAN_OPTIONS=suppressions=$PWD/tests/lsan.supp:print_suppressions=0
export UBSAN_OPTIONS=print_stacktrace=1:halt_on_error=1
failed=()
for t in "${targets[@]}"; do
  found=$build/found/$t log=$build/$t.log
  mkdir -p "$found"
  end=$((SECONDS + seconds))
  while [ $SECONDS -lt $end ]; do
    status=0
    TIMEFORMAT='%U %S'
    cpu=$({ time "$build/tests/fuzz/$t" -max_total_time=$((end - SECONDS)) -rss_limit_mb=256 -malloc_limit_mb=256 -timeout="${LEUKO_FUZZ_TIMEOUT:-2}" \
      -print_final_stats=1 -artifact_prefix="$build/$t-" "$found" "tests/fuzz/corpus/${t#fuzz-}" >"$log" 2>&1; } 2>&1) || status=$?
    awk -v t="$t" -v status=$status -v cpu="$cpu" '
      match($0, /cov: [0-9]+/) { last = substr($0, RSTART + 5, RLENGTH - 5) }
      /INITED/ { first = last }
      /number_of_executed_units/ { n = $2 }
      END { split(cpu, s, " "); printf "%s,%.1f,%d,%d,%d,%d\n", t, s[1] + s[2], n, first, last, status }' "$log" >>$progress
    [ $status -ne 0 ] || break
    failed+=("$t")
    cp "$log" "$build/$t.failed.$(date +%s).log"
    grep -E 'SUMMARY|ERROR|Test unit written' "$log" || true
    [ "${LEUKO_FUZZ_KEEP_GOING:-0}" = 1 ] || break
  done
done
# edges found in the last 20 minutes of a target: those of the runs in which its processor time is within the last 1200 s
awk -F, '
  { cpu[$1] += $2; n[$1] += $3; edges[$1] = $5; runs[$1]++; at[$1, runs[$1]] = cpu[$1]; new[$1, runs[$1]] = $5 - $4; bad[$1] += $6 != 0 }
  END {
    printf "%-18s %12s %14s %7s %22s %8s\n", "target", "processor s", "executions", "edges", "new in last 1200 s", "failed"
    for (t in cpu) {
      late = 0
      for (i = 1; i <= runs[t]; i++) if (at[t, i] > cpu[t] - 1200) late += new[t, i]
      printf "%-18s %12.0f %14d %7d %22s %8d\n", t, cpu[t], n[t], edges[t], late (cpu[t] < 1200 ? " (of " int(cpu[t]) " s)" : ""), bad[t] | "sort"
      total += cpu[t]; all += n[t]; crashes += bad[t]
    }
    close("sort")
    printf "fuzz: %.2f processor hours, %d executions, %d failed runs\n", total / 3600, all, crashes
  }' $progress
[ ${#failed[@]} -eq 0 ] || { echo "fuzz: failed: $(printf '%s\n' "${failed[@]}" | sort -u | tr '\n' ' ')" >&2; exit 1; }
