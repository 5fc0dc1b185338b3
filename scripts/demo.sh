#!/usr/bin/env bash
# Runs the whole pipeline on synthetic cells and prints each command before it runs (about 20 s after the build).
# LEUKO is the program (default: leuko in PATH). The results go to demo/, which is replaced.
set -euo pipefail
cd "$(dirname "$0")/.."
leuko=$(realpath "$(command -v "${LEUKO:-leuko}")")
rm -rf demo
mkdir demo
cd demo

run() {
  printf '\n$ leuko'
  printf ' %s' "$@" | sed -E "s/\(P\[0-9\]\+\)_/'&'/g"
  printf '\n'
  "$leuko" "$@"
}

start=$SECONDS
run synth cells --per-class 240 --groups 24
run check cells --group-by '(P[0-9]+)_'
run augment cells more --ops reflect
run sort more --out shards --group-by '(P[0-9]+)_' --validation 0 --test 0.5
run train shards --model cells.safetensors --positive blast
run eval cells.safetensors shards --json figures.json --report report
run freeze cells.safetensors -o AMLGraph.pb
mkdir unseen
"$leuko" synth smear --seed 8 --per-class 6 --groups 3 >/dev/null
cp -r smear/blast smear/lymphocyte unseen/
rm -r smear
run classify AMLGraph.pb unseen --csv answers.csv

figure=$(/usr/bin/env python3 - <<'P'
import json
j = json.load(open('figures.json'))
a = j['accuracy']
print('accuracy %.1f %% (95 %% interval %.1f to %.1f) on %d cells of %d groups that were not used for training'
      % (100 * a['value'], 100 * a['low'], 100 * a['high'], j['n'], j['groups']))
P
)
cat <<END

Result: $figure.
  Figures on synthetic images say nothing about patients.
  Only the head was trained; the backbone comes from models/ (see models/backbone.md).
Files: demo/cells (images), demo/shards (sorted), demo/cells.safetensors (model),
  demo/AMLGraph.pb (frozen graph), demo/figures.json, demo/answers.csv,
  demo/report/report.html (the report: open it in a browser).
Research use only, not for diagnosis. $((SECONDS - start)) s.
END
