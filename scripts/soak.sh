#!/usr/bin/env bash
# usage: soak.sh BUILD SECONDS [BUILD_OF_THE_SESSION]
# Eight threads share one session, first of a model in fp32, then of its int8 graph, each for half of SECONDS. Answers
# must stay equal bit for bit, and memory must not grow. The model is a head trained on synthetic cells.
set -euo pipefail
cd "$(dirname "$0")/.."
build=$(realpath "${1:?usage: soak.sh BUILD SECONDS}") seconds=${2:?usage: soak.sh BUILD SECONDS}
soaked=$(realpath "${3:-$build}")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
leuko=$build/src/cli/leuko
export LEUKO_CACHE=$work/cache OMP_WAIT_POLICY=passive
cd "$work"
quietly() { "$@" >output 2>&1 || { cat output >&2; exit 1; }; }
quietly "$leuko" synth cells --per-class 12 --groups 4 --size 96
quietly "$leuko" sort cells --out shards --group-by '(P[0-9]+)' --shards 2
quietly "$leuko" train shards --model m.safetensors
quietly "$leuko" compile m.safetensors -o int8.graph --precision int8 --calibrate shards --images 16
for file in m.safetensors int8.graph; do
  "$soaked/tests/soak/soak-session" $file $((seconds / 2))
done
