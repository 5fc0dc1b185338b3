#!/usr/bin/env bash
# usage: interop.sh BUILD_DIR
# Compares Leuko with other programs: TensorFlow, Keras (3 and tf-keras), TensorBoard, OpenVINO, ONNX and ONNX Runtime
# from PyPI; PyTorch, torchvision and OpenCV from Debian. The first run creates .venv (about 900 MB; VENV names another
# folder).
set -euo pipefail
cd "$(dirname "$0")/.."
venv=${VENV:-.venv}
if [ ! -x "$venv/bin/python" ]; then
  python3 -m venv "$venv"
fi
"$venv/bin/python" -c 'import h5py, onnx, onnxruntime, openvino, PIL, tensorboard, tensorflow, tf_keras' 2>/dev/null ||
  "$venv/bin/pip" install --quiet h5py onnx onnxruntime openvino pillow tensorboard tensorflow-cpu tf-keras
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export LEUKO=$PWD/$1/src/cli/leuko XDG_CACHE_HOME=$work/cache TF_CPP_MIN_LOG_LEVEL=3
status=0
export CHECKPOINT_TENSORS=$PWD/$1/tests/interop/checkpoint-tensors
export TRAINING_STEP=$PWD/$1/tests/interop/training-step
/usr/bin/python3 -c 'import torch, torchvision' 2>/dev/null ||
  { echo "interop: PyTorch is not installed; run apt-get install python3-torch python3-torchvision" >&2; exit 1; }
here=$PWD
case $venv in /*) ;; *) venv=$here/$venv ;; esac
for t in tests/interop/*.py; do
  echo "== $t"
  case $t in *torch*) python=/usr/bin/python3 ;; *) python=$venv/bin/python ;; esac
  case $t in *vision*) folder=vision ;; *) folder=$(basename "$t" .py) ;; esac # the vision scripts share files
  mkdir -p "$work/$folder"
  (cd "$work/$folder" && "$python" "$here/$t") || status=1
done
echo "== report"
scripts/interop-report.sh "$1" || status=1
exit $status
