#!/usr/bin/env python3
"""Every reader keeps within its budget: the worst files of a size, of many tiny entries, of deep nesting, of huge
counts, of the same text again, are refused or read with at most 16 bytes of heap and 64 steps for each byte, and a
fixed start (src/base/budget.h). Measured: the child's largest resident set and the steps that it counts, not time.
And under a limit of the address space, each command ends with exit status 0 or one clear error."""
import os
import resource
import shutil
import struct
import subprocess
import sys
import time
from harness import ENV, LEUKO, QUICK, WORK, check, done, path, run, small_model, write
import tffile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'support'))
from protowire import field, masked_crc32c  # noqa: E402

HEAP, HEAP_START, STEPS, STEPS_START = 16, 8 << 20, 64, 1 << 22
SLACK = 6 << 20  # of malloc() and of the libraries that an error needs


# A small process between: the largest resident set of a child begins with that of the process it was forked from.
MEASURE = """
import os, sys
child = os.fork()
if child == 0:
    os.dup2(os.open('/dev/null', os.O_WRONLY), 1)
    os.execv(sys.argv[1], sys.argv[1:])
_, status, used = os.wait4(child, 0)
os.write(1, b'%d %d' % (os.waitstatus_to_exitcode(status), used.ru_maxrss))
"""


def measure(*args):
    """The exit status, the largest resident set in bytes, and stderr."""
    env = dict(ENV, G_MESSAGES_DEBUG='leuko-budget', MALLOC_ARENA_MAX='1')
    env.pop('MALLOC_PERTURB_', None)  # it would touch memory that is only reserved
    r = subprocess.run([sys.executable, '-S', '-E', '-c', MEASURE, LEUKO, *args], cwd=WORK, env=env, text=True,
                       stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, errors='replace',
                       timeout=100)
    status, kib = map(int, r.stdout.split())
    return status, kib << 10, r.stderr


def worst(name, data, args, used=None, times=1):
    """`used`: the bytes that pay, if not the file's; times: how often the file is read."""
    write(name, data)
    n = used or len(data)
    status, rss, err = measure(*args)
    lines = err.rstrip('\n').split('\n')
    told = [x for x in lines if 'leuko-budget' in x]
    said = [x for x in lines if x.startswith('leuko: ')]
    over = []
    for x in told:
        words = x.replace(',', '').split()
        for unit in 'heap', 'steps':
            at = len(words) - 1 - words[::-1].index(unit)
            # the draw that failed is not taken
            if int(words[at + 1]) > int(words[at + 3]) and unit == 'heap':
                over.append(x)
    heap = rss - base
    most = times * n * (HEAP + 2) + HEAP_START + SLACK
    check(status in (0, 1) and not over and heap <= most and len(said) <= 4 and all(len(x) < 1000 for x in said),
          '%s: %.1f MiB for %.1f MiB' % (name, heap / 2 ** 20, n / 2 ** 20), (status, heap, most, said, told[-3:]))
    os.unlink(path(name))


def pickles(n):
    head = b'\x80\x02'
    for name, unit in (('lists', b']'), ('marks', b'('), ('ints', b'K\1'), ('texts', b'U\0'), ('tuples', b'\x85'),
                       ('memo', b'\x94'), ('imports', b'ca\nb\n'), ('empty', b')'), ('pairs', b'(NNt'), ('dicts', b'}')):
        start = head + (b'N' if name in ('tuples', 'memo') else b'')
        worst('pickle-%s.pth' % name, start + unit * (n // len(unit)), ['info', 'pickle-%s.pth' % name])
    long = head + b'X' + struct.pack('<I', n // 2) + b'a' * (n // 2) + b'q\0' + b'h\0h\0\x93' * (n // 20)
    worst('pickle-names.pth', long, ['info', 'pickle-names.pth'])
    gap = head + b']' + b''.join(b'r' + struct.pack('<I', n * 5 // 6 - i) for i in range(n // 6))
    worst('pickle-gaps.pth', gap, ['info', 'pickle-gaps.pth'])


def headers(n):
    def file(name, header):
        name += '.safetensors'
        worst(name, struct.pack('<Q', len(header)) + header, ['info', name])
    for name, unit in (('lists', b'[],'), ('objects', b'{},'), ('numbers', b'0,'), ('texts', b'"",'),
                       ('nested', b'[[[]]],')):
        file('header-' + name, b'{"a":[' + unit * (n // len(unit)) + b'0]}')
    file('header-open', b'{"a":' + b'[' * n)
    file('header-keys', b'{' + b','.join(b'"%x":0' % i for i in range(n // 9)) + b'}')
    file('header-tensors', b'{' + b','.join(b'"%x":{"dtype":"U8","shape":[0],"data_offsets":[0,0]}' % i
                                            for i in range(n // 56)) + b'}')


def graphs(n):
    start = b'\x08\x08\x12\x05leuko'
    for name, body in (('nodes', field(7, b'\x0a\0' * (n // 2))), ('tensors', field(7, b'\x2a\0' * (n // 2))),
                       ('attributes', field(7, field(1, b'\x2a\0' * (n // 2)))), ('again', b'\x3a\0' * (n // 2)),
                       ('merged', b'\x3a\2\x0a\0' * (n // 4)), ('strange', field(7, b'') + b'\xf8\7\0' * (n // 3)),
                       ('metadata', field(7, b'\x0a\0') + b'\x72\0' * (n // 2)),
                       ('counts', field(7, field(5, field(1, b'\x80' * 9 + b'\1' + b'\0' * n))))):
        worst('onnx-%s.onnx' % name, start + body, ['info', 'onnx-%s.onnx' % name])
    first = field(1, field(1, 'input') + field(2, 'Placeholder'))
    for name, body in (('nodes', b'\x0a\0' * (n // 2)), ('named', b''.join(field(1, field(1, '%x' % i))
                                                                         for i in range(n // 9))),
                       ('inputs', field(1, field(1, 'a') + b'\x1a\0' * (n // 2))),
                       ('attributes', field(1, field(1, 'a') + b'\x2a\0' * (n // 2))),
                       ('chain', b''.join(field(1, field(1, '%x' % i) + field(2, 'Identity') + field(3, '%x' % (i - 1)))
                                          for i in range(n // 30)))):
        worst('graphdef-%s.pb' % name, first + body, ['info', 'graphdef-%s.pb' % name])
    worst('saved.pb', b'\x08\1' + b'\x12\0' * (n // 2), ['info', 'saved.pb'])


def checkpoints(n):
    """Entries that name the same data; many tiny entries."""
    data = b'\0' * n
    entry = field(1, 1) + field(2, field(2, field(1, n // 4))) + field(5, n) + \
        b'\x35' + struct.pack('<I', masked_crc32c(data))
    header = field(1, 1)
    table = tffile.table([(b'', header)] + [(b'a%06d' % i, entry) for i in range(2000)])
    write('same.data-00000-of-00001', data)
    worst('same.index', table, ['info', 'same.index'], used=len(table) + n)
    table = tffile.table([(b'', header)] + [(struct.pack('>I', i + 2 ** 24), b'') for i in range(n // 32)])
    worst('many.index', table, ['info', 'many.index'])


def shards(n):
    def record(data):
        size = struct.pack('<Q', len(data))
        return size + struct.pack('<I', masked_crc32c(size)) + data + struct.pack('<I', masked_crc32c(data))
    few = n // 8  # the checksums are made in Python
    for name, data in (('features', field(1, b'\x0a\0' * (few // 2))), ('merged', b'\x0a\2\x0a\0' * (few // 4)),
                       ('values', field(1, field(1, field(1, 'a') + field(2, field(1, b'\x0a\0' * (few // 2))))))):
        worst('record-%s.tfrecord' % name, record(data), ['info', 'record-%s.tfrecord' % name])


def tables(n):
    for name, data in (('commas', b',' * n), ('lines', b'a\n' * (n // 2)), ('quotes', b'a,b\n' + b'"' * n),
                       ('separators', b';,\t' * (n // 3)), ('rows', b'file,label\n' + b'a,b\n' * (n // 4)),
                       ('texts', b'""\n' * (n // 3))):
        worst(name + '.csv', data, ['check', 'cells', '--labels', name + '.csv'])
    for name, data in (('keys', b'[a]\n' + b'a=\n' * (n // 3)), ('sections', b'[a]\n' * (n // 4)), ('lines', b'\n' * n)):
        worst(name + '.recipe', data, ['train', 'shards', '--model', 'x.safetensors', '--recipe', name + '.recipe'])
    worst('damaged/Labels.txt', b'0:a\n' + b'\n' * n, ['info', 'damaged'])
    worst('damaged/Labels.txt', b''.join(b'%d:a\n' % i for i in range(n // 10)), ['info', 'damaged'])
    shutil.copy(path('Labels.txt'), path('damaged/Labels.txt'))
    for data in b'\n' * n + b'[', b'{"model":"a"}\n' * (n // 14), b'[' * n, b'{"model":"' + b'a' * n + b'"}\n':
        worst('damaged/ledger.jsonl', data, ['eval', 'm.safetensors', 'damaged', '--split', 'test'])


def limits():
    """Each command under ever less address space. Below the first megabytes the dynamic linker fails (127)."""
    commands = {'check': ['check', 'cells'], 'info': ['info', 'm.safetensors'],
                'classify': ['classify', 'm.safetensors', 'cells'],
                'eval': ['eval', 'm.safetensors', 'shards', '--split', 'validation', '--json', 'limit.json'],
                'compile': ['compile', 'm.safetensors', '-o', 'limit.graph'],
                'train': ['train', 'shards', '--model', 'limit.safetensors', *QUICK],
                'sort': ['sort', 'cells', '--out', 'limit-shards'],
                'features': ['features', 'cells', '-o', 'limit.npy', *QUICK]}
    steps = [50, 120, *range(160, 320, 10), 350, 400, 500, 600, 800, 1000, 1400, 2000]
    for name, args in commands.items():
        bad, ends = [], {}
        for mib in steps[::1 if name in ('classify', 'eval') else 3]:
            for output in os.listdir(WORK):
                if output.startswith('limit'):
                    subprocess.run(['rm', '-rf', path(output)])

            def limit():
                resource.setrlimit(resource.RLIMIT_AS, (mib << 20, mib << 20))
            start = time.time()
            r = run(*args, errors='replace', preexec_fn=limit, timeout=60)
            last = r.stderr.rstrip('\n').split('\n')[-1]
            ends[r.returncode] = ends.get(r.returncode, 0) + 1
            if r.returncode not in (0, 1, 127) or (r.returncode and not last) or time.time() - start > 50:
                bad.append((mib, r.returncode, last))
        check(not bad, '%s under a limit of the address space: %s' % (name, ends), bad)
        check(0 in ends, '... and at 2 GB it succeeds', ends)


small_model()
write('nothing.txt', b'text')
base = measure('info', 'nothing.txt')[1]  # of a command that reads nothing
shutil.copytree(path('shards'), path('damaged'))
shutil.copy(path('damaged/Labels.txt'), path('Labels.txt'))
for part in (pickles, headers, graphs, checkpoints, shards, tables):
    part(4 << 20)
limits()
done()
