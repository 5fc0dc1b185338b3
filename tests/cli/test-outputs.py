#!/usr/bin/env python3
"""No command writes over a file that it reads: one line, exit status 1, every file as it was. The options of all
commands are taken from their help, so that a new output is noticed here."""
import os
import re

from harness import LEUKO, QUICK, check, digest, done, path, run, small_model, write

small_model()
for args in (['freeze', 'm.safetensors', '-o', 'm.pb'], ['freeze', 'm.safetensors', '-o', 'm.ckpt'],
             ['freeze', 'm.safetensors', '-o', 'm.onnx'], ['compile', 'm.safetensors', '-o', 'm.graph']):
    r = run(*args)
    check(r.returncode == 0, ' '.join(args), r)
write('groups.csv', 'file,group\n')
image = sorted(os.listdir(path('cells/blast')))[0]
os.link(path('m.pb'), path('hard.pb'))
os.link(path('m.safetensors'), path('hard.safetensors'))
os.link(path('m.safetensors'), path('hard'))
os.symlink('m.safetensors', path('soft.safetensors'))
os.symlink('cells', path('cells-link'))
os.symlink('shards', path('shards-link'))
os.link(path('cells/blast', image), path('image'))
shard = 'shards/' + [f for f in sorted(os.listdir(path('shards'))) if f.endswith('.tfrecord')][0]
os.link(path('groups.csv'), path('groups-too.csv'))
before = digest('.')
TRAIN = ['train', 'shards', *QUICK, '--model']
FINETUNE = ['train', 'shards', '--weights', 'm.safetensors', '--model']

for args in (
        ['freeze', 'm.pb', '-o', 'm.pb'], ['freeze', 'm.pb', '-o', 'hard.pb'], ['freeze', 'm.onnx', '-o', 'm.onnx'],
        ['freeze', 'm.safetensors', '-o', 'm.safetensors'], ['freeze', 'm.safetensors', '-o', 'soft.safetensors'],
        ['freeze', 'soft.safetensors', '-o', 'hard.safetensors'], ['freeze', 'm.ckpt', '-o', 'm.ckpt'],
        ['freeze', 'm.ckpt.index', '-o', 'm.ckpt'],
        ['compile', 'm.pb', '-o', 'm.pb'], ['compile', 'm.graph', '-o', './m.graph'],
        ['compile', 'm.safetensors', '-o', 'hard'], ['compile', 'm.safetensors', '-o', 'x.graph', '--json', 'hard'],
        ['compile', 'm.safetensors', '-o', 'shards/x.graph', '--calibrate', 'shards'],
        ['compile', 'm.safetensors', '-o', 'out', '--json', 'out'],
        [*TRAIN, shard], [*TRAIN, 'shards/m.safetensors'], [*TRAIN, 'shards-link/m.safetensors'],
        [*TRAIN, 'new.safetensors', '--json', 'shards/split.csv'], [*TRAIN, 'new.safetensors', '--json', 'shards/x.json'],
        [*FINETUNE, 'm.safetensors'], [*FINETUNE, 'soft.safetensors'], [*FINETUNE, 'new.safetensors', '--json', 'hard'],
        ['sort', 'cells', '--out', 'cells/shards'], ['sort', 'cells', '--out', 'cells-link/shards'],
        ['sort', 'cells-link', '--out', 'cells'], ['sort', 'cells', '--out', 'cells'],
        ['augment', 'cells', 'cells'], ['augment', 'cells', 'cells/new'], ['augment', 'cells', 'cells-link/a/new'],
        ['features', 'cells', *QUICK, '-o', 'cells/f.npy'], ['features', 'cells', '--weights', 'm.safetensors', '-o', 'hard'],
        ['features', 'cells', *QUICK, '-o', 'groups-too.npy', '--groups', 'groups.csv'],
        ['eval', 'm.safetensors', 'shards', '--json', 'hard'], ['eval', 'm.safetensors', 'shards', '--csv', 'shards/split.csv'],
        ['eval', 'm.pb', 'shards', '--json', 'm.pb.json'], ['eval', 'm.ckpt', 'shards', '--json', 'm.ckpt.json'],
        ['eval', 'm.safetensors', 'cells', '--groups', 'groups.csv', '--csv', 'groups-too.csv'],
        ['verify', 'm.safetensors', 'm.graph', '--json', 'hard'], ['verify', 'm.graph', 'm.pb', '--json', 'm.pb.json'],
        ['verify', 'm.pb', 'm.graph', '--data', 'cells', '--json', 'cells/x.json'],
        ['classify', 'm.safetensors', 'cells', '--csv', 'cells/x.csv'], ['classify', 'm.safetensors', 'cells', '--json', 'hard'],
        ['classify', 'm.safetensors', 'cells/blast/' + image, '--csv', 'image'],
        ['classify', 'm.safetensors', '--watch', 'cells', '--csv', 'cells/x.csv'],
        ['classify', 'm.safetensors', 'cells', '--csv', 'both', '--json', 'both'],
        ['profile', 'm.graph', '--html', 'm.graph'], ['profile', 'm.safetensors', '--json', 'hard'],
        ['profile', 'm.pb', '--json', 'm.pb.json'], ['check', 'cells', '--json', 'cells/x.json'],
        ['check', 'cells', '--groups', 'groups.csv', '--json', 'groups.csv'], ['info', 'm.safetensors', '--json', 'hard'],
        ['info', 'cells', '--json', 'cells/x.json'], ['weights', 'inspect', 'm.safetensors', '--json', 'hard'],
        ['weights', 'convert', 'm.safetensors', 'm.safetensors'], ['weights', 'convert', 'm.safetensors', 'soft.safetensors']):
    r = run(*args)
    lines = r.stderr.splitlines()
    # an ending of another format is wrong usage, which comes first
    expected = (2,) if 'name it' in r.stderr else (1,)
    said = re.search('would destroy the input|lies inside the input|cannot have the same name|not .*; name it', r.stderr)
    check(r.returncode in expected and len(lines) == 1 and said and r.stdout == '' and digest('.') == before,
          'leuko %s is refused' % ' '.join(args), (r, digest('.') == before))
    before = digest('.')

# A device, a pipe or a link to an open file keeps its name, and a training into a folder's name does not begin.
os.mkfifo(path('pipe'))
os.symlink('/dev/null', path('null'))
os.symlink('/proc/self/fd/1', path('stdout'))
os.mkdir(path('folder.safetensors'))
kinds = lambda: {n: os.lstat(path(n))[:2] for n in ('pipe', 'null', 'stdout', 'folder.safetensors')}
before = kinds()
for args in (*[[*command, name] for name in ('pipe', 'null', 'stdout') for command in (
        ['check', 'cells', '--json'], ['eval', 'm.safetensors', 'cells', '--csv'], ['classify', 'm.safetensors', 'cells', '--csv'],
        ['info', 'm.pb', '--json'], ['compile', 'm.safetensors', '--precision', 'fp32', '-o'], ['profile', 'm.graph', '--html'],
        ['verify', 'm.pb', 'm.graph', '--json'])], ['sort', 'cells', '--out', 'pipe'], [*TRAIN, 'folder.safetensors']):
    r = run(*args)
    check(r.returncode == 1 and r.stdout == '' and len(r.stderr.splitlines()) == 1 and kinds() == before,
          'leuko %s is refused' % ' '.join(args), r)

for args in (['eval', 'm.safetensors', 'cells', '--report', ''], ['eval', 'm.safetensors', 'cells', '--json', ''],
             ['run', 'cells', '-o', ''], ['stress', 'm.safetensors', 'cells', '--report', '']):
    r = run(*args)
    check(r.returncode != 0 and r.stdout == '' and r.stderr == 'leuko: a result has an empty name; name a file or a folder\n',
          'leuko %s without a name is refused' % args[0], r)

# A report beside the input, and a report over an older one, are written.
for args in (['info', 'm.safetensors', '--json', 'm.safetensors.json'], ['info', 'm.safetensors', '--json', 'm.safetensors.json'],
             ['classify', 'm.safetensors', 'cells/blast/' + image, '--csv', 'cells/blast/answers.csv']):
    r = run(*args)
    check(r.returncode == 0, 'leuko %s is not refused' % ' '.join(args), r)

# Every option that takes a file name is known here as an input or an output.
OUTPUTS = {'json', 'csv', 'html', 'model', 'output', 'out', 'run-folder', 'report'}
INPUTS = {'weights', 'groups', 'labels', 'calibrate', 'data', 'watch', 'recipe', 'reference', 'train'}
commands = re.findall(r'^  ([a-z]+) +\S', run('help').stdout.split('\nOutput:')[0], re.M)
check(len(commands) >= 14 and 'freeze' in commands, 'the commands are listed', commands)
for command in commands:
    found = set(re.findall(r'--([a-z0-9-]+)=(?:FILE|DIR|OUT)\b', run(command, '--help').stdout))
    check(found <= OUTPUTS | INPUTS, 'the files of %s are inputs or outputs' % command, found)
done()
