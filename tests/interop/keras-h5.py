"""Leuko converts every kind of file that Keras and tf-keras write of Inception V3, and gives the same answers.

The files: .weights.h5, legacy .h5 of weights and of the whole model, alone and inside a transfer-learning model after one
training step, with and without gamma, in other number types. Weights are random, from a seed.
"""
import json
import os
import struct
import subprocess
import warnings

os.environ['TF_CPP_MIN_LOG_LEVEL'] = '3'
import h5py
import keras
import numpy as np
import tf_keras

LEUKO = os.environ['LEUKO']
LOGITS = os.path.join(os.path.dirname(LEUKO), '../../tests/interop/foreign-logits')
K, N = 20, 8
TOLERANCE = 1e-4
rng = np.random.default_rng(3)
warnings.simplefilter('ignore', UserWarning)  # both Keras call .h5 legacy


def write(path, x):
    text = json.dumps({'x': {'dtype': 'F32', 'shape': list(x.shape), 'data_offsets': [0, x.nbytes]}}).encode()
    text += b' ' * (-(8 + len(text)) % 64)
    open(path, 'wb').write(struct.pack('<Q', len(text)) + text + x.tobytes())


def logits_in(path):
    data = open(path, 'rb').read()
    n = struct.unpack('<Q', data[:8])[0]
    t = json.loads(data[8:8 + n])['logits']
    return np.frombuffer(data[8 + n:], np.float32).reshape(t['shape'])


def images(side):
    """Half of them noise, half of them smooth."""
    noise = rng.uniform(-1, 1, (N, side, side, 3))
    y, x = np.mgrid[0:side, 0:side] / side
    for i in range(0, N, 2):
        for c in range(3):
            a, b, phase = rng.uniform(1, 12, 3)
            noise[i, :, :, c] = np.sin(a * x + b * y + phase)
    return noise.astype(np.float32)


def liven(model, kernel_gain=1.6):
    """Batch norms and kernels that do something: random weights alone give every image the same answer."""
    for layer in model.layers:
        if hasattr(layer, 'layers'):
            liven(layer)
        elif layer.__class__.__name__ == 'BatchNormalization':
            ranges = {'gamma': (0.75, 1.25), 'beta': (-0.25, 0.25), 'moving_mean': (-0.1, 0.1), 'moving_variance': (0.3, 0.9)}
            layer.set_weights([rng.uniform(*ranges[w.name.split('/')[-1].split(':')[0]], w.shape) for w in layer.weights])
        elif layer.weights:
            layer.set_weights([w * kernel_gain if w.ndim > 1 else rng.uniform(-0.5, 0.5, w.shape) for w in layer.get_weights()])
    return model


def softmax(z):
    e = np.exp(z - z.max(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True)


def answers(model, x):
    """Logits, after the classifier was scaled to ordinary probabilities; answers all alike would prove nothing."""
    head = model.layers[-1]
    z = np.asarray(model(x, training=False))
    head.set_weights([w * np.float32(4 / np.abs(z).max()) for w in head.get_weights()])
    z = np.asarray(model(x, training=False))
    assert np.isfinite(z).all() and z.std(axis=0).max() > 0.2 and softmax(z).max() < 0.999, (z, softmax(z).max())
    return z


def ours(path, x):
    """Through `leuko weights convert`, in a batch of 8 and one by one: the same answers."""
    subprocess.run([LEUKO, 'weights', 'convert', path, 'converted.safetensors'], check=True, stdout=subprocess.DEVNULL)
    nchw = np.ascontiguousarray(x.transpose(0, 3, 1, 2))
    found = []
    for batch in (nchw, nchw[:1], nchw[N - 1:]):
        write('x.safetensors', batch)
        subprocess.run([LOGITS, 'converted.safetensors', 'x.safetensors', 'out.safetensors'], check=True)
        found.append(logits_in('out.safetensors'))
    return found


def alike(path, x, z):
    whole, first, last = ours(path, x)
    worst = max(np.abs(a - b).max() for a, b in ((whole, z), (first, z[:1]), (last, z[N - 1:]))) / np.abs(z).max()
    p = np.abs(softmax(whole) - softmax(z)).max()
    assert worst < TOLERANCE and p < TOLERANCE, (path, worst, p)
    print('ok: %s, logits to %.1e, probabilities to %.1e' % (path, worst, p), flush=True)


def inception(k, **options):
    return k.applications.InceptionV3(weights=None, classes=K, classifier_activation=None, **options)


def with_gamma(k, model):
    """The same network with a gamma in every batch norm."""
    def clone(layer):
        config = layer.get_config()
        if layer.__class__.__name__ == 'BatchNormalization':
            config['scale'] = True
        return layer.__class__.from_config(config)
    return k.models.clone_model(model, clone_function=clone)


def transfer(k):
    """A classifier of three kinds on the trunk, after one step of Adam."""
    base = k.applications.InceptionV3(weights=None, include_top=False, pooling='avg', input_shape=(299, 299, 3))
    model = k.Sequential([base, k.layers.Dense(3, name='kinds')])
    liven(model)
    model.compile(k.optimizers.Adam(1e-5), 'mse', metrics=['mae'])
    model.fit(images(299)[:2], np.ones((2, 3), np.float32), epochs=1, verbose=0)
    return model


def rewrite(source, target, change):
    """The same groups and attributes, each data set as `change` makes it."""
    with h5py.File(source) as a, h5py.File(target, 'w') as b:
        def copy(name, o):
            if isinstance(o, h5py.Dataset):
                b.create_dataset(name, **change(o[()]))
            else:
                b.require_group(name)
        a.visititems(copy)


def check_types(x, z):
    rewrite('keras3.weights.h5', 'double.weights.h5', lambda v: dict(data=v.astype('f8')))
    rewrite('keras3.weights.h5', 'big-endian.weights.h5', lambda v: dict(data=v.astype('>f4')))
    rewrite('keras3.weights.h5', 'deflate.weights.h5', lambda v: dict(data=v, chunks=True, compression='gzip', shuffle=True,
                                                                       fletcher32=True))
    for name in ('double', 'big-endian', 'deflate'):
        alike(name + '.weights.h5', x, z)
    rewrite('keras3.weights.h5', 'half.weights.h5', lambda v: dict(data=v.astype('f2')))
    rewrite('keras3.weights.h5', 'rounded.weights.h5', lambda v: dict(data=v.astype('f2').astype('f4')))
    half, rounded = ours('half.weights.h5', x)[0], ours('rounded.weights.h5', x)[0]
    assert half.tobytes() == rounded.tobytes() and np.abs(half - z).max() > 1e-5 * np.abs(z).max()
    print('ok: half.weights.h5, float16 as its values are')


keras.utils.set_random_seed(5)
tf_keras.utils.set_random_seed(5)
x = images(299)

model = liven(inception(keras))
z = answers(model, x)
model.save_weights('keras3.weights.h5')
model.save('keras3-model.h5')
alike('keras3.weights.h5', x, z)
alike('keras3-model.h5', x, z)
check_types(x, z)
model = liven(with_gamma(keras, model))
z = answers(model, x)
model.save_weights('keras3-gamma.weights.h5')
alike('keras3-gamma.weights.h5', x, z)

model = liven(inception(tf_keras))
z = answers(model, x)
model.save_weights('keras2.h5')
model.save('keras2-model.h5')
model.save_weights('keras2.weights.h5')
for name in ('keras2.h5', 'keras2-model.h5', 'keras2.weights.h5'):
    alike(name, x, z)
model = liven(with_gamma(tf_keras, model))
z = answers(model, x)
model.save_weights('keras2-gamma.h5')
alike('keras2-gamma.h5', x, z)

for k, names in ((keras, ('transfer3.weights.h5', 'transfer3-model.h5')), (tf_keras, ('transfer2.weights.h5', 'transfer2-model.h5'))):
    model = transfer(k)
    z = answers(model, x)
    model.save_weights(names[0])
    model.save(names[1])
    for name in names:
        alike(name, x, z)
said = subprocess.run([LEUKO, 'info', 'transfer3.weights.h5'], check=True, capture_output=True, text=True).stdout
assert '189 with variables' in said and '378 floating-point' in said, said
print('ok: the state of the optimizer is passed over')
