"""The table of src/net/inception-v3.c as a list of layers."""
import os
import re

SOURCE = os.path.join(os.path.dirname(os.path.abspath(__file__)), '../../../src/net/inception-v3.c')
ROW = re.compile(r'^    (CONV|MAX_POOL|AVG_POOL|JOIN)\((.*)\),$')


def rows():
    for line in open(SOURCE):
        m = ROW.match(line.rstrip())
        if m:
            yield m[1], [x.strip().strip('"') for x in m[2].split(',')]


def convolution_names():
    return [a[0] for kind, a in rows() if kind == 'CONV']


class Table:
    """layers: (kind, name, inputs, details); details of a convolution: kernel height and width, step, padded, channels.
    blocks: (endpoint, first layer, last layer)."""

    def __init__(self, multiplier):
        self.layers, self.blocks = [], []
        last = block = -1  # -1: the image
        first = 0
        read_by = set()
        for kind, a in rows():
            name, inputs = a[0], [last]
            if kind == 'CONV':
                inputs = [{'BLOCK': block, 'NEXT': last, 'SIBLING': self.layers[last][2][0] if last >= 0 else -1}[a[1]]]
                details = (int(a[2]), int(a[3]), int(a[4]), a[5] == 'SAME', max(int(int(a[6]) * multiplier), 16))
                end = a[7] != 'NULL' and a[7]
            elif kind == 'MAX_POOL':
                inputs, details, end = [block if a[1] == 'BLOCK' else last], None, a[2] != 'NULL' and a[2]
            elif kind == 'AVG_POOL':
                inputs, details, end = [block], None, False
            else:
                prefix = name[:name.rindex('/') + 1]
                inputs = [i for i in range(len(self.layers)) if i not in read_by and self.layers[i][1].startswith(prefix)]
                details, end = None, a[1] != 'NULL' and a[1]
            read_by.update(inputs)
            self.layers.append((kind, name, inputs, details))
            last = len(self.layers) - 1
            if end:
                self.blocks.append((end, first, last))
                first, block = last + 1, last
