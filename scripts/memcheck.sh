#!/usr/bin/env bash
# usage: memcheck.sh BUILD [NAME ...]
# Valgrind over the readers: the fuzz targets' corpora, each file whole and cut to 50 lengths (images 10), and the
# readers' unit tests. A use of memory that was not written or not allocated is an error. Prints a line for each.
# NAME: only these, such as fuzz-torch or json.
set -euo pipefail
cd "$(dirname "$0")/.."
build=$(realpath "${1:?usage: memcheck.sh BUILD [NAME ...]}")
shift
command -v valgrind >/dev/null || { echo "memcheck: valgrind is not installed (scripts/install-deps.sh)" >&2; exit 1; }
export G_SLICE=always-malloc GOMP_SPINCOUNT=0 OMP_NUM_THREADS=2 LEUKO_TEST_DATA=$PWD/tests LEUKO_SHARED=$PWD/../shared
log=$(mktemp)
trap 'rm -f "$log"' EXIT

targets=(csv file-table graph graphdef headers keras model-json names onnx pickle recipe safetensors tf-checkpoint
         tfrecord torch image)
tests=(budget csv json map recipe safetensors tf-checkpoint tfrecord torch keras training-list)
failed=0 done=0

# run NAME PROGRAM [ARGUMENT ...]
run() {
  local name=$1
  shift
  [ -x "$1" ] || return 0 # not in this build
  local start=$SECONDS
  if valgrind --quiet --error-exitcode=99 --leak-check=no --undef-value-errors=yes --num-callers=25 \
              "$@" >"$log" 2>&1; then
    echo "memcheck: $name: clean ($((SECONDS - start)) s)"
  else
    echo "memcheck: $name: FAILED" >&2
    grep -E '^==|Bail|not ok' "$log" | head -40 >&2
    failed=$((failed + 1))
  fi
  done=$((done + 1))
}

wanted() {
  local name
  [ ${#names[@]} -eq 0 ] && return 0
  for name in "${names[@]}"; do [ "$name" = "$1" ] && return 0; done
  return 1
}

names=("$@")
for t in "${targets[@]}"; do
  export LEUKO_REPLAY_CUTS=50
  [ $t != image ] || LEUKO_REPLAY_CUTS=10
  ! wanted fuzz-$t || run fuzz-$t "$build/tests/fuzz/replay-$t" tests/fuzz/corpus/$t
done
for t in "${tests[@]}"; do
  ! wanted $t || run $t "$build/tests/unit/test-$t"
done
echo "memcheck: $done runs, $failed failed"
[ $failed -eq 0 ]
