"""ONNX Runtime and OpenVINO give the same answers for Leuko's .onnx as Leuko gives for the model: softmax within 1e-4, batch
1 and 8, float planes and bytes. onnx.checker reports nothing."""
import glob
import json
import os
import subprocess

import numpy as np
import onnx
import onnxruntime
import openvino
from PIL import Image

LEUKO = os.environ['LEUKO']
SIDE = 139


def leuko(*args):
    return subprocess.run([LEUKO, *args], check=True, capture_output=True, text=True).stdout


leuko('synth', 'onnx-cells', '--per-class', '8', '--groups', '4', '--size', str(SIDE))
leuko('sort', 'onnx-cells', '--out', 'onnx-shards', '--validation', '0', '--group-by', '(P[0-9]+)_')
leuko('train', 'onnx-shards', '--model', 'o.safetensors', '--weights', 'random', '--depth-multiplier', '0.5', '--size', str(SIDE))
os.makedirs('onnx-images', exist_ok=True)
for f in glob.glob('onnx-cells/*/*.jpg'):
    Image.open(f).convert('RGB').save('onnx-images/%s-%s.png' % (f.split('/')[1], os.path.basename(f)[:-4]))
answers = json.loads(leuko('classify', 'o.safetensors', 'onnx-images', '--json', '-', '--precision', 'fp32'))['answers']
files = sorted(a['file'] for a in answers)
ours = {a['file']: list(a['probabilities'].values()) for a in answers}
expected = np.array([ours[f] for f in files])
pixels = np.stack([np.asarray(Image.open(f)) for f in files])
planes = (pixels.transpose(0, 3, 1, 2).astype(np.float32) / np.float32(127.5) - 1)
for name, x, more in (('planes.onnx', planes, []), ('bytes.onnx', pixels, ['--with-preprocessing'])):
    leuko('freeze', 'o.safetensors', '-o', name, *more)
    onnx.checker.check_model(name, full_check=True)
    runtime = onnxruntime.InferenceSession(name, providers=['CPUExecutionProvider'])
    compiled = openvino.Core().compile_model(name, 'CPU', {'INFERENCE_PRECISION_HINT': 'f32'})
    for batch in (1, 8):
        for who, answer in (('ONNX Runtime', lambda b: runtime.run(None, {'input': b})[0]),
                            ('OpenVINO', lambda b: compiled([b])[0])):
            found = np.concatenate([answer(np.ascontiguousarray(x[i:i + batch])) for i in range(0, len(x), batch)])
            worst = np.abs(found - expected).max()
            print('%s, %s, batch %d: %d images, largest difference %.1e' % (name, who, batch, len(x), worst))
            assert worst < 1e-4
