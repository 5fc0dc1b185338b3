"""torch.save() files without PyTorch: the pickles and storages written by hand, for tests."""
import io
import json
import math
import struct
import zipfile


class Tensor:
    def __init__(self, shape, values, strides=None):
        self.shape, self.values = tuple(shape), list(struct.unpack('<%df' % len(values),
                                                                   struct.pack('<%df' % len(values), *values)))
        self.strides = strides


def integer(n):
    if 0 <= n < 256:
        return b'K' + bytes([n])
    if -2 ** 31 <= n < 2 ** 31:
        return b'J' + struct.pack('<i', n)
    return b'\x8a\x08' + struct.pack('<q', n)


def text(s):
    return b'X' + struct.pack('<I', len(s.encode())) + s.encode()


def sequence(values):
    return b'(' + b''.join(map(integer, values)) + b't'


class Object:
    """What a class gives that exists in the writer's program only: a reference to it, a call, a state."""
    def __init__(self, module, name, state=None):
        self.module, self.name, self.state = module, name, state


class Writer:
    def __init__(self, legacy):
        self.legacy, self.storages = legacy, {}

    def tensor(self, t):
        key = str(len(self.storages))
        self.storages[key] = t.values
        strides = t.strides
        if strides is None:
            strides = [math.prod(t.shape[i + 1:]) for i in range(len(t.shape))]
        view = b'N' if self.legacy else b''
        storage = b'(' + text('storage') + b'ctorch\nFloatStorage\n' + text(key) + text('cpu') + \
            integer(len(t.values)) + view + b'tQ'
        return b'ctorch._utils\n_rebuild_tensor_v2\n(' + storage + integer(0) + sequence(t.shape) + \
            sequence(strides) + b'\x89ccollections\nOrderedDict\n)RtR'

    def value(self, v):
        if isinstance(v, dict):
            return b'}(' + b''.join(text(k) + self.value(x) for k, x in v.items()) + b'u'
        if isinstance(v, Object):
            made = b'c' + ('%s\n%s\n' % (v.module, v.name)).encode() + b')\x81'
            return made if v.state is None else made + self.value(v.state) + b'b'
        if isinstance(v, list):
            return b'](' + b''.join(map(self.value, v)) + b'e'
        if isinstance(v, str):
            return text(v)
        return integer(v) if isinstance(v, int) else self.tensor(v)


def floats(values):
    return struct.pack('<%df' % len(values), *values)


def zip_of(data_pkl, storages):
    out = io.BytesIO()
    with zipfile.ZipFile(out, 'w', zipfile.ZIP_STORED) as z:
        z.writestr('archive/data.pkl', data_pkl)
        for key, values in storages.items():
            z.writestr('archive/data/' + key, floats(values))
        z.writestr('archive/version', '3\n')
    return out.getvalue()


def zip_file(value):
    w = Writer(False)
    return zip_of(b'\x80\x02' + w.value(value) + b'.', w.storages)


def legacy_file(value):
    w = Writer(True)
    body = w.value(value)
    keys = b'](' + b''.join(text(k) for k in w.storages) + b'e'
    return (b'\x80\x02\x8a\x0a' + bytes.fromhex('6cfc9c46f9206aa85019') + b'.' + b'\x80\x02M\xe9\x03.' +
            b'\x80\x02}(' + text('little_endian') + b'\x88u.' + b'\x80\x02' + body + b'.' + b'\x80\x02' + keys + b'.' +
            b''.join(struct.pack('<q', len(v)) + floats(v) for v in w.storages.values()))


def safetensors(tensors):
    header, data = {}, b''
    for name, (shape, values) in tensors.items():
        header[name] = {'dtype': 'F32', 'shape': shape, 'data_offsets': [len(data), len(data) + 4 * len(values)]}
        data += floats(values)
    head = json.dumps(header).encode()
    return struct.pack('<Q', len(head)) + head + data


# (block, [(branch, out channels, kernel), ...]) of torchvision's Inception V3, inputs by name of what is read
STEM = [('Conv2d_1a_3x3', 32, 3, 3), ('Conv2d_2a_3x3', 32, 3, 3), ('Conv2d_2b_3x3', 64, 3, 3),
        ('Conv2d_3b_1x1', 80, 1, 1), ('Conv2d_4a_3x3', 192, 3, 3)]


def a(pool):
    return [('branch1x1', 64, 1, 1, 0), ('branch5x5_1', 48, 1, 1, 0), ('branch5x5_2', 64, 5, 5, 1),
            ('branch3x3dbl_1', 64, 1, 1, 0), ('branch3x3dbl_2', 96, 3, 3, 1), ('branch3x3dbl_3', 96, 3, 3, 1),
            ('branch_pool', pool, 1, 1, 0)], ['branch1x1', 'branch5x5_2', 'branch3x3dbl_3', 'branch_pool']


B = [('branch3x3', 384, 3, 3, 0), ('branch3x3dbl_1', 64, 1, 1, 0), ('branch3x3dbl_2', 96, 3, 3, 1),
     ('branch3x3dbl_3', 96, 3, 3, 1)], ['branch3x3', 'branch3x3dbl_3', None]


def c(n):
    return [('branch1x1', 192, 1, 1, 0), ('branch7x7_1', n, 1, 1, 0), ('branch7x7_2', n, 1, 7, 1),
            ('branch7x7_3', 192, 7, 1, 1), ('branch7x7dbl_1', n, 1, 1, 0), ('branch7x7dbl_2', n, 7, 1, 1),
            ('branch7x7dbl_3', n, 1, 7, 1), ('branch7x7dbl_4', n, 7, 1, 1), ('branch7x7dbl_5', 192, 1, 7, 1),
            ('branch_pool', 192, 1, 1, 0)], ['branch1x1', 'branch7x7_3', 'branch7x7dbl_5', 'branch_pool']


D = [('branch3x3_1', 192, 1, 1, 0), ('branch3x3_2', 320, 3, 3, 1), ('branch7x7x3_1', 192, 1, 1, 0),
     ('branch7x7x3_2', 192, 1, 7, 1), ('branch7x7x3_3', 192, 7, 1, 1), ('branch7x7x3_4', 192, 3, 3, 1)], \
    ['branch3x3_2', 'branch7x7x3_4', None]
E = [('branch1x1', 320, 1, 1, 0), ('branch3x3_1', 384, 1, 1, 0), ('branch3x3_2a', 384, 1, 3, 1),
     ('branch3x3_2b', 384, 3, 1, 2), ('branch3x3dbl_1', 448, 1, 1, 0), ('branch3x3dbl_2', 384, 3, 3, 1),
     ('branch3x3dbl_3a', 384, 1, 3, 1), ('branch3x3dbl_3b', 384, 3, 1, 2), ('branch_pool', 192, 1, 1, 0)], \
    ['branch1x1', 'branch3x3_2a', 'branch3x3_2b', 'branch3x3dbl_3a', 'branch3x3dbl_3b', 'branch_pool']
BLOCKS = [('Mixed_5b', a(32)), ('Mixed_5c', a(64)), ('Mixed_5d', a(64)), ('Mixed_6a', B), ('Mixed_6b', c(128)),
          ('Mixed_6c', c(160)), ('Mixed_6d', c(160)), ('Mixed_6e', c(192)), ('Mixed_7a', D), ('Mixed_7b', E),
          ('Mixed_7c', E)]


def tiny_network(classes, multiplier=0.1):
    """Every tensor of torchvision's network with fewer channels, values by formula."""
    out, n = {}, [0]

    def values(count, low, high):
        n[0] += 1
        return [low + (high - low) * ((i * 2654435761 + n[0] * 40503) % 65536 / 65536) for i in range(count)]

    def conv(name, channels, ic, kh, kw):
        oc = max(int(channels * multiplier), 16)
        bound = (6 / (kh * kw * ic)) ** 0.5
        out[name + '.conv.weight'] = Tensor((oc, ic, kh, kw), values(oc * ic * kh * kw, -bound, bound))
        for variable, low, high in (('weight', .75, 1.25), ('bias', -.25, .25), ('running_mean', -.25, .25),
                                    ('running_var', .5, 1.5)):
            out['%s.bn.%s' % (name, variable)] = Tensor((oc,), values(oc, low, high))
        return oc

    ic = 3
    for name, channels, kh, kw in STEM:
        ic = conv(name, channels, ic, kh, kw)
    for block, (branches, joined) in BLOCKS:
        sizes = {None: ic}
        before = [ic, ic]  # what the last row read, what it gave
        for name, channels, kh, kw, kind in branches:
            reads = (ic, before[1], before[0])[kind]
            sizes[name] = conv('%s.%s' % (block, name), channels, reads, kh, kw)
            before = [reads, sizes[name]]
        ic = sum(sizes[j] for j in joined)
    out['fc.weight'] = Tensor((classes, ic), values(classes * ic, -.1, .1))
    out['fc.bias'] = Tensor((classes,), values(classes, -.5, .5))
    return out
