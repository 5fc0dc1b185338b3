"""Keras's files without Keras, by h5py: torchfile's tiny network as every layout that Keras writes, for tests."""
import h5py
import numpy as np
import torchfile

# What layer of the order of creation Keras 3 saves as conv2d, conv2d_1, ...: from the attribute name of
# layers/conv2d_N/vars in the .weights.h5 of keras.applications.InceptionV3, Keras 3.15
SAVED = [0, 1, 2, 3, 4, 8, 6, 9, 5, 7, 10, 11, 15, 13, 16, 12, 14, 17, 18, 22, 20, 23, 19, 21, 24, 25, 27, 28, 26, 29, 34,
         35, 31, 36, 32, 37, 30, 33, 38, 39, 44, 45, 41, 46, 42, 47, 40, 43, 48, 49, 54, 55, 51, 56, 52, 57, 50, 53, 58,
         59, 64, 65, 61, 66, 62, 67, 60, 63, 68, 69, 72, 73, 70, 74, 71, 75, 80, 77, 81, 78, 79, 82, 83, 76, 84, 89, 86,
         90, 87, 88, 91, 92, 85, 93]
NORM = (('gamma', 'weight'), ('beta', 'bias'), ('moving_mean', 'running_mean'), ('moving_variance', 'running_var'))


PARENTS = h5py.h5p.create(h5py.h5p.LINK_CREATE)
PARENTS.set_create_intermediate_group(True)


def array(t):
    if not hasattr(t, 'array'):
        t.array = np.array(t.values, np.float32).reshape(t.shape)
    return t.array


def dataset(group, name, data, **options):
    """create_dataset(); without options by h5py's lower layer, five times as fast."""
    data = np.ascontiguousarray(data) if np.ndim(data) else data
    if options or not np.ndim(data):
        return group.create_dataset(name, data=data, **options)
    created = h5py.h5d.create(group.id, name.encode(), h5py.h5t.py_create(data.dtype, logical=1),
                              h5py.h5s.create_simple(data.shape), lcpl=PARENTS)
    created.write(h5py.h5s.ALL, h5py.h5s.ALL, data)
    return h5py.Dataset(created)


def layers(network, gamma=True):
    """[(class, {variable: array}), ...] in the order of creation: convolutions, their norms, the dense layer."""
    found = []
    for name in [k[:-len('.conv.weight')] for k in network if k.endswith('.conv.weight')]:
        found.append(('conv2d', {'kernel': array(network[name + '.conv.weight']).transpose(2, 3, 1, 0)}))
        found.append(('batch_normalization', {ours: array(network['%s.bn.%s' % (name, torch)]) for ours, torch in NORM
                                              if gamma or ours != 'gamma'}))
    if 'fc.weight' in network:
        found.append(('dense', {'kernel': array(network['fc.weight']).T, 'bias': array(network['fc.bias'])}))
    return found


def numbered(kind, n):
    return '%s_%d' % (kind, n) if n else kind


def named(all_layers, first=0):
    """The same with the names of creation, counted from `first`: conv2d, batch_normalization, conv2d_1, ..."""
    count = {}
    for kind, variables in all_layers:
        n = count[kind] = count.get(kind, first - 1) + 1
        yield ('predictions' if kind == 'dense' else numbered(kind, n)), variables


def texts(names):
    """As Keras 2 writes them, of fixed length; where there are none an array of float64."""
    return np.array([n.encode() for n in names]) if names else np.array([])


def legacy(path, network, gamma=True, first=1, root='', nested=None, suffix=':0', parts=0, variable=False, **options):
    """save_weights() of Keras 2, or with root='model_weights' a whole model; nested: inside one layer of that name;
    parts: long lists in so many attributes; variable: texts of variable length, as h5py writes str."""
    def write_list(o, name, names):
        value = [str(n) for n in names] if variable and names else texts(names)
        if not parts:
            o.attrs[name] = value
        for i in range(parts):
            o.attrs['%s%d' % (name, i)] = texts(names[len(names) * i // parts:len(names) * (i + 1) // parts])
    with h5py.File(path, 'w') as f:
        top = f.require_group(root) if root else f
        top.attrs['keras_version'], top.attrs['backend'] = b'2.2.5', b'tensorflow'
        found = [(layer, {'%s/%s%s' % (layer, v, suffix): a for v, a in variables.items()})
                 for layer, variables in named(layers(network, gamma), first)]
        found.insert(1, ('activation_1', {}))
        if nested:
            inside = {k: a for layer, weights in found if layer != 'predictions' for k, a in weights.items()}
            found = [(nested, inside)] + [x for x in found if x[0] == 'predictions']
        write_list(top, 'layer_names', [layer for layer, _ in found])
        for layer, weights in found:
            group = top.create_group(layer)
            write_list(group, 'weight_names', list(weights))
            for name, a in weights.items():
                dataset(group, name, a, **(options if a.ndim else {}))
        if root:
            f.attrs['model_config'] = '{"class_name": "Functional"}'
            f['optimizer_weights/Adam/m'] = np.ones(9, np.float32)


def keras3(path, network, gamma=False, nested='', change=lambda a: dict(data=a), optimizer=False):
    """save_weights('x.weights.h5') of Keras 3; nested: as the layer of that name in another model."""
    found = layers(network, gamma)
    rows = {'conv2d': [x for x in found if x[0] == 'conv2d'],
            'batch_normalization': [x for x in found if x[0] == 'batch_normalization']}
    with h5py.File(path, 'w') as f:
        inner = f.create_group('layers/%s/layers' % nested if nested else 'layers')
        for kind, all_of_it in rows.items():
            for n, row in enumerate(SAVED):
                for i, a in enumerate(all_of_it[row][1].values()):
                    put(inner, '%s/vars/%d' % (numbered(kind, n), i), change(a))
        for n in range(3):
            inner.create_group(numbered('activation', n) + '/vars')
        for kind, variables in found:
            for i, a in enumerate(variables.values() if kind == 'dense' else ()):
                put(f, 'layers/dense/vars/%d' % i, change(a))
        f['layers/random_flip/seed_generator/vars/0'] = np.array([1, 2], np.uint32)
        if optimizer:
            f['optimizer/vars/0'] = np.int64(1)
            f['optimizer/vars/1'] = np.ones((3, 3, 3, 16), np.float32)
            f['metrics/mean/vars/0'] = np.float32(3)


def put(group, name, made):
    made = dict(made)
    attributes = made.pop('attributes', {})
    created = dataset(group, name, **made)
    if attributes:
        created.attrs.update(attributes)


def bfloat16(a):
    """As Keras 3 writes it: the upper halves, opaque, with an attribute."""
    halves = (np.ascontiguousarray(a, np.float32).view(np.uint32) >> 16).astype(np.uint16)
    return dict(data=halves.view('V2'), attributes={'dtype': 'bfloat16'})


def tiny(classes=3):
    return torchfile.tiny_network(classes)
