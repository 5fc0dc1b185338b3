#!/usr/bin/env bash
# usage: interop-report.sh BUILD_DIR
# Checks the pages of reports with html-validate (npm, kept in .venv/node), and, if headless Chromium is installed, that
# nothing is wider than a page of 390 or 1280 pixels and that no page loads anything. Then it draws them: both widths, light
# and dark, and as PDF, whose pages become images if pdftoppm is there. The images go to .venv/report for a person to look at.
set -euo pipefail
cd "$(dirname "$0")/.."
leuko=$PWD/$1/src/cli/leuko node=$PWD/.venv/node out=$PWD/.venv/report
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export LEUKO_CACHE=$work/cache
tiny=(--weights random --size 75 --depth-multiplier 0.0625 --endpoint Mixed_5b)
pages=(eval compare crossval stress)
(
  cd "$work"
  "$leuko" synth cells --per-class 40 --groups 8 --size 96
  "$leuko" sort cells --out shards --group-by '(P[0-9]+)' --validation 0.25 --test 0.5 --shards 2
  "$leuko" train shards --model m.safetensors "${tiny[@]}"
  "$leuko" train shards --model n.safetensors "${tiny[@]}" --seed 2
  "$leuko" eval m.safetensors shards --report eval
  "$leuko" compare m.safetensors n.safetensors shards --report compare
  "$leuko" crossval cells --group-by '(P[0-9]+)' "${tiny[@]}" --repeats 2 --report crossval
  "$leuko" stress m.safetensors cells --group-by '(P[0-9]+)' --only background,permuted,blur,jpeg,noise --report stress
) >"$work/log" 2>&1 || { cat "$work/log" >&2; exit 1; }
mkdir -p "$node" "$out"
[ -x "$node/node_modules/.bin/html-validate" ] || npm install --prefix "$node" --no-audit --no-fund --silent html-validate
files=("${pages[@]/#/$work/}")
"$node/node_modules/.bin/html-validate" "${files[@]/%//report.html}"
echo "html-validate: no finding in ${#pages[@]} pages"
browser=$(command -v chromium || true)
[ -n "$browser" ] || { echo "chromium is not installed: the pages are not drawn"; exit 0; }
draw() { timeout 120 "$browser" --headless=new --no-sandbox --disable-gpu --hide-scrollbars --user-data-dir="$work/chromium" "$@" 2>"$work/log"; }

# A page around a report tells how wide it is, what sticks out, and what it loaded.
probe() { # NAME WIDTH
  cat >"$work/probe.html" <<HTML
<!DOCTYPE html><title>probe</title><iframe id="f" style="width:$2px;height:900px;border:0" src="$1/report.html"></iframe><pre id="o"></pre>
<script>
f.onload = () => {
  const d = f.contentDocument, found = [];
  d.querySelectorAll('details').forEach(e => { e.open = true; });
  if (d.documentElement.scrollWidth > $2) found.push('the page is ' + d.documentElement.scrollWidth + ' px wide');
  d.querySelectorAll('body *').forEach(e => {
    if (!e.closest('.scroll') && e.getBoundingClientRect().right > $2 + 1) found.push(e.tagName + '.' + e.className);
  });
  for (const r of f.contentWindow.performance.getEntriesByType('resource'))
    if (!r.name.startsWith('data:')) found.push('loads ' + r.name);
  o.textContent = d.querySelectorAll('h2').length > 3 ? 'PROBED ' + [...new Set(found)].slice(0, 5).join('; ') : 'empty';
};
</script>
HTML
  draw --allow-file-access-from-files --window-size=1400,1000 --virtual-time-budget=8000 --dump-dom "file://$work/probe.html" |
    sed -n 's/.*<pre id="o">\(.*\)<\/pre>.*/\1/p'
}
for page in "${pages[@]}"; do
  for width in 390 1280; do
    found=$(probe "$page" "$width")
    [ "$found" = "PROBED " ] || { echo "$page at $width px: ${found:-no answer}" >&2; exit 1; }
    draw --window-size="$width,9000" --screenshot="$out/$page-$width-light.png" "file://$work/$page/report.html"
    draw --blink-settings=preferredColorScheme=0 --window-size="$width,9000" --screenshot="$out/$page-$width-dark.png" "file://$work/$page/report.html"
  done
  draw --no-pdf-header-footer --print-to-pdf="$out/$page.pdf" "file://$work/$page/report.html"
  if command -v pdftoppm >/dev/null; then pdftoppm -r 60 -png "$out/$page.pdf" "$out/$page-print"; fi
done
echo "nothing is wider than the page, nothing is loaded; images and PDFs of the pages: $out"
