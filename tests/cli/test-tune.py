#!/usr/bin/env python3
"""leuko train --tune, as a user runs it: learning, the same bytes again, killed and resumed, and what is
refused. Random weights, small images, a narrow network."""
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

NET = ['--weights', 'random', '--depth-multiplier', '0.1', '--size', '80', '--no-cache', '--precision', 'fp32',
       '--positive', 'blast']
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


# data: 32 images of two classes to learn by heart; a part of them again as validation
run('synth', 'cells', '--per-class', '22', '--groups', '11', '--size', '96')
r = run('sort', 'cells', '--out', 'shards', '--validation', '0.27', '--group-by', '(P[0-9]+)_', '--shards', '2')
check(r.returncode == 0, 'sort', r.stderr)

# every mode learns a small set by heart; without validation the threshold is 0.5
run('synth', 'few', '--per-class', '16', '--groups', '8', '--size', '96')
run('sort', 'few', '--out', 'few-shards', '--validation', '0', '--group-by', '(P[0-9]+)_', '--shards', '2')
heart = dict(jitter='none', mixup=0, label_smoothing=0, balance='none', average=0, weight_decay=0, export='last',
             warm_up_epochs=0, last_share=0.1)
WIDER = [x if x != '0.1' else '0.25' for x in NET]
for tune, more in (('all', dict(epochs=40)), ('Mixed_5b', dict(epochs=40))):
    write('heart.recipe', recipe(tune=tune, **dict(heart, **more)))
    r = run('train', 'few-shards', '--model', 'heart.safetensors', '--recipe', './heart.recipe', *WIDER)
    e = run('eval', 'heart.safetensors', 'few-shards', '--split', 'train', '--json', '-')
    right = json.loads(e.stdout)['accuracy']['value'] if e.returncode == 0 else e.stderr
    check(r.returncode == 0 and right == 1.0, 'trained from %s on: 32 images learned to 100 %%' % tune, (right, r.stderr))

# the head alone, and a frozen batch norm, from the backbone that comes along
HERE = ['--no-cache', '--positive', 'blast']
write('frozen.recipe', recipe(tune='Mixed_7a', batch_norm='frozen', epochs=5, rate=0.0005, **heart))
for what, options in (('the head alone', []), ('trained from Mixed_7a on, batch norm frozen', ['--recipe', './frozen.recipe'])):
    r = run('train', 'few-shards', '--model', 'heart.safetensors', *options, *HERE)
    e = run('eval', 'heart.safetensors', 'few-shards', '--split', 'train', '--json', '-')
    right = json.loads(e.stdout)['accuracy']['value'] if e.returncode == 0 else e.stderr
    check(r.returncode == 0 and right == 1.0, '%s: 32 images learned to 100 %%' % what, (right, r.stderr))

# the unbroken run, in a folder of its own so that every byte can be the same
write('short.recipe', recipe())
COMMAND = ['train', '../shards', '--model', 'm.safetensors', '--recipe', '../short.recipe', '--resume',
           '--checkpoint-steps', '1', '--seed', '9'] + NET


def train(folder, *more, **kw):
    os.makedirs(path(folder), exist_ok=True)
    return run(*COMMAND, *more, **dict(dict(cwd=path(folder)), **kw))


start = time.time()
r = train('whole')
seconds = time.time() - start
check(r.returncode == 0, '--resume with no checkpoint begins anew', r.stderr)
whole = digest('whole/m.safetensors')
check('Research use only' in r.stdout and 'validation' in r.stdout, 'the report says what it is', r.stdout)
r = train('again')
check(digest('again/m.safetensors') == whole, 'the same seed and threads give the same bytes')
data = open(path('whole/m.safetensors'), 'rb').read()
header = json.loads(data[8:8 + struct.unpack('<Q', data[:8])[0]])
provenance = json.loads(header['__metadata__']['leuko'])['provenance']
check(provenance['checkpoint'] == 'best' and provenance['recipe'].startswith('[training]'),
      'the model says which checkpoint it is, and by what recipe', provenance)
logged = lines('whole/m.run/train.jsonl')
steps = [x['step'] for x in logged if 'loss' in x]
check(steps == list(range(1, len(steps) + 1)) and len([x for x in logged if 'validation' in x]) == 4,
      'train.jsonl has one line a step, and the validations', logged[-3:])

# killed at any moment and resumed
random.seed(4)
kills, finished = 0, None
os.makedirs(path('killed'))
while kills < 20 and finished is None:
    p = subprocess.Popen([LEUKO] + COMMAND, cwd=path('killed'), env=ENV, stdin=subprocess.DEVNULL,
                         stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    try:
        # some die while setting up, most between two steps, some inside a checkpoint
        p.communicate(timeout=random.uniform(0.02, max(0.4, 0.3 * seconds)))
        finished = p.returncode
    except subprocess.TimeoutExpired:
        p.send_signal(signal.SIGKILL)
        p.communicate()
        kills += 1
r = train('killed')
check(r.returncode == 0 and digest('killed/m.safetensors') == whole,
      'killed %d times and resumed, the model is the unbroken run\'s, byte by byte' % kills, r.stderr)
strip = [{k: v for k, v in x.items() if k != 'images_per_s'} for x in lines('killed/m.run/train.jsonl')]
check(strip == [{k: v for k, v in x.items() if k != 'images_per_s'} for x in logged],
      'and so is its log, but for the speed')

# Ctrl-C saves and says how to go on
os.makedirs(path('asked'))
p = subprocess.Popen([LEUKO] + COMMAND, cwd=path('asked'), env=ENV, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                     stderr=subprocess.PIPE, text=True)
while not (os.path.exists(path('asked/m.run/train.jsonl')) and os.path.getsize(path('asked/m.run/train.jsonl'))):
    time.sleep(0.01)
p.send_signal(signal.SIGINT)
out, err = p.communicate()
check(p.returncode == 130 and '--resume' in err and err.count('\n') <= 3, 'Ctrl-C saves and says how to go on', err)
r = train('asked')
check(digest('asked/m.safetensors') == whole, 'and resumed it ends in the same bytes', r.stderr)

# leaving early is no other training
r = train('early', '--until', '2')
check(r.returncode == 0 and '2 of 4 epochs' in r.stdout, '--until leaves after that epoch', r.stdout)
r = train('early')
check(digest('early/m.safetensors') == whole, 'and going on to the end is the unbroken run', r.stderr)

# refusals leave the checkpoint as it is
last = digest('whole/m.run/last.checkpoint')
for what, change, says in (('another recipe', ['--epochs', '9'], 'recipe'), ('another seed', ['--seed', '10'], 'another'),
                           ('another network', ['--depth-multiplier', '0.15'], 'network')):
    r = train('whole', *change)
    check(r.returncode == 1 and says in r.stderr and r.stderr.count('\n') == 1, 'a checkpoint of %s is refused' % what, r.stderr)
run('sort', 'cells', '--out', 'other', '--validation', '0.27', '--group-by', '(P[0-9]+)_', '--seed', '8')
shutil.move(path('shards'), path('shards-kept'))
shutil.copytree(path('other'), path('shards'))
r = train('whole')
check(r.returncode == 1 and 'shards may have changed' in r.stderr, 'shards that changed since are refused', r.stderr)
shutil.rmtree(path('shards'))
shutil.move(path('shards-kept'), path('shards'))
check(digest('whole/m.run/last.checkpoint') == last, 'the checkpoint is untouched')
data = open(path('whole/m.run/last.checkpoint'), 'rb').read()
for what, bad in (('truncated', data[:len(data) // 2]), ('damaged', data[:-9] + b'\x55' + data[-8:]), ('empty', b'')):
    os.makedirs(path(what, 'm.run'))
    write(what + '/m.run/last.checkpoint', bad)
    r = train(what)
    check(r.returncode == 1 and 'last.checkpoint' in r.stderr and r.stderr.count('\n') == 1,
          'a checkpoint that is %s is refused in one line' % what, r.stderr)

# no room for a checkpoint: an error, and the last one stands
shutil.copytree(path('asked'), path('full'))
os.remove(path('full/m.safetensors'))
os.remove(path('full/m.run/last.checkpoint'))


def little_room():
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (200000, 200000))


r = train('full', preexec_fn=little_room)
check(r.returncode == 1 and 'last.checkpoint' in r.stderr and not os.path.exists(path('full/m.run/last.checkpoint')),
      'a checkpoint that does not fit on the disk is an error that names it', r.stderr)

# numbers that run away stop the run, with step and layer, and the last good checkpoint stands
wild = recipe(rate=100, clip_norm=0, warm_up_epochs=0, average=0, batch_norm='frozen').replace('adamw', 'sgd')
write('wild.recipe', wild)
r = run('train', 'shards', '--model', 'wild.safetensors', '--recipe', './wild.recipe', '--checkpoint-steps', '1', *NET)
check(r.returncode == 1 and re.search(r'step \d+', r.stderr) and not os.path.exists(path('wild.safetensors')),
      'a loss that is not finite stops the run and says at which step and layer', r.stderr)

# the rest of the usage
r = run('train', 'shards', '--model', 'x.safetensors', '--epochs', '3', *NET)
check(r.returncode == 2 and '--tune' in r.stderr, '--epochs without --tune is wrong usage', r.stderr)
r = run('train', 'shards', '--model', 'x.safetensors', '--tune', 'Mixed_9z', *NET)
check(r.returncode == 2 and 'Mixed_9z' in r.stderr and 'Mixed_7a' in r.stderr, 'an unknown endpoint: the message lists those there are', r.stderr)
r = run('train', 'shards', '--model', 'x.safetensors', '--recipe', 'nosuch', *NET)
check(r.returncode == 1 and 'finetune' in r.stderr, 'an unknown recipe: the message lists those there are', r.stderr)
r = run('train', 'shards', '--model', 'x.safetensors', '--recipe', 'original', *NET)
check(r.returncode == 1 and 'auxiliary' in r.stderr, 'a recipe that does not fit the network says why', r.stderr)
done()
