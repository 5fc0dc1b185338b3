#!/usr/bin/env bash
# usage: folder.sh BUILD AML.graph FOLDER [ROUNDS]
# Measures `leuko classify` over a folder and compares it with the limit 1 / (engine + decoding / processors).
# The engine's time is that of `leuko profile` at the same batch. The decoding time is that of `leuko classify` with a
# tiny network, minus the engine's time for that network. Prints medians of ROUNDS (default 5), which alternate.
set -euo pipefail
leuko=$(realpath "${1:?usage: folder.sh BUILD AML.graph FOLDER}")/src/cli/leuko
graph=$(realpath "$2") folder=$(realpath "$3") rounds=${4:-5}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
export LEUKO_CACHE=$work/cache
side=$("$leuko" info "$graph" --json - | sed -n 's/.*side \([0-9]*\) px.*/\1/p' | head -n 1)
{
  "$leuko" synth cells --per-class 8 --groups 4 --size 96
  "$leuko" sort cells --out shards --validation 0 --shards 1
  "$leuko" train shards --model tiny.safetensors --weights random --size "$side" --depth-multiplier 0.05 --endpoint Conv2d_1a_3x3
  "$leuko" compile tiny.safetensors -o tiny.graph
} >said 2>&1 || { cat said >&2; exit 1; }
python3 - "$leuko" "$graph" "$folder" "$rounds" <<'P'
import json, statistics, subprocess, sys, time
leuko, graph, folder, rounds = *sys.argv[1:4], int(sys.argv[4])


def whole(g):
    start = time.perf_counter()
    r = subprocess.run([leuko, 'classify', g, folder, '--json', '-'], check=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    return (time.perf_counter() - start) / len(json.loads(r.stdout)['answers'])


def engine(g):
    r = subprocess.run([leuko, 'profile', g, '--batch', '8', '--runs', '40', '--json', '-'], check=True, stdout=subprocess.PIPE,
                       stderr=subprocess.DEVNULL)
    return 1 / json.loads(r.stdout)['images_per_s']


rows = []
for r in range(rounds):
    w, e, small, rest = whole(graph), engine(graph), whole('tiny.graph'), engine('tiny.graph')
    rows.append((1 / w, 1 / e, 1e3 * (small - rest), (e + small - rest) / w))
for what, i, form in (('classify, images/s', 0, '%.1f'), ('engine alone, images/s', 1, '%.1f'),
                      ('decoding time per processor, ms', 2, '%.2f'), ('share of the limit', 3, '%.3f')):
    v = [row[i] for row in rows]
    print(('%-40s ' + form + ' (' + form + ' to ' + form + ')') % (what, statistics.median(v), min(v), max(v)))
P
