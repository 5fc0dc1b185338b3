"""What the command-line tests share: TAP output, running leuko in a temporary folder, digests, a small model."""
import atexit
import hashlib
import json
import os
import shutil
import struct
import subprocess
import sys
import tempfile
import zlib

LEUKO = os.environ['LEUKO']
WORK = tempfile.mkdtemp(prefix='leuko-cli-')
ENV = dict(os.environ, LEUKO_CACHE=WORK + '/cache', NO_COLOR='1')
QUICK = ['--weights', 'random', '--size', '75', '--depth-multiplier', '0.25', '--endpoint', 'Mixed_5d']
TINY = ['--weights', 'random', '--size', '75', '--depth-multiplier', '0.0625', '--endpoint', 'Mixed_5b']
count = failed = 0
atexit.register(shutil.rmtree, WORK, ignore_errors=True)


def check(ok, what, detail=''):
    global count, failed
    count += 1
    print('%s %d - %s' % ('ok' if ok else 'not ok', count, what), flush=True)
    if not ok:
        failed += 1
        print('# ' + str(detail).replace('\n', '\n# '), flush=True)


def done():
    print('1..%d' % count)
    sys.exit(failed > 0)


def run(*args, **kw):
    kw = dict(dict(stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=ENV,
                   cwd=WORK, timeout=300), **kw)
    return subprocess.run([LEUKO, *args], **kw)


def messages(r):
    """The lines on stderr, without those that only inform: the precision, and that the true classes are not known."""
    informs = ('leuko: precision: ', 'leuko: true classes are not known')
    return [x for x in r.stderr.rstrip('\n').split('\n') if not x.startswith(informs)] or ['']


class Forks:
    """run() by a process that has loaded the program once (tests/cli/fork-server.c): ten times faster. Not for
    commands that start this program again."""

    def __init__(self, server):
        self.process = subprocess.Popen([server], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=WORK,
                                        env=dict(ENV, GOMP_SPINCOUNT='10000'))
        self.folder = tempfile.mkdtemp(prefix='leuko-forks-')
        atexit.register(shutil.rmtree, self.folder, ignore_errors=True)

    def run(self, *args):
        names = [os.path.join(self.folder, n) for n in ('stdout', 'stderr')]
        self.process.stdin.write('\x1f'.join([*names, *args]) + '\n')
        self.process.stdin.flush()
        status = int(self.process.stdout.readline())
        return subprocess.CompletedProcess(['leuko', *args], status, *(open(n).read() for n in names))


def path(*names):
    return os.path.join(WORK, *names)


def write(name, data):
    os.makedirs(os.path.dirname(path(name)), exist_ok=True)
    with open(path(name), 'wb') as f:
        f.write(data if isinstance(data, bytes) else data.encode())


def digest(name):
    """SHA-256 of a file, or of the names and contents in a folder; None if it does not exist."""
    h = hashlib.sha256()
    if os.path.isfile(path(name)):
        h.update(open(path(name), 'rb').read())
    elif os.path.isdir(path(name)):
        for folder, folders, files in os.walk(path(name)):
            folders.sort()
            for f in sorted(files):
                h.update(os.path.relpath(os.path.join(folder, f), path(name)).encode(errors='surrogateescape') + b'\0')
                h.update(open(os.path.join(folder, f), 'rb').read())
    else:
        return None
    return h.hexdigest()


def tensors(name):
    """The tensors of a safetensors file, {name: (shape, bytes)}, and its metadata."""
    data = open(path(name), 'rb').read()
    n = struct.unpack('<Q', data[:8])[0]
    header = json.loads(data[8:8 + n])
    meta = header.pop('__metadata__')
    return {k: (v['shape'], data[8 + n + v['data_offsets'][0]:8 + n + v['data_offsets'][1]])
            for k, v in header.items()}, meta


def png(width, height, bits, color, row):
    """A PNG whose rows are all equal. `row` is the bytes of one row without the filter byte; memory use is constant."""
    def chunk(kind, data):
        return struct.pack('>I', len(data)) + kind + data + struct.pack('>I', zlib.crc32(kind + data))
    z = zlib.compressobj(9)
    body = b''.join(z.compress(b'\0' + row) for _ in range(height)) + z.flush()
    return (b'\x89PNG\r\n\x1a\n' + chunk(b'IHDR', struct.pack('>IIBBBBB', width, height, bits, color, 0, 0, 0)) +
            chunk(b'IDAT', body) + chunk(b'IEND', b''))


def small_model(network=QUICK):
    """Make cells/ (a folder per class), shards/ with all three splits, and m.safetensors."""
    for args in (['synth', 'cells', '--per-class', '24', '--groups', '6', '--size', '96'],
                 ['sort', 'cells', '--out', 'shards', '--group-by', '(P[0-9]+)', '--validation', '0.25', '--test',
                  '0.25', '--shards', '2'],
                 ['train', 'shards', '--model', 'm.safetensors', *network]):
        r = run(*args)
        if r.returncode != 0:
            print('Bail out! leuko %s: %s' % (' '.join(args), r.stderr))
            sys.exit(1)
