#!/usr/bin/env python3
"""Writes tests/fuzz/corpus/{tfrecord,safetensors,graphdef}: tiny valid files and damaged ones.
usage: make-data-corpus.py CORPUS_DIR LEUKO   (python3 alone; the files are kept in the repository)
Valid models and graphs come from the program LEUKO; this script builds all other files."""
import json, os, struct, subprocess, sys, tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'support'))
from protowire import field, masked_crc32c, varint  # noqa: E402

corpus, leuko = sys.argv[1], os.path.abspath(sys.argv[2])


def put(folder, name, data):
    os.makedirs(os.path.join(corpus, folder), exist_ok=True)
    open(os.path.join(corpus, folder, name), 'wb').write(data)
    return data


def record(data, length=None):
    head = struct.pack('<Q', len(data) if length is None else length)
    return head + struct.pack('<I', masked_crc32c(head)) + data + struct.pack('<I', masked_crc32c(data))


def feature(key, *values):
    if values and isinstance(values[0], int):
        kind = field(3, field(1, b''.join(varint(v) for v in values)))
    else:
        kind = field(1, b''.join(field(1, v) for v in values))
    return field(1, field(1, key) + field(2, kind))


def example(*features):
    return field(1, b''.join(features))


pic, label = feature('image/encoded', b'\xff\xd8pixels'), feature('image/class/label', 1)
whole = example(pic, feature('image/format', 'jpeg'), label, feature('image/height', 13),
                feature('image/width', 19), feature('image/filename', '1/P01_0001.jpg'),
                feature('image/group', 'P01'), feature('image/source', '1/P01_0001.jpg'))
tf = lambda name, data: put('tfrecord', name + '.tfrecord', data)
tf('two', record(whole) + record(example(pic, label)))
tf('empty', b'')
tf('empty-record', record(b''))
tf('length-crc', bytes(8) + b'\1\2\3\4' + bytes(4))
tf('data-crc', record(whole)[:-1] + b'\0')
tf('longer-than-file', record(whole, length=1 << 20))
tf('longer-than-limit', record(whole, length=1 << 62))
tf('length-minus-one', record(whole, length=(1 << 64) - 1))
tf('not-an-example', record(b'\x0a\xff\xff\xff\xff\x0f'))
tf('no-encoded', record(example(label)))
tf('no-label', record(example(pic)))
tf('two-labels', record(example(pic, feature('image/class/label', 1, 2))))
tf('label-minus', record(example(pic, feature('image/class/label', -1))))
tf('label-huge', record(example(pic, feature('image/class/label', 1 << 62))))
tf('label-is-text', record(example(pic, feature('image/class/label', 'one'))))
tf('not-utf8', record(example(pic, label, feature('image/filename', b'\xff\xfe\0x\n'))))
tf('empty-texts', record(example(feature('image/encoded', b''), label, feature('image/filename', ''))))
tf('huge-size', record(example(pic, label, feature('image/height', -5), feature('image/width', 1 << 40))))
tf('key-without-value', record(field(1, field(1, field(1, 'image/encoded'))) + whole))
tf('same-key-twice', record(example(pic, pic, label, label)))
put('tfrecord', 'bare-example', whole)


def tensors(header, data=b'', length=None):
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    return struct.pack('<Q', len(text) if length is None else length) + text + data


def one(dtype, shape, offsets, **more):
    return dict(more, a={'dtype': dtype, 'shape': shape, 'data_offsets': offsets})


st = lambda name, data: put('safetensors', name + '.safetensors', data)
st('empty', b'')
st('no-tensors', tensors({}))
st('f32', tensors(one('F32', [2, 3], [0, 24]), struct.pack('<6f', *range(6))))
kinds = {'F32': 4, 'F16': 2, 'BF16': 2, 'F64': 8, 'I64': 8, 'I32': 4, 'I16': 2, 'I8': 1, 'U8': 1, 'BOOL': 1}
header, at = {}, 0
for kind, size in kinds.items():
    header[kind] = {'dtype': kind, 'shape': [3], 'data_offsets': [at, at + 3 * size]}
    at += 3 * size
st('every-type', tensors(header, bytes((i * 37) & 255 for i in range(at))))
st('spaces', tensors(b'{}      '))
st('scalar', tensors(one('F64', [], [0, 8]), bytes(8)))
st('no-values', tensors(one('F32', [0, 5], [0, 0])))
st('odd-place', tensors({'b': {'dtype': 'U8', 'shape': [1], 'data_offsets': [0, 1]},
                         'a': {'dtype': 'F32', 'shape': [1], 'data_offsets': [1, 5]}}, bytes(5)))
st('length-lies', tensors({}, length=1 << 40))
st('length-minus-one', tensors({}, length=(1 << 64) - 1))
st('header-cut', tensors(one('F32', [2], [0, 8]), bytes(8))[:30])
st('data-cut', tensors(one('F32', [200], [0, 800]), bytes(8)))
st('hole', tensors(one('F32', [1], [4, 8]), bytes(8)))
st('overlap', tensors({k: {'dtype': 'F32', 'shape': [2], 'data_offsets': [i, i + 8]}
                       for k, i in (('a', 0), ('b', 4))}, bytes(12)))
st('tail', tensors(one('F32', [1], [0, 4]), bytes(8)))
st('shape-overflow', tensors(one('F32', [1 << 32, 1 << 32], [0, 4]), bytes(4)))
st('shape-minus', tensors(one('F32', [-1], [0, 4]), bytes(4)))
st('shape-real', tensors(one('F32', [1.0], [0, 4]), bytes(4)))
st('many-dims', tensors(one('F32', [1] * 40, [0, 4]), bytes(4)))
st('offsets-turned', tensors(one('F32', [1], [4, 0]), bytes(4)))
st('offsets-minus', tensors(one('F32', [1], [-4, 0]), bytes(4)))
st('offsets-text', tensors(one('F32', [1], ['0', '4']), bytes(4)))
st('unknown-type', tensors(one('Q7', [1], [0, 4]), bytes(4)))
st('twice', tensors(b'{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}}', b'x'))
st('list', tensors(b'[1,2,3]'))
st('deep', tensors(b'{"a":' * 3000 + b'1' + b'}' * 3000))
st('not-utf8', tensors(b'{"\xff\xfe":1}'))
st('nul-name', tensors(b'{"a\\u0000b":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}}', b'x'))
st('line-in-name', tensors(b'{"a\\nb":{"dtype":"?\\n","shape":[1],"data_offsets":[0,1]}}', b'x'))
st('metadata-number', tensors({'__metadata__': {'a': 1}}))
st('metadata-list', tensors({'__metadata__': []}))
model = {'format': 1, 'architecture': {'name': 'inception_v3', 'depth_multiplier': 0.25, 'endpoint': 'Mixed_5b',
         'side': 75, 'pool_includes_padding': False}, 'classes': ['hem', 'all'], 'positive': 'all',
         'preprocessing': {'side': 75, 'crop_fraction': 1.0, 'antialias': True}, 'threshold': 0.5,
         'temperature': 1.0, 'refer': [0.4, 0.6], 'provenance': {'seed': 50}}


def described(name, **changes):
    text = json.dumps(dict(model, **changes))
    put('safetensors', name + '.json', text.encode())
    st(name, tensors({'__metadata__': {'leuko': text}}))


described('model')
described('model-later', format=99)
described('model-no-format', format='1')
described('model-nulls', threshold=None, refer=None, positive=None)
described('model-one-class', classes=['a'])
described('model-same-class', classes=['a', 'a'], positive='a')
described('model-class-number', classes=[1, 2])
described('model-line-in-class', classes=['a\nb', 'c'], positive='d\ne')
described('model-positive', positive='neither')
described('model-refer', refer=[0.6, 0.4])
described('model-refer-text', refer=['a', 'b'])
described('model-temperature', temperature=0)
described('model-threshold', threshold=7)
described('model-side', preprocessing={'side': 80, 'crop_fraction': 1.0, 'antialias': True})
described('model-crop', preprocessing={'side': 75, 'crop_fraction': 1e-300, 'antialias': True})
described('model-network', architecture=dict(model['architecture'], name='resnet\n'))
described('model-endpoint', architecture=dict(model['architecture'], endpoint='M' * 400))
described('model-endpoint-line', architecture=dict(model['architecture'], endpoint='M\nx'))
described('model-provenance', provenance=None)


def const(name, dims, content, dtype=1):
    shape = b''.join(field(2, field(1, d)) for d in dims)
    tensor = field(1, dtype) + field(2, shape) + field(4, content)
    return field(1, field(1, name) + field(2, 'Const') + field(5, field(1, 'value') + field(2, field(8, tensor))))


def placeholder(side):
    shape = b''.join(field(2, field(1, d)) for d in (1, side, side, 3))
    return field(1, field(1, 'input') + field(2, 'Placeholder') +
                 field(5, field(1, 'shape') + field(2, field(7, shape))))


gd = lambda name, data: put('graphdef', name + '.pb', data)
logits, conv = 'InceptionV3/Logits/Conv2d_1c_1x1/weights', 'InceptionV3/Conv2d_4a_3x3/weights'
gd('empty', b'')
gd('no-nodes', field(4, field(1, 22)))
gd('other-graph', placeholder(28) + const('w', [2], bytes(8)))
gd('missing-tensors', placeholder(75) + const(logits, [1, 1, 16, 2], bytes(128)) +
   const(conv, [1, 1, 1, 16], bytes(64)))
gd('no-side', const(logits, [1, 1, 16, 2], bytes(128)) + const(conv, [1, 1, 1, 16], bytes(64)))
gd('side-minus', placeholder(-75) + const(logits, [1, 1, 16, 2], bytes(128)) + const(conv, [1, 1, 1, 16], bytes(64)))
gd('many-classes', placeholder(75) + const(logits, [1, 1, 1, 20000], bytes(80000)) + const(conv, [1, 1, 1, 16], bytes(64)))
gd('content-short', placeholder(75) + const(conv, [1, 1, 1, 16], bytes(63)))
gd('shape-overflow', const(conv, [1 << 32, 1 << 32], bytes(4)))
gd('shape-minus', const(conv, [-1, 4], bytes(4)))
gd('many-dims', const(conv, [1] * 30, bytes(4)))
gd('no-name', field(1, field(2, 'Const')))
gd('line-in-name', field(1, field(1, 'a\nb\xff') + field(2, 'Placeholder')))
gd('bad-name', const(b'InceptionV3/\xff\n', [2], bytes(4)))
gd('attr-without-value', field(1, field(1, 'input') + field(5, field(1, 'shape'))))
gd('length-lies', b'\x0a\xff\xff\xff\xff\x0f\x0a\x05input')
with tempfile.TemporaryDirectory() as tmp:
    def run(*args):
        subprocess.run([leuko, *args], check=True, cwd=tmp, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                       env=dict(os.environ, LEUKO_CACHE=tmp + '/cache'))
    run('synth', 'cells', '--per-class', '4', '--groups', '2', '--size', '75')
    run('sort', 'cells', '--out', 'shards', '--shards', '1', '--validation', '0')
    run('train', 'shards', '--model', 'm.safetensors', '--weights', 'random', '--size', '75',
        '--depth-multiplier', '0.01', '--endpoint', 'Conv2d_4a_3x3')
    run('freeze', 'm.safetensors', '-o', 'm.pb')
    graph = gd('slim', open(tmp + '/m.pb', 'rb').read())
    gd('slim-bits', graph[:5000] + bytes([graph[5000] ^ 4]) + graph[5001:])
    gd('slim-twice', graph + graph)
    gd('slim-no-batch', graph.replace(b'BatchNorm/moving_mean', b'BatchNorm/moving_mess'))
    st('trained', open(tmp + '/m.safetensors', 'rb').read())

# Compiled graphs: the smallest networks that the program trains, valid and damaged.
with tempfile.TemporaryDirectory() as tmp:
    run = lambda *a: subprocess.run([leuko, *a], cwd=tmp, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                                    env=dict(os.environ, LEUKO_CACHE=tmp + '/cache'))
    run('synth', 'c', '--per-class', '40', '--groups', '8', '--size', '75', '--classes', 'blast,lymphocyte')
    run('sort', 'c', '--out', 's', '--validation', '0.3', '--shards', '1', '--group-by', '(P[0-9]+)_')
    run('train', 's', '--model', 'm.safetensors', '--weights', 'random', '--depth-multiplier', '0.05', '--size', '75',
        '--endpoint', 'Conv2d_3b_1x1')
    read = lambda f: open(os.path.join(tmp, f), 'rb').read()
    for precision in ('fp32', 'bf16'):
        run('compile', 'm.safetensors', '-o', 'g', '--precision', precision)
        real = put('graph', precision + '.graph', read('g'))
    run('compile', 'm.safetensors', '-o', 'g')
    real = read('g')


def to_int8(real):
    """The same network with weights in 8 bits by a formula: the first convolution stays in float32."""
    n = struct.unpack('<Q', real[:8])[0]
    header, data = json.loads(real[8:8 + n]), real[8 + n:]
    about = json.loads(header['__metadata__']['leuko'])
    about['graph'].update(precision='int8')
    first, tensors = True, {}
    take = lambda t: data[header[t]['data_offsets'][0]:header[t]['data_offsets'][1]]
    for layer in about['graph']['layers']:
        if layer['kind'] != 'convolution':
            continue
        name = 'InceptionV3/' + layer['name'] + '/'
        shape, oc = header[name + 'weights']['shape'], layer['channels']
        tensors[name + 'biases'] = ('F32', [oc], take(name + 'biases'))
        if 'Logits' in name:
            tensors[name + 'weights'] = ('F32', shape, take(name + 'weights'))
            continue
        layer.update(precision='fp32' if first else 'int8')
        tensors[name + 'steps'] = ('F32', [oc], struct.pack('<f', 0.05) * oc)
        kh, kw, ic, _ = shape
        if first:
            tensors[name + 'weights'] = ('F32', [oc, ic, kh, kw], take(name + 'weights'))
        else:
            tensors[name + 'weights'] = ('I8', [oc, ic, kh, kw], bytes((k * 37 % 127 - 63) & 255 for k in range(oc * ic * kh * kw)))
            tensors[name + 'scales'] = ('F32', [oc], struct.pack('<f', 0.001) * oc)
        first = False
    out, at, body = {'__metadata__': {'format': 'leuko-graph', 'leuko': json.dumps(about, separators=(',', ':'))}}, 0, b''
    for t, (dtype, shape, values) in sorted(tensors.items(), key=lambda x: x[1][0]):
        out[t] = {'dtype': dtype, 'shape': shape, 'data_offsets': [at, at + len(values)]}
        at, body = at + len(values), body + values
    text = json.dumps(out, separators=(',', ':')).encode()
    text += b' ' * (-len(text) % 8)
    return struct.pack('<Q', len(text)) + text + body


g = put('graph', 'int8.graph', to_int8(real))
bad = lambda name, old, new, n=1: put('graph', name + '.graph', g.replace(old, new, n) if g.count(old) else sys.exit(name))
put('graph', 'empty.graph', b'')
put('graph', 'half.graph', g[:len(g) // 2])
put('graph', 'short.graph', g[:-1])
put('graph', 'loud.graph', g[:-1] + b'\x80')
bad('precision', b'\\"precision\\":\\"int8\\",\\"isa', b'\\"precision\\":\\"fp32\\",\\"isa')
bad('isa', b'\\"isa\\":\\"any\\"', b'\\"isa\\":\\"all\\"')
bad('later', b'\\"graph\\":{\\"format\\":1', b'\\"graph\\":{\\"format\\":9')
bad('stride', b'\\"stride\\":2', b'\\"stride\\":7')
bad('input', b'\\"inputs\\":[0]', b'\\"inputs\\":[9]')
bad('steps', b'Conv2d_2a_3x3/steps', b'Conv2d_2a_3x3/stepz')
bad('side', b'\\"side\\":75', b'\\"side\\":99', 2)
bad('type', b'"dtype":"I8"', b'"dtype":"U8"')
bad('name', b'Conv2d_2a_3x3/scales', b'Conv2d_2a_3x3/scaled')
bad('model', b'leuko-graph', b'tf-slim    ')
f32 = 8 + struct.unpack('<Q', g[:8])[0]
put('graph', 'not-finite.graph', g[:f32] + b'\x00\x00\x80\x7f' + g[f32 + 4:])
