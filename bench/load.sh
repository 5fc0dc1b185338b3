#!/usr/bin/env bash
# usage: load.sh BUILD
# Measures the time from a file of weights (Inception V3, 1000 classes, 95 MB of fp32) to a network that is ready for
# inference, against torch.load() + load_state_dict() of the same weights (Debian: python3-torchvision).
# The page cache is warm.
set -euo pipefail
export OMP_WAIT_POLICY=passive # no spinning: the machine may be shared
cd "$(dirname "$0")/.."
build=${1:?usage: load.sh BUILD}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
ninja -C "$build" --quiet bench/bench-load >/dev/null
/usr/bin/python3 - "$work" <<'PY'
import sys, torch, torchvision
torch.manual_seed(1)
model = torchvision.models.inception_v3(weights=None, init_weights=False, aux_logits=False, transform_input=False)
torch.save(model.state_dict(), sys.argv[1] + '/torch.pth')
PY
"$build/src/cli/leuko" weights convert "$work/torch.pth" "$work/slim.safetensors" >/dev/null
"$build/src/cli/leuko" freeze "$work/slim.safetensors" -o "$work/torch.safetensors" --names torchvision >/dev/null
for f in slim.safetensors torch.safetensors torch.pth; do
  printf '%-34s' "leuko, $f:"
  "$build/bench/bench-load" "$work/$f"
done
/usr/bin/python3 - "$work" <<'PY'
import statistics, sys, time, torch, torchvision
model = torchvision.models.inception_v3(weights=None, init_weights=False, aux_logits=False, transform_input=False)
t = []
for _ in range(8):
    start = time.perf_counter()
    model.load_state_dict(torch.load(sys.argv[1] + '/torch.pth'))
    t.append(time.perf_counter() - start)
print('%-34sfirst %.3f s, then median %.3f s (%.3f to %.3f, 7 runs); the network object already exists'
      % ('PyTorch %s, torch.pth:' % torch.__version__, t[0], statistics.median(t[1:]), min(t[1:]), max(t[1:])))
PY
