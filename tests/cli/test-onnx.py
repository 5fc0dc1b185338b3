#!/usr/bin/env python3
"""The ONNX file answers in OpenCV's dnn module as the model answers here, reads back as a model, and a changed or
foreign one is refused."""
import json
import os
import struct

import cv2
import numpy as np

from harness import check, digest, done, path, run, write

SIDE = 107
ONE = ['--threads', '1']  # beside other tests, two threads wait for each other ten times as long
run('synth', 'cells', '--per-class', '8', '--groups', '4', '--size', str(SIDE))
run('sort', 'cells', '--out', 'shards', '--validation', '0', '--shards', '1', '--group-by', '(P[0-9]+)_')
run('train', 'shards', '--model', 'm.safetensors', '--weights', 'random', '--depth-multiplier', '0.0625', '--size', str(SIDE))
r = run('freeze', 'm.safetensors', '-o', 'm.onnx')
check(r.returncode == 0 and 'opset 13' in r.stdout, 'freeze writes ONNX', r.stderr)

# images without loss, of the network's side
files = []
for c in ('blast', 'lymphocyte'):
    for f in sorted(os.listdir(path('cells', c)))[:4]:
        image = cv2.imread(path('cells', c, f))
        name = 'png/%s-%s.png' % (c, f[:-4])
        os.makedirs(path('png'), exist_ok=True)
        cv2.imwrite(path(name), image)
        files.append(name)
r = run('classify', 'm.safetensors', 'png', '--json', '-', '--precision', 'fp32', *ONE)
ours = {os.path.basename(a['file']): list(a['probabilities'].values()) for a in json.loads(r.stdout)['answers']}
x = np.stack([cv2.imread(path(f))[:, :, ::-1].transpose(2, 0, 1) for f in files]).astype(np.float32) / 127.5 - 1
net = cv2.dnn.readNetFromONNX(path('m.onnx'))
for batch in (1, 8):
    theirs = []
    for i in range(0, len(x), batch):
        net.setInput(x[i:i + batch])
        theirs.extend(net.forward().tolist())
    worst = max(abs(a - b) for f, t in zip(files, theirs) for a, b in zip(ours[os.path.basename(f)], t))
    check(worst < 1e-4, 'OpenCV answers as leuko, batch %d: within %.1e' % (batch, worst))

# a network whose average pools count padding, as torchvision's do
data = open(path('m.safetensors'), 'rb').read()
n = struct.unpack('<Q', data[:8])[0]
header = json.loads(data[8:8 + n])
description = json.loads(header['__metadata__']['leuko'])
description['architecture']['pool_includes_padding'] = True
header['__metadata__'] = {'leuko': json.dumps(description)}  # without the checksums
text = json.dumps(header).encode()
write('counts.safetensors', struct.pack('<Q', len(text)) + text + data[8 + n:])
r = run('freeze', 'counts.safetensors', '-o', 'counts.onnx')
r2 = run('freeze', 'counts.safetensors', '-o', 'counts.pb', '--batch', '8')
check(r.returncode == 0 and r2.returncode == 0, 'a network that counts padding freezes', (r, r2))
r = run('classify', 'counts.safetensors', 'png', '--json', '-', '--precision', 'fp32', *ONE)
counts = {os.path.basename(a['file']): list(a['probabilities'].values()) for a in json.loads(r.stdout)['answers']}
check(max(abs(a - b) for f in ours for a, b in zip(ours[f], counts[f])) > 1e-3, 'and answers otherwise')
for name, net in (('counts.onnx', cv2.dnn.readNetFromONNX(path('counts.onnx'))),
                  ('counts.pb', cv2.dnn.readNetFromTensorflow(path('counts.pb')))):
    net.setInput(x)
    theirs = net.forward() if name.endswith('onnx') else net.forward('InceptionV3/Predictions/Softmax')
    worst = max(abs(a - b) for f, t in zip(files, theirs.reshape(8, 2).tolist()) for a, b in zip(counts[os.path.basename(f)], t))
    check(worst < 1e-4, '%s: OpenCV counts it too: within %.1e' % (name, worst))
    r = run('verify', 'counts.safetensors', name, *ONE)
    check(r.returncode == 0, '%s reads back as it was' % name, r)

r = run('verify', 'm.safetensors', 'm.onnx', *ONE)
check(r.returncode == 0, 'the file reads back and answers as the model', (r.stdout, r.stderr))
r = run('info', 'm.onnx')
check(r.returncode == 0 and 'ONNX' in r.stdout, 'info says what it is', (r.stdout, r.stderr))
r = run('freeze', 'm.onnx', '-o', 'back.safetensors')
r2 = run('verify', 'm.safetensors', 'back.safetensors', '--max-dp', '0', *ONE)
check(r2.returncode == 0, 'and freezes back to the same answers exactly', (r.stderr, r2.stdout, r2.stderr))
r = run('freeze', 'm.safetensors', '-o', 'bytes.onnx', '--with-preprocessing')
check(r.returncode == 0 and 'uint8' in r.stdout, 'with the preprocessing inside', r.stderr)
for name in 'm.onnx', 'bytes.onnx':
    r = run('weights', 'convert', name, 'converted.safetensors', '--classes', 'a,b')
    check(r.returncode == 0 and 'classes: a, b; positive: a' in r.stderr + r.stdout, '%s is converted' % name, r)
    r = run('classify', 'converted.safetensors', 'png', '--json', '-', '--precision', 'fp32', *ONE)
    same = {os.path.basename(a['file']): list(a['probabilities'].values()) for a in json.loads(r.stdout)['answers']}
    check(same == ours, '... to the same answers', (same, ours))
    os.remove(path('converted.safetensors'))
r = run('verify', 'm.safetensors', 'bytes.onnx', *ONE)
check(r.returncode == 0, 'which reads back too', r.stderr)

data = open(path('m.onnx'), 'rb').read()
before = digest('m.onnx')
bad = {
    'half.onnx': (data[:len(data) // 2], 'truncated or damaged ONNX model'),
    'op.onnx': (data.replace(b'BatchNormalization', b'BatchNormalizatiom', 1), 'no longer the one that Leuko wrote'),
    'foreign.onnx': (data.replace(b'leuko', b'other').replace(b'MaxPool', b'MaxRule'), 'MaxRule'),
    # the first convolution's shape: 16, 3, 3, 3
    'shape.onnx': (data.replace(b'leuko_crc32c', b'no_checksums').replace(b'\x0a\x04\x10\x03\x03\x03', b'\x0a\x04\x10\x03\x03\x09', 1), 'initializer'),
}
for name, (content, says) in bad.items():
    check(content != data, '%s differs' % name)
    write(name, content)
    r = run('verify', 'm.safetensors', name, *ONE)
    check(r.returncode == 1 and says in r.stderr and r.stderr.count('leuko: ') == 1, '%s is refused in one line' % name, r.stderr)
r = run('freeze', 'm.safetensors', '-o', 'x.onnx', '--half')
check(r.returncode == 2, '--half is not for ONNX', r.stderr)
check(digest('m.onnx') == before, 'the file is untouched')
done()
