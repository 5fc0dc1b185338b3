#!/usr/bin/env python3
"""Odd files: pipes, devices and huge files never block and cost no memory; a link is not followed where records are
appended; a loop of links and a path that is too long are skipped with a reason; a cache that cannot be written warns; a
file that becomes shorter while it is read is an error."""
import os
import subprocess

from harness import ENV, LEUKO, TINY, WORK, check, done, path, run, small_model, write

small_model(TINY)
image = sorted(os.listdir(path('cells/blast')))[0]
os.mkfifo(path('pipe'))
os.symlink('/dev/zero', path('zero'))
with open(path('huge'), 'wb') as f:
    f.truncate(3 << 30)

# one line, no waiting: timeout and a limit of memory
for name, said in (('pipe', 'regular file'), ('zero', 'regular file'), ('huge', '')):
    for args in (['classify', 'm.safetensors', name], ['check', 'cells', '--labels', name], ['check', 'cells', '--groups', name],
                 ['train', 'shards', '--model', 'x.safetensors', *TINY, '--tune', 'all', '--recipe', './' + name],
                 ['classify', name, 'cells'], ['info', name], ['weights', 'inspect', name], ['freeze', name, '-o', 'x.pb']):
        r = subprocess.run(['sh', '-c', 'ulimit -v 4000000; exec "$@"', 'sh', LEUKO, *args], cwd=WORK, env=ENV, timeout=60,
                           stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        lines = [x for x in r.stderr.splitlines() if 'precision' not in x and 'positive class' not in x and 'could not be read' not in x]
        check((r.returncode in (1, 2) and len(lines) == 1) or (args[0] == 'info' and r.returncode == 0),
              'leuko %s' % ' '.join(args), r)

# the ledger
for kind in ('link', 'pipe'):
    os.remove(path('shards/ledger.jsonl'))
    write('victim', 'as it was')
    if kind == 'link':
        os.symlink('../victim', path('shards/ledger.jsonl'))
    else:
        os.mkfifo(path('shards/ledger.jsonl'))
    r = run('eval', 'm.safetensors', 'shards', timeout=60)
    check(r.returncode == 1 and 'ledger' in r.stderr and open(path('victim')).read() == 'as it was', 'the ledger is a %s: refused' % kind, r)
os.remove(path('shards/ledger.jsonl'))

# skipped with a reason
os.symlink('loop.png', path('cells/blast/loop.png'))
os.symlink('..', path('cells/blast/up'))
folder = os.open(path('cells/blast'), os.O_RDONLY)
for i in range(17):
    os.mkdir('d' * 250, dir_fd=folder)
    inner = os.open('d' * 250, os.O_RDONLY, dir_fd=folder)
    os.close(folder)
    folder = inner
os.close(os.open('x.png', os.O_WRONLY | os.O_CREAT, dir_fd=folder))
os.close(folder)
r = run('check', 'cells', '--all')
check(r.returncode == 0 and 'loop.png, link that leads nowhere' in r.stdout and 'path is too long' in r.stdout and
      'link to a folder that contains it' in r.stdout, 'loops and long paths are listed', r)

# the cache
for cache in ('/proc/none/cache', path('m.safetensors')):
    r = run('train', 'shards', '--model', 'c.safetensors', *TINY, env=dict(ENV, LEUKO_CACHE=cache))
    check(r.returncode == 0 and r.stderr.count('WARNING') >= 1 and 'feature cache' in r.stderr and os.path.exists(path('c.safetensors')),
          'a cache that cannot be written: a warning, and the job is done', r)
    os.remove(path('c.safetensors'))
subprocess.run(['rm', '-rf', path('cells')])  # shutil cannot remove so long a path
done()
