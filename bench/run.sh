#!/usr/bin/env bash
# usage: run.sh BUILD [options of alternate.py]: the inference bench against the peers that are
# installed (bench/README.md). Prints the table; bench/out/infer.json holds every figure.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
build=${1:?usage: run.sh BUILD}
shift
out=$here/out
mkdir -p "$out"
ninja -C "$build" --quiet bench/bench-infer bench/bench-ceiling bench/bench-peak
if [ ! -e "$out/inception_v3.onnx" ] && /usr/bin/python3 -c 'import torchvision' 2>/dev/null; then
  echo "run.sh: exporting the peers' network" >&2
  /usr/bin/python3 "$here/peers/export-onnx.py" "$out"
fi
[ -x "$here/../.venv/bin/python" ] || echo "run.sh: no .venv: ONNX Runtime and OpenVINO are left out (bench/README.md)" >&2
if [ -x "$here/../.venv/bin/python" ] && [ -e "$out/inception_v3.onnx" ] && [ ! -e "$out/inception_v3.int8.xml" ]; then
  "$here/../.venv/bin/python" -c 'import nncf, onnx' 2>/dev/null && { echo "run.sh: the peers' int8 graphs" >&2; "$here/../.venv/bin/python" "$here/peers/quantize.py" "$out" >/dev/null; }
fi
exec /usr/bin/python3 "$here/alternate.py" "$build" "$out" "$@"
