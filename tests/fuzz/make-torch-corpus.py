#!/usr/bin/env python3
"""Write the corpora of fuzz-torch, fuzz-pickle and fuzz-names: files in PyTorch's format made by
tests/cli/torchfile.py, valid and damaged.  usage: make-torch-corpus.py"""
import io
import os
import pickle
import struct
import sys
import zipfile

here = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(here, '..', 'cli'))
from torchfile import BLOCKS, STEM, Tensor, Writer, legacy_file, text, zip_file, zip_of  # noqa: E402


def put(target, name, data):
    folder = os.path.join(here, 'corpus', target)
    os.makedirs(folder, exist_ok=True)
    with open(os.path.join(folder, name), 'wb') as f:
        f.write(data)


class Evil:
    def __reduce__(self):
        return os.system, ('true',)


few = {'Conv2d_1a_3x3.conv.weight': Tensor((2, 3, 3, 3), [i / 54 for i in range(54)]),
       'Conv2d_1a_3x3.bn.weight': Tensor((2,), [1, 2]), 'Conv2d_1a_3x3.bn.bias': Tensor((2,), [0, 1]),
       'Mixed_5b.branch1x1.conv.weight': Tensor((2, 2, 1, 1), [1, 2, 3, 4]), 'fc.weight': Tensor((3, 2), range(6)),
       'fc.bias': Tensor((3,), [0, 0, 1])}
strided = {'a': Tensor((2, 3), range(6), (1, 2)), 'zero': Tensor((4, 4), [7], (0, 0)), 'none': Tensor((0, 3), [])}
for name, value in (('few', few), ('strided', strided), ('nested', {'epoch': 3, 'state_dict': few}),
                    ('lying', {'w': Tensor((1 << 40, 1 << 40), [1])}), ('reach', {'w': Tensor((2, 2), [1, 2, 3])}),
                    ('stride-far', {'w': Tensor((2, 2), [1, 2, 3, 4], (1 << 62, 1 << 62))}),
                    ('stride-minus', {'w': Tensor((2,), [1, 2], (-1,))}), ('minus', {'w': Tensor((-2,), [1, 2])}),
                    ('nine', {'w': Tensor((1,) * 9, [1])}), ('many', {'w': Tensor((1 << 30, 1 << 20), [1], (0, 0))}),
                    ('empty', {})):
    put('torch', name + '.zip', zip_file(value))
    put('torch', name + '.legacy', legacy_file(value))
    put('pickle', name, b'\x80\x02' + Writer(False).value(value) + b'.')
put('torch', 'evil.pkl', pickle.dumps(Evil(), protocol=2))
put('torch', 'evil.zip', zip_of(pickle.dumps({'w': Evil()}, protocol=2), {}))
put('torch', 'no-storage.zip', zip_of(b'\x80\x02' + Writer(False).value(few) + b'.', {}))
put('torch', 'big-endian.zip', zip_of(b'\x80\x02}.', {}))
bomb = io.BytesIO()
with zipfile.ZipFile(bomb, 'w', zipfile.ZIP_DEFLATED) as z:
    z.writestr('archive/data.pkl', bytes(1 << 20))
put('torch', 'bomb.zip', bomb.getvalue())
whole = zip_file(few)
at = whole.index(b'PK\x01\x02')
put('torch', 'central-size.zip', whole[:at + 20] + struct.pack('<II', 1 << 31, 1 << 31) + whole[at + 28:])
put('torch', 'crc.zip', whole[:60] + bytes([whole[60] ^ 1]) + whole[61:])
legacy = legacy_file(few)
put('torch', 'count-lies.legacy', legacy[:-12] + struct.pack('<q', -1) + legacy[-4:])
for protocol in range(6):
    put('pickle', 'python-%d' % protocol, pickle.dumps({'a': [1, -70000, 1 << 40, 2.5, None, True, 'x' * 300, b'y'],
                                                        'b': (1, 2, 3), 'c': {1, 2}}, protocol=protocol))
loop = {}
loop['me'] = loop
put('pickle', 'loop', pickle.dumps(loop, protocol=2))
put('torch', 'loop.zip', zip_of(pickle.dumps(loop, protocol=2), {}))
put('pickle', 'evil', pickle.dumps(Evil(), protocol=2))
put('pickle', 'evil-4', pickle.dumps(Evil(), protocol=4))
put('pickle', 'line-in-import', b'\x80\x02cos\r\xff\nsys\x01tem\n.')
put('pickle', 'deep', b'\x80\x02' + b'(' * 5000 + b'.')
put('pickle', 'no-mark', b'\x80\x02K\x01t.')
put('pickle', 'long', b'\x80\x02\x8a\xff' + b'\x80' * 255 + b'.')
put('pickle', 'long-lies', b'\x80\x02\x8b\xff\xff\xff\x7f\x00.')
put('pickle', 'text-lies', b'\x80\x02X\xff\xff\xff\xff.')
put('pickle', 'memo', b'\x80\x02h\x05.')
put('pickle', 'persistent', b'\x80\x02(' + text('storage') + b'K\x01tQ.')
torch_names = [n for n, *_ in STEM] + ['%s.%s' % (b, r[0]) for b, (rows, _) in BLOCKS for r in rows]
put('names', 'torchvision', ''.join('%s.conv.weight 1111\n%s.bn.weight 1\n%s.bn.bias 1\n' % (n, n, n)
                                    for n in torch_names).encode() + b'fc.weight 21\nfc.bias 2\n')
put('names', 'prefix', b'module.Conv2d_1a_3x3.conv.weight 2333\nmodule.fc.weight 22\nmodule.AuxLogits.fc.weight 22\n')
put('names', 'wrong-rank', b'Conv2d_1a_3x3.conv.weight 23\n')
put('names', 'empty-tensor', b'Conv2d_1a_3x3.conv.weight 0333\n')
put('names', 'slim', b'InceptionV3/Conv2d_1a_3x3/weights 3332\nInceptionV3/Conv2d_1a_3x3/BatchNorm/beta 2\n'
    b'InceptionV3/Logits/Conv2d_1c_1x1/weights 1123\nglobal_step \n')
put('names', 'keras', ''.join('conv2d%s/kernel 1111\nbatch_normalization%s/beta 1\n' % ((s, s))
                              for s in [''] + ['_%d' % i for i in range(1, 94)]).encode() +
    b'predictions/kernel 13\npredictions/bias 3\n')
put('names', 'keras-far', b'conv2d_99999999999999999999/kernel 1111\nm/conv2d_7/kernel 1111\nconv2d_/kernel 1\n'
    b'batch_normalization/beta 2\n')
put('names', 'transformer', b'encoder.layer.0.attention.self.query.weight 22\n')
put('names', 'bytes', b'\xff\xfe 1\n\x01 2\n')
put('names', 'nothing', b'')
