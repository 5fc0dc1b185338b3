"""Leuko reads V1 and V2 checkpoints of TensorFlow's Saver (ranks 0 to 5, every type, several shards, partitioned
variables) bit for bit; TensorFlow restores the V2 checkpoint that Leuko writes with equal bytes."""
import json
import os
import subprocess

import numpy as np
import tensorflow as tf

from common.tensors import read

v1 = tf.compat.v1
v1.disable_eager_execution()
LEUKO, DUMP = os.environ['LEUKO'], os.environ['CHECKPOINT_TENSORS']
DIMS = (2, 3, 1, 4, 2)
TYPES = {'float32': 'F32', 'float64': 'F64', 'half': 'F16', 'bfloat16': 'BF16', 'int32': 'I32', 'int64': 'I64',
         'string': 'STRING'}
FLOATING = ('F32', 'F64', 'F16', 'BF16')
random = np.random.default_rng(50)


def leuko(*args):
    return subprocess.run([LEUKO, *args], check=True, capture_output=True, text=True).stdout


def value_of(kind, shape):
    if kind == 'string':
        return np.array([b'text %d' % i for i in range(int(np.prod(shape)))], object).reshape(shape)
    if kind.startswith('int'):
        return random.integers(-99, 99, shape).astype(kind)
    return np.asarray(random.standard_normal(shape)).astype(tf.as_dtype(kind).as_numpy_dtype)


def by_part(op):
    """Parts of a variable lie on the devices in turn, so that shards hold some each."""
    for piece in op.name.split('/'):
        if piece.startswith('part_'):
            return '/cpu:%d' % (int(piece[5:].split('_')[0]) % 2)
    return '/cpu:0'


def slice_of(value):
    """The initializer of a part: its slice of the whole."""
    def initialize(shape, dtype=None, partition_info=None):
        begin = partition_info.var_offset
        return tf.constant(value[tuple(slice(b, b + int(n)) for b, n in zip(begin, shape))], dtype)
    return initialize


def make_variables(version):
    """name -> (type, value); the variables of the default graph, on two devices."""
    known = {}
    for kind in TYPES:
        if version == 1 and kind == 'bfloat16':  # TensorFlow's own V1 writer refuses it
            continue
        for rank in range(6):
            name, value = '%s_%d' % (kind, rank), value_of(kind, DIMS[:rank])
            with tf.device('/cpu:%d' % (rank % 2)):
                v1.get_variable(name, initializer=tf.constant(value, tf.as_dtype(kind)), use_resource=False)
            known[name] = (kind, value)
    for name, shape, axis, parts in (('rows', (7, 4, 3), 0, 3), ('columns', (3, 5, 2), 1, 2), ('long', (5000, 3), 0, 40),
                                     ('deep', (2, 3, 1, 4, 2), 3, 4)):
        value = value_of('float32', shape)
        with v1.device(by_part):
            v1.get_variable(name, shape=shape, partitioner=v1.fixed_size_partitioner(parts, axis=axis),
                            initializer=slice_of(value), use_resource=False)
        known[name] = ('float32', value)
    return known


def check(prefix, known):
    subprocess.run([DUMP, prefix, 'found.safetensors'], check=True)
    found = read('found.safetensors')
    types = {t['name']: t for t in json.loads(leuko('weights', 'inspect', prefix, '--json', '-'))['tensors']}
    assert set(types) == set(known), set(types) ^ set(known)
    assert set(found) == {k for k, (kind, _) in known.items() if TYPES[kind] in FLOATING}
    for name, (kind, value) in known.items():
        assert types[name]['type'] == TYPES[kind] and tuple(types[name]['shape']) == np.shape(value), name
        if name in found:
            wanted = np.asarray(value).astype(np.float32)
            assert found[name].shape == wanted.shape and found[name].tobytes() == wanted.tobytes(), name
    return len(found), len(types)


for version in (1, 2):
    for sharded in (False, True):
        prefix = 'tf-v%d%s' % (version, '-sharded' if sharded else '')
        with tf.Graph().as_default():
            known = make_variables(version)
            saver = v1.train.Saver(write_version=version, sharded=sharded)
            with v1.Session(config=v1.ConfigProto(device_count={'CPU': 2})) as session:
                session.run(v1.global_variables_initializer())
                said = saver.save(session, './' + prefix, write_meta_graph=False)
        names = {prefix, said} | ({f for f in os.listdir('.') if f.startswith(prefix + '.') or
                                   f.startswith(prefix + '-0')})
        for name in sorted(names):
            n, n_all = check(name, known)
            print('%s: %d tensors of floating numbers of %d, to the bit' % (name, n, n_all))
        if sharded:
            assert len(names) > 3, names

# ours, in TensorFlow
leuko('synth', 'checkpoint-cells', '--per-class', '6', '--groups', '3', '--size', '75')
leuko('sort', 'checkpoint-cells', '--out', 'checkpoint-shards', '--validation', '0', '--group-by', '(P[0-9]+)_')
leuko('train', 'checkpoint-shards', '--model', 'c.safetensors', '--weights', 'random', '--depth-multiplier', '0.25',
      '--size', '75', '--endpoint', 'Mixed_5d')
leuko('freeze', 'c.safetensors', '-o', 'ours.ckpt')
wanted = read('c.safetensors')
reader = tf.train.load_checkpoint('./ours.ckpt')
assert set(reader.get_variable_to_shape_map()) == set(wanted)
assert all(reader.get_tensor(k).tobytes() == v.tobytes() and reader.get_tensor(k).shape == v.shape
           for k, v in wanted.items())
with tf.Graph().as_default():
    variables = {k: v1.get_variable(k, shape=v.shape, initializer=v1.zeros_initializer()) for k, v in wanted.items()}
    with v1.Session() as session:
        v1.train.Saver(variables).restore(session, './ours.ckpt')
        assert all(session.run(variables[k]).tobytes() == v.tobytes() for k, v in wanted.items())
        saved = v1.train.Saver(variables).save(session, './again', write_meta_graph=False)
assert open('again.data-00000-of-00001', 'rb').read() == open('ours.ckpt.data-00000-of-00001', 'rb').read()
print('ours.ckpt: TensorFlow restores %d variables with equal bytes, and writes the same data file' % len(wanted))
