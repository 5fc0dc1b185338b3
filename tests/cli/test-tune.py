#!/usr/bin/env python3
"""leuko train --tune, as a user runs it: learning, the same bytes again, killed and resumed, and refusals.
Random weights, small images and a short, narrow network keep it quick. LEUKO_TEST_KILLS (default 5) is the
number of times that a run is killed; `make soak` sets 40."""
import json
import os
import random
import re
import resource
import shutil
import signal
import struct
import subprocess
import time

from harness import ENV, LEUKO, check, digest, done, path, run, write

NET = ['--weights', 'random', '--depth-multiplier', '0.0625', '--size', '75', '--endpoint', 'Mixed_5b', '--no-cache',
       '--precision', 'fp32', '--positive', 'blast']
KILLS = int(os.environ.get('LEUKO_TEST_KILLS', '5'))
RECIPE = """[training]
tune = all
epochs = 4
batch = 8
batch_norm = trained
batch_norm_decay = 0.9
auxiliary_weight = 0
label_smoothing = 0.05
mixup = 0.2
head_start = random
balance = sampling
jitter = cells
stain = 0.1
[optimizer]
kind = adamw
rate = 0.003
head_rate_scale = 2
weight_decay = 0.01
clip_norm = 5
average = 0.9
[schedule]
kind = cosine
last_share = 0.01
warm_up_epochs = 1
[stopping]
patience_epochs = 0
export = best
"""


def recipe(**changes):
    text = RECIPE
    for key, value in changes.items():
        text, n = re.subn(r'(?m)^%s = .*$' % key, '%s = %s' % (key, value), text)
        assert n == 1, key
    return text


def lines(name):
    return [json.loads(x) for x in open(path(name)) if x.strip()]


def figures(r):
    return json.loads(r.stdout)


# data: 32 training and 12 validation images of two classes
run('synth', 'cells', '--per-class', '22', '--groups', '11', '--size', '96')
r = run('sort', 'cells', '--out', 'shards', '--validation', '0.27', '--group-by', '(P[0-9]+)_', '--shards', '2')
check(r.returncode == 0, 'sort', r.stderr)

# every mode memorizes a small set
run('synth', 'few', '--per-class', '8', '--groups', '8', '--size', '96')
run('sort', 'few', '--out', 'few-shards', '--validation', '0', '--group-by', '(P[0-9]+)_', '--shards', '2')
memorize = dict(jitter='none', mixup=0, label_smoothing=0, balance='none', average=0, weight_decay=0, export='last',
                warm_up_epochs=0, last_share=0.1)
WIDER = [x if x != '0.0625' else '0.25' for x in NET]
for tune in 'all', 'Mixed_5b':
    write('memorize.recipe', recipe(tune=tune, epochs=20, **memorize))
    r = run('train', 'few-shards', '--model', 'memorized.safetensors', '--recipe', './memorize.recipe', '--restart',
            *WIDER)
    e = run('eval', 'memorized.safetensors', 'few-shards', '--split', 'train', '--json', '-')
    right = json.loads(e.stdout)['accuracy']['value'] if e.returncode == 0 else e.stderr
    check(r.returncode == 0 and right == 1.0, '--tune %s: 100 %% of 16 training images are correct' % tune, (right, r.stderr))

# the head alone, and with frozen batch norm, from the backbone
HERE = ['--no-cache', '--positive', 'blast']
write('frozen.recipe', recipe(tune='Mixed_7a', batch_norm='frozen', epochs=5, rate=0.0005, **memorize))
for what, options in (('the head alone', []), ('--tune Mixed_7a, batch norm frozen', ['--recipe', './frozen.recipe', '--restart'])):
    r = run('train', 'few-shards', '--model', 'memorized.safetensors', *options, *HERE)
    e = run('eval', 'memorized.safetensors', 'few-shards', '--split', 'train', '--json', '-')
    right = json.loads(e.stdout)['accuracy']['value'] if e.returncode == 0 else e.stderr
    check(r.returncode == 0 and right == 1.0, '%s: 100 %% of 16 training images are correct' % what, (right, r.stderr))

# an uninterrupted run, in a folder of its own: every byte can be the same
write('short.recipe', recipe())
COMMAND = ['train', '../shards', '--model', 'm.safetensors', '--recipe', '../short.recipe', '--resume',
           '--checkpoint-steps', '1', '--seed', '9'] + NET


def train(folder, *more, **kw):
    os.makedirs(path(folder), exist_ok=True)
    return run(*COMMAND, *more, **dict(dict(cwd=path(folder)), **kw))


start = time.time()
r = train('whole')
seconds = time.time() - start
check(r.returncode == 0, '--resume without a checkpoint starts a new training', r.stderr)
whole = digest('whole/m.safetensors')
check('Research use only' in r.stdout and 'validation' in r.stdout, 'the report shows validation figures and the research-use note', r.stdout)
r = train('again')
check(digest('again/m.safetensors') == whole, 'the same seed and threads give the same bytes')
data = open(path('whole/m.safetensors'), 'rb').read()
header = json.loads(data[8:8 + struct.unpack('<Q', data[:8])[0]])
provenance = json.loads(header['__metadata__']['leuko'])['provenance']
check(provenance['checkpoint'] == 'best' and provenance['recipe'].startswith('[training]'),
      'the model names its checkpoint and recipe', provenance)
logged = lines('whole/m.run/train.jsonl')
steps = [x['step'] for x in logged if 'loss' in x]
check(steps == list(range(1, len(steps) + 1)) and len([x for x in logged if 'validation' in x]) == 4,
      'train.jsonl has one line per step and per validation', logged[-3:])

# killed at any moment and resumed: some kills hit the setup, most a step, some a checkpoint
random.seed(4)
kills, finished = 0, None
os.makedirs(path('killed'))
while kills < KILLS and finished is None:
    p = subprocess.Popen([LEUKO] + COMMAND, cwd=path('killed'), env=ENV, stdin=subprocess.DEVNULL,
                         stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    try:
        p.communicate(timeout=random.uniform(0.02, max(0.4, 0.3 * seconds)))
        finished = p.returncode
    except subprocess.TimeoutExpired:
        p.send_signal(signal.SIGKILL)
        p.communicate()
        kills += 1
r = train('killed')
check(r.returncode == 0 and digest('killed/m.safetensors') == whole,
      'killed %d times and resumed, the model has the bytes of the uninterrupted run' % kills, r.stderr)
strip = [{k: v for k, v in x.items() if k != 'images_per_s'} for x in lines('killed/m.run/train.jsonl')]
check(strip == [{k: v for k, v in x.items() if k != 'images_per_s'} for x in logged],
      'and so has its log, except for the speed')

# Ctrl-C writes a checkpoint, and the message says how to continue
os.makedirs(path('asked'))
p = subprocess.Popen([LEUKO] + COMMAND, cwd=path('asked'), env=ENV, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                     stderr=subprocess.PIPE, text=True)
while not (os.path.exists(path('asked/m.run/train.jsonl')) and os.path.getsize(path('asked/m.run/train.jsonl'))):
    time.sleep(0.01)
p.send_signal(signal.SIGINT)
out, err = p.communicate()
check(p.returncode == 130 and '--resume' in err and err.count('\n') <= 3, 'Ctrl-C writes a checkpoint, and the message says how to continue', err)
r = train('asked')
check(digest('asked/m.safetensors') == whole, 'resumed, it ends in the same bytes', r.stderr)

# a run that stops early is the same training
r = train('early', '--until', '2')
check(r.returncode == 0 and '2 of 4 epochs' in r.stdout, '--until stops after that epoch', r.stdout)
r = train('early')
check(digest('early/m.safetensors') == whole, 'resumed, it ends in the same bytes', r.stderr)

# a folder with a checkpoint is never overwritten by accident, whether the run is finished or not
PLAIN = [x for x in COMMAND if x != '--resume']
BOTH = ['continue it with --resume', 'or discard it with --restart']


def held(folder):
    return digest(folder + '/m.run/last.checkpoint'), digest(folder + '/m.run/best.safetensors'), digest(folder + '/m.safetensors')


before = held('whole')
r = run(*PLAIN, cwd=path('whole'))
check(r.returncode == 1 and all(x in r.stderr for x in BOTH) and '(epoch 4 of 4, step 16)' in r.stderr and
      r.stderr.count('\n') == 1 and held('whole') == before, 'a finished run is not overwritten', r.stderr)
r = train('started', '--until', '1')
before = held('started')
r = run(*PLAIN, '--lr', '0.1', cwd=path('started'))
check(r.returncode == 1 and all(x in r.stderr for x in BOTH) and '(epoch 1 of 4, ' in r.stderr and held('started') == before,
      'nor is one that has only begun, with other settings', r.stderr)
write('started/m.run/last.checkpoint', b'x')
r = run(*PLAIN, cwd=path('started'))
check(r.returncode == 1 and 'cannot be read' in r.stderr and all(x in r.stderr for x in BOTH) and
      open(path('started/m.run/last.checkpoint'), 'rb').read() == b'x', 'nor one whose checkpoint is damaged', r.stderr)
r = run(*PLAIN, '--restart', '--until', '1', cwd=path('started'))
check(r.returncode == 0 and len(lines('started/m.run/train.jsonl')) == 6, '--restart starts anew', r.stderr)
r = run(*PLAIN, '--restart', '--resume', cwd=path('started'))
check(r.returncode == 2 and 'exclude each other' in r.stderr, '--restart and --resume exclude each other', r.stderr)
r = run('train', '../shards', '--model', 'm.safetensors', '--restart', cwd=path('started'))
check(r.returncode == 2 and '--tune head' in r.stderr, '--restart without a run folder is wrong usage', r.stderr)

# two processes do not train in one folder; the second one is told who does
os.makedirs(path('busy'))
p = subprocess.Popen([LEUKO] + COMMAND + ['--epochs', '1000'], cwd=path('busy'), env=ENV, stdin=subprocess.DEVNULL,
                     stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
while not os.path.exists(path('busy/m.run/last.checkpoint')):
    time.sleep(0.01)
for options in [], ['--resume'], ['--restart']:
    r = run(*PLAIN, *options, '--epochs', '1000', cwd=path('busy'))
    check(r.returncode == 1 and (re.search(r'm\.safetensors: in use by process %d on host \S+ since 20\d\d-' % p.pid, r.stderr) if options
                                 else all(x in r.stderr for x in BOTH)),
          'a second training in one folder is refused: %s' % (options or 'plain'), r.stderr)
p.kill()
p.wait()
r = run(*PLAIN, '--restart', '--until', '1', cwd=path('busy'))
check(r.returncode == 0 and not os.path.exists(path('busy/m.run/lock')) and
      not os.path.exists(path('busy/.m.safetensors.lock')), 'a killed process holds nothing', r.stderr)

# other settings: every one with both values, in a line of its own; the checkpoint is unchanged
last = digest('whole/m.run/last.checkpoint')
for what, change, says in (
        ('rate', ['--lr', '0.02'], ['checkpoint: --lr 0.003; now 0.02']),
        ('epochs', ['--epochs', '9'], ['checkpoint: --epochs 4; now 9 (the learning rates of its cosine schedule depend on it)']),
        ('fewer epochs', ['--epochs', '3'], ['checkpoint: --epochs 4; now 3 (fewer than are finished)']),
        ('batch', ['--batch', '4'], ['checkpoint: --batch 8; now 4']),
        ('seed', ['--seed', '10'], ['checkpoint: --seed 9; now 10']),
        ('network', ['--depth-multiplier', '0.125'], ['checkpoint: --depth-multiplier 0.0625; now 0.125']),
        ('endpoint', ['--endpoint', 'Mixed_5c'], ['checkpoint: --endpoint Mixed_5b; now Mixed_5c']),
        ('size', ['--size', '80'], ['checkpoint: --size 75; now 80']),
        ('positive class', ['--positive', 'lymphocyte'], ['checkpoint: --positive blast; now lymphocyte']),
        ('part', ['--tune', 'Mixed_5b'], ['checkpoint: --tune all; now Mixed_5b']),
        ('recipe', ['--recipe', '../mixed.recipe'], ['checkpoint: mixup 0.2; now 0', 'checkpoint: jitter cells; now none']),
        ('weights', ['--weights', '../memorized.safetensors'], ['checkpoint: --weights random; now memorized.safetensors']),
        ('rate and seed', ['--lr', '0.02', '--seed', '10'], ['checkpoint: --lr 0.003; now 0.02', 'checkpoint: --seed 9; now 10'])):
    write('mixed.recipe', recipe(mixup='0', jitter='none'))
    net = [x for x in NET if what != 'weights' or x not in ('--depth-multiplier', '0.0625', '--size', '75', '--endpoint', 'Mixed_5b')]
    r = run(*[x for x in COMMAND if x not in NET], *net, *change, cwd=path('whole'))
    told = [x for x in r.stderr.rstrip('\n').split('\n') if 'checkpoint: ' in x]
    check(r.returncode == 1 and len(told) >= len(says) and all(any(s in x for x in told) for s in says) and
          (len(says) > 1 or what == 'weights' or r.stderr.count('\n') == 1) and '--restart' in r.stderr,
          'another %s is named with both values' % what, r.stderr)
r = train('whole', '--threads', '1')
check(r.returncode == 0, 'another number of threads continues', r.stderr)
if len(os.sched_getaffinity(0)) > 1:
    check(re.search(r'WARNING: \d+ threads in the checkpoint, now 1: ', r.stderr), '... with a warning', r.stderr)
last = digest('whole/m.run/last.checkpoint')

# more epochs: a schedule whose learning rates do not depend on their number continues, and equals the unbroken run
for schedule in 'kind = constant', 'kind = staircase\nfactor = 0.5\nevery_epochs = 1':
    name = schedule.split()[2]
    write(name + '.recipe', recipe().replace('kind = cosine\nlast_share = 0.01', schedule))
    use = ['--recipe', '../%s.recipe' % name]
    r = train(name, *use, '--epochs', '5')
    check(r.returncode == 0, 'a %s schedule' % name, r.stderr)
    train(name + '-more', *use, '--epochs', '2')
    r = train(name + '-more', *use, '--epochs', '5')
    log = [[{k: v for k, v in x.items() if k != 'images_per_s'} for x in lines(f + '/m.run/train.jsonl')] for f in (name, name + '-more')]
    check(r.returncode == 0 and held(name)[1:] == held(name + '-more')[1:] and log[0] == log[1],
          '%s: 2 epochs continued to 5 give the bytes of an unbroken run of 5' % name, r.stderr)
    r = train(name + '-more', *use, '--epochs', '4')
    check(r.returncode == 1 and 'checkpoint: --epochs 5; now 4 (fewer than are finished)' in r.stderr, '... and no fewer', r.stderr)
write('late.recipe', recipe(warm_up_epochs=2))
for epochs in '4', '5':
    r = train('warm', '--recipe', '../late.recipe', '--epochs', epochs, '--until', '1')
    check(r.returncode == 0, 'a cosine schedule during its warm-up: %s epochs' % epochs, r.stderr)

run('sort', 'cells', '--out', 'other', '--validation', '0.27', '--group-by', '(P[0-9]+)_', '--seed', '8')
shutil.move(path('shards'), path('shards-kept'))
shutil.copytree(path('other'), path('shards'))
r = train('whole')
check(r.returncode == 1 and re.search('checkpoint: training (images|data) ', r.stderr), 'shards that have changed are refused', r.stderr)
shutil.rmtree(path('shards'))
shutil.move(path('shards-kept'), path('shards'))
check(digest('whole/m.run/last.checkpoint') == last, 'the checkpoint is unchanged')
data = open(path('whole/m.run/last.checkpoint'), 'rb').read()
for what, bad in (('truncated', data[:len(data) // 2]), ('damaged', data[:-9] + b'\x55' + data[-8:]), ('empty', b'')):
    os.makedirs(path(what, 'm.run'))
    write(what + '/m.run/last.checkpoint', bad)
    r = train(what)
    check(r.returncode == 1 and 'last.checkpoint' in r.stderr and r.stderr.count('\n') == 1,
          'a checkpoint that is %s is refused in one line' % what, r.stderr)

# no space for a checkpoint: an error, and no checkpoint
shutil.copytree(path('asked'), path('full'))
os.remove(path('full/m.safetensors'))
os.remove(path('full/m.run/last.checkpoint'))


def little_room():
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (200000, 200000))


r = train('full', preexec_fn=little_room)
check(r.returncode == 1 and 'last.checkpoint' in r.stderr and not os.path.exists(path('full/m.run/last.checkpoint')),
      'a checkpoint that does not fit on the disk is an error that names the file', r.stderr)

# a training that diverges stops; step and layer are named
wild = recipe(rate=100, clip_norm=0, warm_up_epochs=0, average=0, batch_norm='frozen').replace('adamw', 'sgd')
write('wild.recipe', wild)
r = run('train', 'shards', '--model', 'wild.safetensors', '--recipe', './wild.recipe', '--checkpoint-steps', '1', *NET)
check(r.returncode == 1 and re.search(r'step \d+', r.stderr) and not os.path.exists(path('wild.safetensors')),
      'a loss that is not finite stops the training, and the step is named', r.stderr)

# wrong usage
r = run('train', 'shards', '--model', 'x.safetensors', '--epochs', '3', *NET)
check(r.returncode == 2 and '--tune' in r.stderr, '--epochs without --tune is wrong usage', r.stderr)
r = run('train', 'shards', '--model', 'x.safetensors', '--tune', 'Mixed_9z', *NET)
check(r.returncode == 2 and 'Mixed_9z' in r.stderr and 'Mixed_7a' in r.stderr, 'an unknown endpoint: the message lists the known ones', r.stderr)
r = run('train', 'shards', '--model', 'x.safetensors', '--recipe', 'nosuch', *NET)
check(r.returncode == 1 and 'finetune' in r.stderr, 'an unknown recipe: the message lists the known ones', r.stderr)
r = run('train', 'shards', '--model', 'x.safetensors', '--recipe', 'original', *NET)
check(r.returncode == 1 and 'auxiliary' in r.stderr, 'a recipe that does not match the network: the message says why', r.stderr)
done()
