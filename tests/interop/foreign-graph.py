"""Leuko reads frozen graphs that TensorFlow made of Inception V3, and its logits are within 1e-4 of TensorFlow's.

The graphs are built as tf-slim builds them: batch norm fused, unfused, with gamma and folded; `Conv2D` or
`convolution`; `/read` identities kept or folded; average pools that count padding; ending in a Softmax, in ImageNet's
Reshape_1, or in logits. With GOLDEN=DIR, small graphs and their answers are written to DIR for
tests/cli/test-foreign-graph.py.
"""
import gzip
import json
import os
import subprocess

import numpy as np
import tensorflow as tf
from tensorflow.python.tools import optimize_for_inference_lib

from common.images import planes, sixteen
from common.table import Table
from common.tensors import read, write

v1 = tf.compat.v1
v1.disable_eager_execution()
LEUKO = os.environ['LEUKO']
LOGITS = os.path.join(os.path.dirname(LEUKO), '../../tests/interop/foreign-logits')


class Weights:
    """Variables by name, the same whoever asks; steps: only so many different values, which compress well."""

    def __init__(self, steps=None):
        self.known, self.steps = {}, steps

    def get(self, name, shape, low, high):
        if name not in self.known:
            rng = np.random.default_rng(sum(name.encode()) * 7919 + len(name))
            u = rng.random(shape)
            if self.steps:
                u = np.floor(u * self.steps) / (self.steps - 1)
            self.known[name] = (low + (high - low) * u).astype(np.float32)
        return v1.get_variable(name, initializer=tf.constant(self.known[name]), use_resource=False)


def norm(x, name, oc, w, style):
    q = 'InceptionV3/%s/BatchNorm/' % name
    beta, mean, variance = (w.get(q + v, (oc,), low, high) for v, low, high in (
        ('beta', -0.2, 0.4), ('moving_mean', -0.2, 0.2), ('moving_variance', 0.5, 1.0)))
    gamma = w.get(q + 'gamma', (oc,), 0.75, 1.25) if 'gamma' in style else None
    scope = 'InceptionV3/InceptionV3/%s/BatchNorm/' % name
    if 'unfused' in style:
        with tf.name_scope(scope + 'batchnorm/'):
            return tf.nn.batch_normalization(x, mean, variance, beta, gamma, 0.001, name=None)
    ones = tf.constant(np.ones(oc, np.float32), name=scope + 'Const')
    return v1.nn.fused_batch_norm(x, ones if gamma is None else gamma, beta, mean, variance, 0.001, is_training=False,
                                  name=scope + 'FusedBatchNorm')[0]


def network(table, endpoint, side, classes, w, style):
    """Placeholder to logits and what stands behind them."""
    x = v1.placeholder(tf.float32, (None, side, side, 3), name='input')
    out, channels = {-1: x}, {-1: 3}
    last = next(b[2] for b in table.blocks if b[0] == endpoint)
    for i, (kind, name, inputs, d) in enumerate(table.layers[:last + 1]):
        op = 'InceptionV3/InceptionV3/' + name
        y = out[inputs[0]]
        channels[i] = channels[inputs[0]]
        if kind == 'JOIN':
            out[i] = tf.concat([out[j] for j in inputs], 3, name=op)
            channels[i] = sum(channels[j] for j in inputs)
        elif kind == 'MAX_POOL':
            out[i] = tf.nn.max_pool2d(y, 3, 2, 'VALID', name=op + '/MaxPool')
        elif kind == 'AVG_POOL':
            if 'padded' in style:
                y = tf.pad(y, [[0, 0], [1, 1], [1, 1], [0, 0]], name=op + '/Pad')
            out[i] = tf.nn.avg_pool2d(y, 3, 1, 'VALID' if 'padded' in style else 'SAME', name=op + '/AvgPool')
        else:
            bound = (6 / (d[0] * d[1] * channels[i])) ** 0.5
            weights = w.get('InceptionV3/%s/weights' % name, (d[0], d[1], channels[i], d[4]), -bound, bound)
            conv = tf.nn.conv2d(y, weights, d[2], 'SAME' if d[3] else 'VALID',
                                name=op + ('/convolution' if 'convolution' in style else '/Conv2D'))
            channels[i] = d[4]
            out[i] = tf.nn.relu(norm(conv, name, d[4], w, style), name=op + '/Relu')
    size = out[last].shape[1]
    pooled = tf.nn.avg_pool2d(out[last], size, 1 if 'imagenet' in style else 2, 'VALID',
                              name='InceptionV3/Logits/AvgPool_1a_%dx%d/AvgPool' % (size, size))
    pooled = tf.identity(pooled, name='InceptionV3/Logits/Dropout_1b/Identity')
    bound = 40 / channels[last] ** 0.5
    head = 'InceptionV3/Logits/Conv2d_1c_1x1/'
    z = tf.nn.conv2d(pooled, w.get(head + 'weights', (1, 1, channels[last], classes), -bound, bound), 1, 'SAME',
                     name=head + ('convolution' if 'convolution' in style else 'Conv2D'))
    z = tf.nn.bias_add(z, w.get(head + 'biases', (classes,), -1, 1), name=head + 'BiasAdd')
    z = tf.squeeze(z, [1, 2], name='InceptionV3/Logits/SpatialSqueeze')
    if 'logits' in style:
        return z.op.name
    if 'imagenet' not in style:
        return tf.nn.softmax(z, name='InceptionV3/Predictions/Softmax').op.name
    rows = tf.reshape(z, [-1, classes], name='InceptionV3/Predictions/Reshape')
    shape = tf.constant([-1, classes], name='InceptionV3/Predictions/Shape')
    return tf.reshape(tf.nn.softmax(rows, name='InceptionV3/Predictions/Softmax'), shape,
                      name='InceptionV3/Predictions/Reshape_1').op.name


def frozen(table, endpoint, side, classes, w, style):
    """A GraphDef, as the real tools freeze it."""
    with tf.Graph().as_default():
        end = network(table, endpoint, side, classes, w, style)
        with v1.Session() as s:
            s.run(v1.global_variables_initializer())
            graph = v1.graph_util.convert_variables_to_constants(s, v1.get_default_graph().as_graph_def(), [end])
    if 'no-read' in style:
        graph = v1.graph_util.remove_training_nodes(graph, protected_nodes=[end])
        assert not [n for n in graph.node if n.op == 'Identity']
    if 'folded' in style:
        graph = v1.graph_util.remove_training_nodes(graph, protected_nodes=[end])
        graph = optimize_for_inference_lib.fold_batch_norms(graph)
        assert not [n for n in graph.node if 'BatchNorm' in n.op or n.op == 'Rsqrt']
    return graph


def answers(graph, x_nhwc, pooled='InceptionV3/Logits/SpatialSqueeze:0'):
    with tf.Graph().as_default() as g:
        tf.import_graph_def(graph, name='')
        with v1.Session(graph=g) as s:
            return s.run(pooled, {'input:0': x_nhwc})


def check(name, graph, x, style, classes):
    path = name + '.pb'
    with open(path, 'wb') as f:
        f.write(graph.SerializeToString())
    write('fx.safetensors', {'x': x})
    wanted = answers(graph, np.ascontiguousarray(x.transpose(0, 2, 3, 1)))
    subprocess.run([LOGITS, path, 'fx.safetensors', 'fout.safetensors'], check=True)
    found = read('fout.safetensors')['logits']
    worst = np.abs(found - wanted).max() / np.abs(wanted).max()
    assert wanted.std(0).mean() > 0.05, wanted.std(0).mean()
    assert found.shape == wanted.shape and worst < 1e-4, (name, worst)
    subprocess.run([LEUKO, 'weights', 'convert', path, 'f.safetensors'], check=True, stdout=subprocess.DEVNULL)
    told = json.loads(subprocess.run([LEUKO, 'info', 'f.safetensors', '--json', '-'], check=True, capture_output=True,
                                     text=True).stdout)
    source = json.loads(told['source'])
    assert source['background_class'] == (classes == 1001) and source['softmax'] == ('logits' not in style)
    assert ('count padding' in told['network']) == ('padded' in style), told['network']
    assert source['batch_norm'] == ('folded' if 'folded' in style else 'unfused' if 'unfused' in style else 'fused')
    print('ok: %s: %d nodes, %s, largest relative difference %.1e' % (path, len(graph.node), ', '.join(style), worst))
    return wanted


# name: style, and whether it is tried at full size too
STYLES = {'slim-2016': (('unfused', 'convolution', 'imagenet'), 1001), 'trainer': (('fused',), 3),
          'gamma': (('fused', 'gamma', 'no-read'), 3), 'unfused-gamma': (('unfused', 'gamma', 'padded'), 3),
          'folded': (('fused', 'folded'), 3), 'logits': (('unfused', 'no-read', 'logits'), 3),
          'padded': (('fused', 'padded', 'convolution'), 3)}


def golden(folder):
    """Three images by formula, and the graphs of a small network on them."""
    side, weights, rows = 75, Weights(steps=9), {}
    n = np.arange(3 * 3 * side * side, dtype=np.int64)
    x = ((n * 2654435761 % 4294967296 // 65536 % 256) / 127.5 - 1).astype(np.float32).reshape(3, 3, side, side)
    x[1], x[2] = x[1] * 0.25, np.abs(x[2])
    os.makedirs(folder, exist_ok=True)
    for name, (style, classes) in STYLES.items():
        graph = frozen(Table(0.01), 'Mixed_5b', side, classes, weights if classes == 3 else Weights(steps=9), style)
        z = check('golden-' + name, graph, x, style, classes)
        with open(os.path.join(folder, name + '.pb.gz'), 'wb') as f:
            f.write(gzip.compress(graph.SerializeToString(deterministic=True), 9, mtime=0))
        rows[name] = {'style': style, 'classes': classes, 'logits': [[float('%.7g' % v) for v in r[:8]] for r in z]}
    rows['written_by'] = 'TensorFlow ' + tf.__version__
    with open(os.path.join(folder, 'answers.json'), 'w') as f:
        f.write(json.dumps(rows, indent=1).replace('\n    ', ' ') + '\n')


def main():
    if os.environ.get('GOLDEN'):
        golden(os.environ['GOLDEN'])
        return
    x = planes(sixteen())
    small = np.ascontiguousarray(x[:, :, ::2, ::2])[:, :, :139, :139]
    for name, (style, classes) in STYLES.items():
        check('foreign-' + name, frozen(Table(0.25), 'Mixed_7c', 139, classes, Weights(), style), small, style, classes)
    for name in ('slim-2016', 'padded'):
        style, classes = STYLES[name]
        check('full-' + name, frozen(Table(1), 'Mixed_7c', 299, classes, Weights(), style), x, style, classes)


if __name__ == '__main__':
    main()
