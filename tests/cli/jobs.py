"""Every command that writes, as a job on small inputs, for the tests that disturb a run: faults and kills. A job writes
all of its files below a folder of its own."""
import os
import shutil
import subprocess
import sys

import torchfile
from harness import ENV, LEUKO, TINY, WORK, digest, path, run, write

FINETUNE = ['train', 'shards', '--model', '{new}/t.safetensors', *TINY, '--tune', 'all', '--epochs', '2', '--batch', '4',
            '--checkpoint-steps', '1', '--precision', 'fp32', '--positive', 'blast', '--resume']
JOBS = {
    'synth': ['synth', '{new}/cells', '--per-class', '4', '--groups', '2', '--size', '75'],
    'augment': ['augment', 'cells', '{new}/more', '--rotations', '1', '--ops', 'rotate'],
    'check': ['check', 'cells', '--json', '{new}/check.json'],
    'sort': ['sort', 'cells', '--out', '{new}/shards', '--group-by', '(P[0-9]+)', '--validation', '0.25', '--shards', '2'],
    'head': ['train', 'shards', '--model', '{new}/m.safetensors', *TINY, '--precision', 'fp32', '--positive', 'blast',
             '--json', '{new}/m.json'],
    'finetune': FINETUNE,
    'features': ['features', 'cells', '-o', '{new}/f.npy', *TINY, '--precision', 'fp32'],
    'eval': ['eval', 'm.safetensors', 'shards', '--split', 'validation', '--precision', 'fp32', '--json', '{new}/e.json',
             '--csv', '{new}/e.csv'],
    'classify': ['classify', 'm.safetensors', 'cells', '--precision', 'fp32', '--json', '{new}/c.json', '--csv',
                 '{new}/c.csv'],
    'compile': ['compile', 'm.safetensors', '-o', '{new}/m.graph', '--precision', 'fp32', '--json', '{new}/g.json'],
    'compile-int8': ['compile', 'm.safetensors', '-o', '{new}/m.graph', '--precision', 'int8', '--calibrate', 'shards',
                     '--images', '16', '--isa', 'any'],
    'freeze-pb': ['freeze', 'm.safetensors', '-o', '{new}/m.pb'],
    'freeze-ckpt': ['freeze', 'm.pb', '-o', '{new}/m.ckpt'],
    'freeze-onnx': ['freeze', 'm.ckpt', '-o', '{new}/m.onnx'],
    'freeze-half': ['freeze', 'm.onnx', '-o', '{new}/m.safetensors', '--half'],
    'convert': ['weights', 'convert', 'tiny.pth', '{new}/w.safetensors', '--classes', 'lymphocyte,blast', '--crop', '1'],
    'inspect': ['weights', 'inspect', 'tiny.pth', '--json', '{new}/i.json'],
    'info': ['info', 'm.pb', '--json', '{new}/info.json'],
    'verify': ['verify', 'm.safetensors', 'm.onnx', '--data', 'cells', '--precision', 'fp32', '--json', '{new}/v.json'],
    'profile': ['profile', 'm.graph', '--runs', '3', '--json', '{new}/p.json', '--html', '{new}/p.html'],
}


def inputs():
    """Make cells/, shards/, tiny.pth, and one model in every format."""
    os.makedirs(path('cache'))
    write('tiny.pth', torchfile.zip_file(torchfile.tiny_network(classes=2)))
    for args in (['synth', 'cells', '--per-class', '12', '--groups', '4', '--size', '75'],
                 ['sort', 'cells', '--out', 'shards', '--group-by', '(P[0-9]+)', '--validation', '0.25', '--shards', '2'],
                 ['train', 'shards', '--model', 'm.safetensors', *TINY, '--precision', 'fp32', '--positive', 'blast'],
                 ['compile', 'm.safetensors', '-o', 'm.graph', '--precision', 'fp32'],
                 *(['freeze', 'm.safetensors', '-o', 'm.' + kind] for kind in ('pb', 'ckpt', 'onnx'))):
        r = run(*args)
        if r.returncode != 0:
            print('Bail out! leuko %s: %s' % (' '.join(args), r.stderr))
            sys.exit(1)
    return input_digest()


def input_digest():
    return [digest(f) for f in sorted(os.listdir(WORK)) if not f.startswith(('new-', 'cache', 'log-'))]


class Job:
    def __init__(self, name):
        self.name, self.new, self.cache = name, 'new-' + name, 'cache-' + name
        self.args = [a.replace('{new}', self.new) for a in JOBS[name]]
        self.proven = set()  # states of the folders from which the next run is known to succeed

    def clear(self):
        for folder in (self.new, self.cache):
            shutil.rmtree(path(folder), ignore_errors=True)
            os.makedirs(path(folder))

    def env(self, **more):
        return dict(ENV, LEUKO_CACHE=path(self.cache), GOMP_SPINCOUNT='10000', **more)

    def start(self, *more, **env):
        return subprocess.Popen([LEUKO, *self.args, *more], cwd=WORK, env=self.env(**env), stdin=subprocess.DEVNULL,
                                stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, errors='replace')

    def run(self, *more, **env):
        return run(*self.args, *more, env=self.env(**env), errors='replace')

    def found(self):
        """{name: digest} of what the job has written. A run folder is not an output."""
        return {f: digest(self.new + '/' + f) for f in os.listdir(path(self.new)) if not f.endswith('.run') and not f.startswith('.')}

    def reference(self):
        """Run undisturbed, twice. Measured times differ: such outputs are compared by their presence."""
        self.clear()
        one = self.run()
        self.expected = self.found()
        self.clear()
        self.result = self.run()
        two = self.found()
        self.expected = {f: d if two.get(f) == d else None for f, d in self.expected.items()}
        self.stdout = self.result.stdout if self.result.stdout == one.stdout else None
        return self.result.returncode == 0 and bool(self.expected)

    def is_whole(self, name, found):
        return name in self.expected and self.expected[name] in (None, found)

    def partial(self):
        """The names of outputs that are neither whole nor absent."""
        return [f for f, d in self.found().items() if not self.is_whole(f, d)]

    def is_complete(self):
        found = self.found()
        return set(found) == set(self.expected) and not self.partial()

    def works_again(self):
        """None, or why the next run of the same command does not give the undisturbed result."""
        state = digest(self.new), digest(self.cache)
        if state in self.proven:
            self.clear()
            return None
        folder = {'synth': self.args[1], 'augment': self.args[2], 'sort': self.args[3]}.get(self.name)
        if folder and os.path.exists(path(folder)):  # whole, and not to be replaced
            shutil.rmtree(path(folder))
        r = self.run()
        if self.name == 'finetune' and r.returncode == 1 and 'is finished' in r.stderr:
            return None
        if r.returncode != 0 or not self.is_complete():
            return 'the next run', r, self.found(), self.expected
        self.proven.add(state)
        return None
