#!/usr/bin/env python3
"""Writes tests/fuzz/corpus/{headers,model-json,csv,recipe}: small valid files and damaged ones.
usage: make-header-corpus.py CORPUS_DIR   (python3 alone; the files are kept in the repository)"""
import base64, gzip, glob, json, os, pickle, struct, sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'support'))
from protowire import field  # noqa: E402

corpus = sys.argv[1]


def put(folder, name, data):
    os.makedirs(os.path.join(corpus, folder), exist_ok=True)
    data = data.encode() if isinstance(data, str) else data
    open(os.path.join(corpus, folder, name), 'wb').write(data)


# headers
ncs1 = bytearray(252 + 2 * 227)
struct.pack_into('<II100s100sIIHH', ncs1, 32, len(ncs1), 2, b'inception_v3', b'report', 2, 252, 0, 11)
put('headers', 'ncs1', ncs1)
struct.pack_into('<II', ncs1, 32, 99, 2)
struct.pack_into('<I', ncs1, 240, 0xffffffff)
put('headers', 'ncs1-lies', ncs1)
put('headers', 'ncs1-cut', ncs1[:200])
ncs2 = bytearray(128)
struct.pack_into('<10I', ncs2, 34, 8708, 128, 2, 3, 12, 80, 100, 120, 268203, 0)
put('headers', 'ncs2', ncs2)
struct.pack_into('<I', ncs2, 54, 0xfffffffe)
put('headers', 'ncs2-lies', ncs2)
myriad = bytearray(b'\x7fELF' + bytes(156))
struct.pack_into('<20I', myriad, 52, 9709, 160, 6, 0, 1, 1, 121, 536406, 2002, 1, 7, 6, 6, 0, 1, 1, 132, 140, 150, 155)
put('headers', 'myriad', myriad)
put('headers', 'myriad-cut', myriad[:100])
text = b"{'descr': '<f4', 'fortran_order': False, 'shape': (3, 4), }".ljust(69) + b'\n'
put('headers', 'npy', b'\x93NUMPY\x01\x00' + struct.pack('<H', len(text)) + text + bytes(48))
put('headers', 'npy2', b'\x93NUMPY\x02\x00' + struct.pack('<I', len(text)) + text + bytes(48))
put('headers', 'npy-lies', b'\x93NUMPY\x02\x00' + struct.pack('<I', 0xffffffff) + text)
put('headers', 'npy-odd', b"\x93NUMPY\x01\x00\x20\x00'descr': \xff\xfe'shape': (((((((((")
put('headers', 'lfs', 'version https://git-lfs.github.com/spec/v1\noid sha256:' + '4' * 64 + '\nsize 108949747\n')
put('headers', 'page', '<!DOCTYPE html>\n<html><head><title>404 Not Found</title></head></html>\n')
put('headers', 'page-odd', b'<html><title>\xff\xfe\n\n\n')
put('headers', 'text', 'learning rate 0.1\n')
put('headers', 'tar', b'a.txt'.ljust(257, b'\0') + b'ustar' + bytes(250))
put('headers', 'gzip', gzip.compress(b'hello', mtime=0))
put('headers', 'pickle', pickle.dumps({'a': 1}, protocol=2))
node = field(1, field(1, 'x') + field(2, 'Placeholder')) + field(1, field(1, 'w') + field(2, 'VarHandleOp'))
meta = field(1, field(2, field(1, field(1, 'Add'))) + field(4, 'serve') + field(5, '1.15.0')) + field(2, node) + \
    field(5, field(1, 'serving_default'))
put('headers', 'meta-graph', meta)
put('headers', 'saved-model', field(1, 1) + field(2, meta))
put('headers', 'saved-model-cut', (field(1, 1) + field(2, meta))[:-9])
put('headers', 'onnx', field(1, 8) + field(2, 'leuko') + field(7, field(2, 'graph')))

# model-json
model = {'format': 1, 'architecture': {'name': 'inception_v3', 'depth_multiplier': 0.25, 'endpoint': 'Mixed_5d', 'side': 75,
                                       'pool_includes_padding': True},
         'classes': ['hem', 'all'], 'positive': 'all', 'preprocessing': {'side': 75, 'crop_fraction': 0.875, 'antialias': False},
         'threshold': 0.4, 'temperature': 1.5, 'refer': [0.4, 0.6], 'provenance': {'seed': 50, 'groups': ['a', 'b']}}
put('model-json', 'whole', json.dumps(model))
put('model-json', 'plain', json.dumps(dict(model, positive=None, threshold=None, refer=None, provenance={})))
for name, change in (('later', {'format': 99}), ('one-class', {'classes': ['a']}), ('twice', {'classes': ['a', 'a']}),
                     ('stranger', {'positive': 'nobody'}), ('threshold', {'threshold': 2}), ('cold', {'temperature': 0}),
                     ('refer', {'refer': [0.6, 0.4]}), ('side', {'preprocessing': {'side': 1e9, 'crop_fraction': 1, 'antialias': True}}),
                     ('endpoint', {'architecture': dict(model['architecture'], endpoint='Mixed_9z')}),
                     ('multiplier', {'architecture': dict(model['architecture'], depth_multiplier=1e300)}),
                     ('text', {'classes': 'hem'}), ('control', {'classes': ['a\nb', 'c']})):
    put('model-json', name, json.dumps(dict(model, **change)))

# lists of training images (src/formats/training-list.h): two sound ones, and damaged ones
items = {'version': 2, 'part': 'head', 'salt': '00112233445566778899aabbccddeeff', 'n_images': 2,
         'images': base64.b64encode(bytes(range(128))).decode(), 'n_groups': 1, 'groups': base64.b64encode(bytes(16)).decode()}
old = dict(items, version=1, part='', images=base64.b64encode(bytes(16)).decode(), groups='AAAAAAAAAAA=')


def training(name, *lists):
    put('model-json', name, json.dumps(dict(model, provenance={'training': list(lists)})))


training('training', items, dict(items, part='backbone', images=None), old)
put('model-json', 'training-old', json.dumps(dict(model, provenance={
    'training_groups': ['0011223344556677', 5, 'x'], 'training_pictures': ['8899aabbccddeeff', '0011223344556677']})))
for name, change in (('length', {'images': items['images'][:-4]}), ('base64', {'images': '!' + items['images'][1:]}),
                     ('padding', {'images': items['images'][:-4] + 'A==='}), ('later', {'version': 3}), ('version', {'version': 0}),
                     ('salt', {'salt': '0g'}), ('part', {'part': 'tail'}), ('count', {'n_images': 1 << 31}),
                     ('no-groups', {'groups': None}), ('number', {'images': 7})):
    training('training-' + name, dict(items, **change))
put('model-json', 'training-object', json.dumps(dict(model, provenance={'training': items})))
put('model-json', 'deep', '[' * 200)
put('model-json', 'double', '{"format": 1, "format": 1}')
put('model-json', 'cut', json.dumps(model)[:200])

# csv
put('csv', 'plain', 'file,group\na.jpg,P1\nb.jpg,P2\n')
put('csv', 'quotes', 'file,"a ""b"""\r\n"x,y","z\nw"\r\n')
put('csv', 'open', 'file\n"never')
put('csv', 'ragged', 'file,b\n1\n')
put('csv', 'bytes', b'file\n\xff\xfe\n')
put('csv', 'mark', b'\xef\xbb\xbffile\n1\n')
put('csv', 'zero', b'file\n\0\n')
put('csv', 'other', 'name\n1\n')
put('csv', 'empty', '')

# recipe
for path in glob.glob(os.path.join(os.path.dirname(os.path.abspath(__file__)), '../../recipes/*.recipe')):
    text = open(path).read()
    name = os.path.basename(path)[:-7]
    put('recipe', name, text)
    put('recipe', name + '-unknown', text + '\nnonsense = 1\n')
    put('recipe', name + '-cut', text[:len(text) // 2])
    put('recipe', name + '-number', text.replace(' = ', ' = 1e400', 3))
