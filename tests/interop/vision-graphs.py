"""TensorFlow, OpenVINO and ONNX Runtime agree with torchvision on the files that Leuko wrote (torch-vision.py leaves them).

Both conventions of average pooling, batch 1 and 8: TensorFlow's logits within 1e-4 relative, every softmax within 1e-4.
TensorFlow restores the V2 checkpoint.
"""
import os
import subprocess

import numpy as np
import onnxruntime
import openvino
import tensorflow as tf

from common.images import planes
from common.tensors import read

v1 = tf.compat.v1
LEUKO = os.environ['LEUKO']
known = np.load('vision.npz')
pixels = known['pixels']
x_nchw = planes(pixels)
x_nhwc = np.ascontiguousarray(x_nchw.transpose(0, 2, 3, 1))
F32 = {'INFERENCE_PRECISION_HINT': 'f32'}


def softmax(z):
    e = np.exp(z - z.max(1, keepdims=True))
    return e / e.sum(1, keepdims=True)


def check(what, found, wanted, limit=1e-4):
    worst = np.abs(found - wanted).max()
    print('ok: %s, largest difference %.1e' % (what, worst))
    assert found.shape == wanted.shape and worst < limit, (what, worst)


def in_batches(ask, x, batch):
    return np.concatenate([ask(np.ascontiguousarray(x[i:i + batch])) for i in range(0, len(x), batch)])


for pooling in ('torchvision', 'slim'):
    logits = known[pooling]
    p = softmax(logits)
    for file, batches in (('1.pb', (1,)), ('8.pb', (8,)), ('any.pb', (1, 8))):
        path = 'vision-%s-%s' % (pooling, file)
        graph = v1.GraphDef()
        graph.ParseFromString(open(path, 'rb').read())
        pads = [n.name for n in graph.node if n.op == 'Pad']
        assert len(pads) == (9 if pooling == 'torchvision' else 0), pads
        with tf.Graph().as_default() as g:
            tf.import_graph_def(graph, name='')
            ends = ['InceptionV3/Logits/SpatialSqueeze:0', 'InceptionV3/Predictions/Softmax:0']
            with v1.Session(graph=g) as s:
                for batch in batches:
                    found = [s.run(ends, {'input:0': x_nhwc[i:i + batch]}) for i in range(0, 16, batch)]
                    z, q = (np.concatenate([f[k] for f in found]) for k in (0, 1))
                    name = '%s, TensorFlow %s, batch %d' % (path, tf.__version__, batch)
                    check(name + ', logits, relative', z / np.abs(logits).max(), logits / np.abs(logits).max())
                    check(name, q, p)
        model = openvino.Core().compile_model(path, 'CPU', F32)
        for batch in batches:
            check('%s, OpenVINO %s, batch %d' % (path, openvino.__version__.split('-')[0], batch),
                  in_batches(lambda b: model(b)[0], x_nhwc, batch), p)
    for file, x in (('planes.onnx', x_nchw), ('bytes.onnx', pixels)):
        path = 'vision-%s-%s' % (pooling, file)
        runtime = onnxruntime.InferenceSession(path, providers=['CPUExecutionProvider'])
        model = openvino.Core().compile_model(path, 'CPU', F32)
        for batch in (1, 8):
            check('%s, ONNX Runtime %s, batch %d' % (path, onnxruntime.__version__, batch),
                  in_batches(lambda b: runtime.run(None, {'input': b})[0], x, batch), p)
            check('%s, OpenVINO, batch %d' % (path, batch), in_batches(lambda b: model([b])[0], x, batch), p)

subprocess.run([LEUKO, 'freeze', 'vision-torchvision.safetensors', '-o', 'vision.ckpt'], check=True, stdout=subprocess.DEVNULL)
wanted = read('vision-torchvision.safetensors')
with tf.Graph().as_default():
    variables = {k: v1.get_variable(k, shape=v.shape, initializer=v1.zeros_initializer()) for k, v in wanted.items()}
    with v1.Session() as s:
        v1.train.Saver(variables).restore(s, './vision.ckpt')
        values = s.run(variables)
assert all(values[k].tobytes() == v.tobytes() for k, v in wanted.items())
print('ok: TensorFlow restores the %d variables of vision.ckpt, equal to the bit' % len(wanted))
