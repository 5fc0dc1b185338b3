#!/usr/bin/env python3
"""Files that are not what a user thinks: whatever command takes a file of weights or a model refuses each in one line
that says what the file seems to be, executes nothing of it and leaves nothing behind; `leuko info` tells what it is."""
import gzip
import io
import json
import os
import pickle
import struct
import sys
import zipfile

import tffile as tf
import torchfile
from harness import WORK, Forks, check, digest, done, path, run, small_model, write


def node(name, op, *inputs, attr=b''):
    return tf.field(1, tf.field(1, name.encode()) + tf.field(2, op.encode()) +
                      b''.join(tf.field(3, i.encode()) for i in inputs) + attr)


def attr(key, value):
    return tf.field(5, tf.field(1, key.encode()) + tf.field(2, value))


def constant(name, shape, values):
    dims = b''.join(tf.field(2, tf.field(1, d)) for d in shape)
    tensor = tf.field(1, 1) + tf.field(2, dims) + tf.field(4, torchfile.floats(values))
    return node(name, 'Const', attr=attr('dtype', tf.field(6, 1)) + attr('value', tf.field(8, tensor)))


class Evil:
    def __init__(self, what):
        self.what = what

    def __reduce__(self):
        return os.system, ('touch %s' % path(self.what),)


def zip_with(entries, kind=zipfile.ZIP_STORED):
    out = io.BytesIO()
    with zipfile.ZipFile(out, 'w', kind) as z:
        for name, data in entries:
            z.writestr(name, data)
    return out.getvalue()


def safetensors(header, body=b'\0' * 64, length=None):
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    return struct.pack('<Q', len(text) if length is None else length) + text + body


def lies():
    """Lengths, counts and offsets that the file has not: (name, bytes, what every command says, info too)."""
    network = torchfile.tiny_network(classes=3)
    entry = {'dtype': 'F32', 'shape': [4, 4], 'data_offsets': [0, 64]}
    sound = {'InceptionV3/Conv2d_1a_3x3/weights': entry}
    huge = torchfile.Tensor((1 << 40, 1 << 40), [1.0])
    pb = open(path('m.pb'), 'rb').read()
    onnx = open(path('m.onnx'), 'rb').read()
    shard = open(path('shards', next(f for f in sorted(os.listdir(path('shards'))) if 'train' in f)), 'rb').read()
    return [
        ('length.safetensors', safetensors(sound, length=99999999), "header's length does not fit"),
        ('offsets.safetensors', safetensors({'a': dict(entry, data_offsets=[0, 1 << 50])}), 'lie outside'),
        ('shape.safetensors', safetensors({'a': dict(entry, shape=[1 << 40, 1 << 40])}), 'is invalid'),
        ('cut.safetensors', safetensors(sound, b'\0' * 32), 'lie outside'),
        ('numel.pth', torchfile.zip_file({'w': huge}), 'invalid offset'),
        ('reach.pth', torchfile.zip_file({'w': torchfile.Tensor((2, 2), [1.0, 2.0, 3.0])}), 'beyond the end'),
        ('cut.pth', torchfile.zip_file(network)[:-8], 'zip'),
        ('cut-legacy.pth', torchfile.legacy_file(network)[:-8], 'is larger than the rest of the file'),
        ('cut.pb', pb[:len(pb) // 2], 'not a TensorFlow GraphDef, or damaged'),
        ('values.pb', node('input', 'Placeholder') + constant('InceptionV3/Conv2d_1a_3x3/weights', (3, 3, 3, 1 << 20), [1.0]) +
         node('InceptionV3/InceptionV3/Conv2d_1a_3x3/Conv2D', 'Conv2D', 'input', 'InceptionV3/Conv2d_1a_3x3/weights'),
         'a shape that does not match its content'),
        ('cut.onnx', onnx[:len(onnx) // 2], 'truncated or damaged ONNX model'),
        ('cut.tfrecord', shard[:len(shard) - 5], 'TFRecord'),
    ]


def strangers():
    """(name, bytes, what a command that reads it says, what info says)"""
    saved = tf.field(1, 1) + tf.field(2, tf.field(1, tf.field(4, b'serve') + tf.field(5, b'1.15.0')) +
                                         tf.field(2, node('x', 'Placeholder') + node('w', 'VarHandleOp')))
    meta = tf.field(1, tf.field(2, tf.field(1, tf.field(1, b'Add'))) + tf.field(4, b'serve')) + \
        tf.field(2, node('x', 'Placeholder'))
    boxes = (node('image_tensor', 'Placeholder') + constant('FeatureExtractor/MobilenetV2/Conv/weights', (1, 1, 3, 1), [1, 2, 3]) +
             node('FeatureExtractor/MobilenetV2/Conv/Conv2D', 'Conv2D', 'image_tensor',
                  'FeatureExtractor/MobilenetV2/Conv/weights') +
             node('Postprocessor/NonMaxSuppressionV3', 'NonMaxSuppressionV3', 'FeatureExtractor/MobilenetV2/Conv/Conv2D'))
    bert = torchfile.safetensors({'encoder.layer.0.attention.self.query.weight': ([2], [1, 2]),
                                  'embeddings.word_embeddings.weight': ([2], [1, 2])})
    resnet = torchfile.zip_file({'layer1.0.conv1.weight': torchfile.Tensor((1, 1, 1, 1), [1.0])})
    pages = b'<!DOCTYPE html>\n<html><head><title>404 Not Found</title></head><body>Not Found</body></html>\n'
    pointer = b'version https://git-lfs.github.com/spec/v1\noid sha256:' + b'4' * 64 + b'\nsize 108949747\n'
    bomb = zip_with([('archive/data.pkl', bytes(50 << 20))], zipfile.ZIP_DEFLATED)
    evil = pickle.dumps(Evil('executed-1'), protocol=2)
    ncs1 = bytearray(300)
    struct.pack_into('<II100s100sIIHH', ncs1, 32, 300, 2, b'inception_v3', b'report', 17, 252, 0, 11)
    ncs2 = bytearray(300)
    struct.pack_into('<10I', ncs2, 34, 8708, 300, 2, 3, 12, 80, 200, 280, 268203, 0)
    struct.pack_into('<I', ncs2, 80, 99)
    myriad = bytearray(b'\x7fELF' + bytes(296))
    struct.pack_into('<20I', myriad, 52, 9709, 300, 6, 0, 1, 1, 121, 536406, 2002, 1, 7, 6, 6, 0, 1, 1, 132, 160, 200, 250)
    npy = b'\x93NUMPY\x01\x00' + struct.pack('<H', 70) + b"{'descr': '<f4', 'fortran_order': False, 'shape': (3, 4), }".ljust(69) + b'\n' + bytes(48)
    dictionary = pickle.dumps({'a': 1}, protocol=2)
    tar = bytearray(1536)
    tar[:5], tar[257:262], tar[124:135], tar[100:107] = b'a.txt', b'ustar', b'00000000004', b'0000644'
    tar[148:156] = b' ' * 8
    tar[148:156] = b'%06o\0 ' % sum(tar[:512])
    return [
        ('saved_model.pb', saved, 'a TensorFlow SavedModel', '2 nodes, 1 variable'),
        ('model.meta', meta, 'a TensorFlow MetaGraph', 'in the checkpoint beside it'),
        ('ssd.pb', boxes, 'it looks like an object-detection network', 'an object-detection network'),
        ('bert.safetensors', bert, 'it looks like a transformer', 'it looks like a transformer'),
        ('resnet.pth', resnet, 'it looks like a ResNet', 'it looks like a ResNet'),
        ('pointer.pth', pointer, 'a Git LFS pointer', '108949747 bytes'),
        ('page.pth', pages, 'an HTML page: the download failed', '404 Not Found'),
        ('page.safetensors', pages, 'an HTML page: the download failed', '404 Not Found'),
        ('bomb.pth', bomb, 'is compressed', None),
        ('evil.pth', evil, 'posix.system', 'posix.system'),
        ('evil-zip.pth', torchfile.zip_of(pickle.dumps({'w': Evil('executed-2')}, protocol=2), {}), 'posix.system',
         'posix.system'),
        ('letter.pth', zip_with([('letter.txt', b'hello')]), 'no data.pkl', 'no data.pkl'),
        ('plain.pth', dictionary, 'not one that torch.save() wrote', 'not one that torch.save() wrote'),
        ('stick.graph', bytes(ncs1), 'a graph of the Neural Compute Stick (NCSDK v1)', 'inception_v3'),
        ('stick2.graph', bytes(ncs2), 'a graph of the Neural Compute Stick (NCSDK v2)', '99, from byte 80'),
        ('myriad.blob', bytes(myriad), 'an OpenVINO MYRIAD blob', '121, from byte 200'),
        ('features.npy', npy, 'a NumPy array', '(3, 4)'),
        ('weights.tar.gz', gzip.compress(bytes(tar), mtime=0), 'a gzip file: unpack it first', 'a.txt (4 bytes)'),
        ('weights.tar', bytes(tar), 'a tar archive: unpack it first', 'a.txt (4 bytes)'),
        ('notes.txt', b'learning rate 0.1\n', 'a text file', 'learning rate 0.1'),
        ('empty.pth', b'', 'an empty file', 'an empty file'),
        ('noise.bin', bytes(range(200, 256)) * 9, 'a file of an unknown kind', 'a file of an unknown kind'),
    ]


COMMANDS = [['weights', 'inspect', 'FILE'], ['weights', 'convert', 'FILE', 'out.safetensors'],
            ['train', 'shards', '--model', 'out.safetensors', '--weights', 'FILE'],
            ['features', 'cells', '-o', 'out.npy', '--weights', 'FILE'],
            ['freeze', 'FILE', '-o', 'out.pb'], ['verify', 'm.safetensors', 'FILE'], ['verify', 'FILE', 'm.safetensors'],
            ['classify', 'FILE', 'cells'], ['eval', 'FILE', 'cells'], ['compile', 'FILE', '-o', 'out.graph'],
            ['profile', 'FILE']]
OUTPUTS = ('out.safetensors', 'out.npy', 'out.csv', 'out.pb', 'out.pb.json', 'out.graph', 'out.run')
# inspect looks into any weights, and so refuses nothing whose tensors it can list
INSPECTED = ('ssd.pb', 'bert.safetensors', 'resnet.pth')


def said(r):
    lines = [x for x in r.stderr.strip().split('\n') if x]
    return lines[-1] if lines else ''


def refused(name, words, args):
    before, listed = digest(name), sorted(os.listdir(WORK))
    r = forks.run(*[name if a == 'FILE' else a for a in args])
    text, bad = said(r), []
    if args[:2] == ['weights', 'inspect'] and name in INSPECTED:
        check(r.returncode == 0 and r.stderr == '', 'leuko weights inspect %s lists it' % name, r)
        return
    bad += ['exit %d' % r.returncode] if r.returncode != 1 else []
    # train says first which class it takes as positive
    bad += ['not one line'] if r.stderr.count('\n') - 1 not in ((0, 1) if args[0] == 'train' else (0,)) else []
    bad += ['does not say "%s"' % words] if words not in text else []
    bad += ['does not name the file'] if name not in text else []
    bad += ['left %s' % o for o in OUTPUTS if os.path.exists(path(o))]
    bad += ['changed it'] if digest(name) != before else []
    bad += ['debris'] if sorted(set(os.listdir(WORK)) - {'cache'}) != sorted(set(listed) - {'cache'}) else []
    if '-v' in sys.argv:
        print('#', ' '.join(args), '|', text)
    check(not bad, 'leuko %s %s: refused in one line' % (' '.join(args[:2]), name), '%s\n%s' % (bad, r))


forks = Forks(sys.argv[1])
small_model()
for out in ('m.pb', 'm.onnx'):
    run('freeze', 'm.safetensors', '-o', out)
for name, data, words, told in strangers():
    write(name, data)
    r = forks.run('info', name)
    text = r.stdout + r.stderr
    if '-v' in sys.argv:
        print('# info\n#   ' + text.replace('\n', '\n#   '))
    check((told or words) in text and (r.returncode == 0 if told else r.returncode == 1) and r.stderr.count('\n') <= 1,
          'leuko info %s' % name, r)
    for args in COMMANDS:
        refused(name, words, args)
for name, data, words in lies():
    write(name, data)
    r = forks.run('info', name)
    if '-v' in sys.argv:
        print('# info\n#   ' + (r.stdout + r.stderr).replace('\n', '\n#   '))
    check(words in r.stdout + r.stderr and r.stderr.count('\n') <= 1 if 'tfrecord' not in name else r.returncode == 1,
          'leuko info %s' % name, r)
    for args in COMMANDS:
        refused(name, words, args)
write('right.pth', torchfile.zip_file(torchfile.tiny_network(classes=3)))
refused('right.pth', 'convert them to a model first', ['freeze', 'FILE', '-o', 'out.pb'])
check(not os.path.exists(path('executed-1')) and not os.path.exists(path('executed-2')), 'no pickle was executed')
pickle.loads(pickle.dumps(Evil('executed-1'), protocol=2))
check(os.path.exists(path('executed-1')), 'though Python would have executed it')
done()
