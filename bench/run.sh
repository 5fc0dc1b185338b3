#!/usr/bin/env bash
# usage: run.sh BUILD [options of alternate.py]
# Runs the inference bench against the installed peers (see bench/README.md). Prints the table; bench/out/infer.json
# holds every figure.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
build=${1:?usage: run.sh BUILD}
shift
out=$here/out
mkdir -p "$out"
ninja -C "$build" --quiet bench/bench-infer bench/bench-ceiling bench/bench-peak
if [ ! -e "$out/inception_v3.onnx" ] && /usr/bin/python3 -c 'import torchvision' 2>/dev/null; then
  echo "run.sh: exporting the network for the peers" >&2
  /usr/bin/python3 "$here/peers/export-onnx.py" "$out"
fi
[ -x "$here/../.venv/bin/python" ] || echo "run.sh: no .venv: skipping ONNX Runtime and OpenVINO (see bench/README.md)" >&2
if [ -x "$here/../.venv/bin/python" ] && [ -e "$out/inception_v3.onnx" ] && [ ! -e "$out/inception_v3.int8.xml" ]; then
  "$here/../.venv/bin/python" -c 'import nncf, onnx' 2>/dev/null && { echo "run.sh: quantizing the network for the peers" >&2; "$here/../.venv/bin/python" "$here/peers/quantize.py" "$out" >/dev/null; }
fi
exec /usr/bin/python3 "$here/alternate.py" "$build" "$out" "$@"
