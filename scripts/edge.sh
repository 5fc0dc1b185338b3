#!/bin/sh
# usage: edge.sh [BUILD_DIR [EDGE_BUILD_DIR]]
# Builds for an edge device (no training, no downloads) and prints the sizes of program, library and shipped model.
# If BUILD_DIR holds a full build, the answers of both builds to the same images must be equal.
set -eu
full=${1:-build} edge=${2:-build-edge}
[ -f "$edge/build.ninja" ] || meson setup "$edge" -Dedge=true -Dstrip=true >/dev/null
ninja -C "$edge" --quiet
stage=$(mktemp -d)
trap 'rm -rf "$stage"' EXIT
meson install -C "$edge" --no-rebuild --quiet --destdir "$stage" >/dev/null
leuko=$(find "$stage" -path '*bin/leuko')
echo "program $(stat -c %s "$leuko") bytes, library $(stat -L -c %s "$(find "$stage" -name libleuko.so.0)") bytes, shipped model $(stat -c %s "$(find "$stage" -name backbone.safetensors)") bytes"
"$leuko" help | sed -n '/^Commands:/,/^$/p'
if "$leuko" train x --model y 2>"$stage/message"; then exit 1; fi
cat "$stage/message"
if [ -x "$full/src/cli/leuko" ]; then
    full=$(realpath "$full/src/cli/leuko") && cd "$stage"
    export LEUKO_CACHE="$stage/cache"
    "$full" synth cells --per-class 6 --groups 2 --size 80 >/dev/null 2>&1
    "$full" sort cells --out shards --validation 0 --shards 1 >/dev/null 2>&1
    "$full" train shards --model m.safetensors --weights random --size 75 --depth-multiplier 0.25 --endpoint Mixed_5d >/dev/null 2>&1
    "$leuko" compile m.safetensors -o m.graph >/dev/null 2>&1
    "$full" classify m.graph cells --csv full.csv >/dev/null 2>&1
    "$leuko" classify m.graph cells --csv edge.csv >/dev/null 2>&1
    for f in full edge; do cut -d, -f1-4 $f.csv >$f.answers; done
    cmp full.answers edge.answers && echo "$(($(wc -l <edge.answers) - 1)) images: the edge build and the full build give the same answers"
fi
