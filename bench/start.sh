#!/usr/bin/env bash
# usage: start.sh BUILD AML.graph IMAGE [RUNS]
# Measures one image from process start to answer: leuko against python3 with PyTorch and torchvision's Inception V3
# (weights from a file). The runs alternate. Prints the median of RUNS (default 15) and leuko's peak memory.
# Needs python3-torchvision (Debian).
set -euo pipefail
leuko=$(realpath "${1:?usage: start.sh BUILD AML.graph IMAGE}")/src/cli/leuko
graph=$(realpath "$2") image=$(realpath "$3") runs=${4:-15}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cat >"$work/torch_one.py" <<'P'
import sys
import torch, torchvision
from PIL import Image
model = torchvision.models.inception_v3(weights=None, init_weights=False, aux_logits=False)
if len(sys.argv) == 2:
    torch.save(model.state_dict(), sys.argv[1])
    sys.exit()
model.load_state_dict(torch.load(sys.argv[1]))
model.eval()
x = torchvision.transforms.functional.to_tensor(Image.open(sys.argv[2]).convert('RGB').resize((299, 299)))
with torch.no_grad():
    print(model(x.unsqueeze(0)).softmax(1).argmax().item())
P
/usr/bin/python3 "$work/torch_one.py" "$work/weights.pth"
python3 - "$runs" "$leuko" "$graph" "$image" "$work" <<'P'
import resource, statistics, subprocess, sys, time
runs, leuko, graph, image, work = int(sys.argv[1]), *sys.argv[2:]
commands = {'leuko': [leuko, 'classify', graph, image],
            'python3 with PyTorch': ['/usr/bin/python3', work + '/torch_one.py', work + '/weights.pth', image]}
seconds, peak = {name: [] for name in commands}, 0
for r in range(runs + 1):
    for name, command in commands.items():
        start = time.perf_counter()
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        if r > 0:
            seconds[name].append(time.perf_counter() - start)
        if not peak:
            peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
for name, s in seconds.items():
    print('%-22s median %.3f s (%.3f to %.3f, %d runs)' % (name, statistics.median(s), min(s), max(s), runs))
a, b = seconds.values()
print('ratio %.1f; leuko peak memory %.1f MB' % (statistics.median(y / x for x, y in zip(a, b)), peak / 1e3))
P
