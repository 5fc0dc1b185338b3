"""TensorFlow and OpenVINO give the same answers for AMLGraph.pb as Leuko gives for the model: softmax within 1e-4."""
import glob
import json
import os
import subprocess

import numpy as np
import openvino
import tensorflow as tf

LEUKO = os.environ['LEUKO']
SIDE = 139


def leuko(*args):
    return subprocess.run([LEUKO, *args], check=True, capture_output=True, text=True).stdout


if not os.path.isdir('graph-cells'):
    leuko('synth', 'graph-cells', '--per-class', '8', '--groups', '4', '--size', str(SIDE))
    leuko('sort', 'graph-cells', '--out', 'graph-shards', '--validation', '0', '--group-by', '(P[0-9]+)_')
leuko('train', 'graph-shards', '--model', 'm.safetensors', '--weights', 'random', '--depth-multiplier', '0.5',
      '--size', str(SIDE))
# images without loss and of the network's side: everybody sees the same numbers
os.makedirs('images', exist_ok=True)
for f in glob.glob('graph-cells/*/*.jpg'):
    image = tf.io.decode_jpeg(tf.io.read_file(f), dct_method='INTEGER_ACCURATE')
    tf.io.write_file('images/%s-%s.png' % (f.split('/')[1], os.path.basename(f)[:-4]), tf.io.encode_png(image))
ours = {a['file']: [a['probabilities'][c] for c in ('blast', 'lymphocyte')]
        for a in json.loads(leuko('classify', 'm.safetensors', 'images', '--json', '-', '--precision', 'fp32'))['answers']}
files = sorted(ours)
x = np.stack([tf.io.decode_png(tf.io.read_file(f)).numpy() for f in files]).astype(np.float32) / 127.5 - 1
expected = np.array([ours[f] for f in files])
for batch in (1, 8):
    leuko('freeze', 'm.safetensors', '-o', 'g%d.pb' % batch, '--batch', str(batch))
    graph = tf.compat.v1.GraphDef()
    graph.ParseFromString(open('g%d.pb' % batch, 'rb').read())
    with tf.Graph().as_default() as g:
        tf.import_graph_def(graph, name='')
        with tf.compat.v1.Session(graph=g) as s:
            theirs = np.concatenate([s.run('InceptionV3/Predictions/Softmax:0', {'input:0': x[i:i + batch]})
                                     for i in range(0, len(x), batch)])
    worst = np.abs(theirs - expected).max()
    assert len(x) == 16 and worst < 1e-4, worst
    print('ok: TensorFlow %s, batch %d, 16 images, largest difference %.1e' % (tf.__version__, batch, worst))
    model = openvino.Core().compile_model('g%d.pb' % batch, 'CPU', {'INFERENCE_PRECISION_HINT': 'f32'})
    theirs = np.concatenate([model(x[i:i + batch])[0] for i in range(0, len(x), batch)])
    worst = np.abs(theirs - expected).max()
    assert worst < 1e-4, worst
    print('ok: OpenVINO %s, batch %d, 16 images, largest difference %.1e' % (openvino.__version__, batch, worst))
