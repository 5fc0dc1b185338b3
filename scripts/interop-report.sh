#!/usr/bin/env bash
# usage: interop-report.sh BUILD_DIR
# Checks the page of a report with html-validate (npm, kept in .venv/node) and draws it in headless Chromium, if that is
# installed: 390 and 1280 pixels wide, light, dark and as PDF. The images go to .venv/report for a person to look at.
set -euo pipefail
cd "$(dirname "$0")/.."
leuko=$PWD/$1/src/cli/leuko node=$PWD/.venv/node out=$PWD/.venv/report
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export LEUKO_CACHE=$work/cache
tiny=(--weights random --size 75 --depth-multiplier 0.0625 --endpoint Mixed_5b)
(
  cd "$work"
  "$leuko" synth cells --per-class 40 --groups 8 --size 96
  "$leuko" sort cells --out shards --group-by '(P[0-9]+)' --validation 0.25 --test 0.5 --shards 2
  "$leuko" train shards --model m.safetensors "${tiny[@]}"
  "$leuko" eval m.safetensors shards --report eval
  "$leuko" compare m.safetensors m.safetensors shards --report compare
  "$leuko" crossval cells --group-by '(P[0-9]+)' "${tiny[@]}" --repeats 2 --report crossval
) >"$work/log" 2>&1 || { cat "$work/log" >&2; exit 1; }
mkdir -p "$node" "$out"
[ -x "$node/node_modules/.bin/html-validate" ] || npm install --prefix "$node" --no-audit --no-fund --silent html-validate
"$node/node_modules/.bin/html-validate" "$work"/{eval,compare,crossval}/report.html
echo "html-validate: no finding in 3 pages"
browser=$(command -v chromium || true)
[ -n "$browser" ] || { echo "chromium is not installed: the pages are not drawn"; exit 0; }
draw() { timeout 120 "$browser" --headless=new --no-sandbox --disable-gpu --hide-scrollbars --user-data-dir="$work/chromium" "$@" >"$work/log" 2>&1; }
for page in eval compare crossval; do
  for width in 390 1280; do
    draw --window-size="$width,9000" --screenshot="$out/$page-$width-light.png" "file://$work/$page/report.html"
    draw --blink-settings=preferredColorScheme=0 --window-size="$width,9000" --screenshot="$out/$page-$width-dark.png" "file://$work/$page/report.html"
  done
  draw --no-pdf-header-footer --print-to-pdf="$out/$page.pdf" "file://$work/$page/report.html"
done
echo "images and PDFs of the pages: $out"
