"""safetensors files of float32, read and written without Leuko."""
import json
import struct

import numpy as np


def write(path, tensors, metadata=None):
    header, blobs, at = {'__metadata__': metadata} if metadata else {}, [], 0
    for name, a in tensors.items():
        a = np.ascontiguousarray(a, np.float32)
        header[name] = {'dtype': 'F32', 'shape': list(a.shape), 'data_offsets': [at, at + a.nbytes]}
        blobs.append(a.tobytes())
        at += a.nbytes
    text = json.dumps(header).encode()
    text += b' ' * (-(8 + len(text)) % 64)
    with open(path, 'wb') as f:
        f.write(struct.pack('<Q', len(text)) + text + b''.join(blobs))


def read_all(path):
    """name -> array, and the metadata."""
    data = open(path, 'rb').read()
    n = struct.unpack('<Q', data[:8])[0]
    header = json.loads(data[8:8 + n])
    metadata = header.pop('__metadata__', {})
    return {k: np.frombuffer(data[8 + n + v['data_offsets'][0]:8 + n + v['data_offsets'][1]], np.float32)
            .reshape(v['shape']) for k, v in header.items()}, metadata


def read(path):
    return read_all(path)[0]
