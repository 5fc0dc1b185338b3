#!/usr/bin/env python3
"""leuko run, as a user runs it: an untidy folder gives a model and figures in one call; the commands that it lists give
the same bytes; a run that was killed goes on; data that cannot carry a model are refused in one sentence."""
import html
import json
import os
import re
import shlex
import shutil
import signal
import subprocess
import time
from harness import ENV, LEUKO, TINY, WORK, check, digest, done, messages, path, run, write

OURS = ('run.json', 'commands.txt', 'lock')


def files(folder):
    """{relative path: digest} of what the stages wrote."""
    out = {}
    for top, _, names in os.walk(path(folder)):
        for name in names:
            full = os.path.join(top, name)
            if name not in OURS and os.path.basename(top) != 'report':  # a report has the time of its making
                out[os.path.relpath(full, path(folder))] = digest(full)
    return out


# --- an untidy folder: a duplicate, a broken file, files of other programs, a table of patients ----------------------
r = run('synth', 'cells', '--per-class', '24', '--groups', '12', '--size', '80')
assert r.returncode == 0, r
names = sorted(os.listdir(path('cells/blast')))
shutil.copy(path('cells/blast', names[0]), path('cells/blast/again.jpg'))
write('cells/blast/broken.jpg', open(path('cells/blast', names[1]), 'rb').read()[:500])
write('cells/Thumbs.db', 'x')
rows = ['Filename;Patient ID']
for k in ('blast', 'lymphocyte'):
    rows += ['%s/%s;%s' % (k, f, f.split('_')[0] if f.startswith('P') else names[0].split('_')[0])
             for f in sorted(os.listdir(path('cells', k)))]
write('patients.csv', '\n'.join(rows) + '\n')
OPTIONS = ['--groups', 'patients.csv', *TINY]
r = run('run', 'cells', '-o', 'answer', *OPTIONS)
check(r.returncode == 0 and 'broken.jpg' in r.stdout and 'Research use only' in r.stdout and
      'commands that give the same files' in r.stdout, 'an untidy folder gives an answer in one call', r)
check({'check.json', 'model.safetensors', 'AML.graph', 'crossval.json', 'crossval.csv', 'run.json', 'commands.txt',
       'shards', 'crossval'} <= set(os.listdir(path('answer'))), 'all results are there', os.listdir(path('answer')))
state = json.load(open(path('answer/run.json')))
page = open(path('answer/report/report.html')).read()
check('leuko sort cells' in page and 'leuko compile answer' in page, 'the report names the commands')
check(all(c['finished'] for c in state['commands']) and len(state['commands']) == 5, 'all stages are finished', state)
commands = open(path('answer/commands.txt')).read().splitlines()
check(commands == [c['command'] for c in state['commands']] and all('  ' + c in r.stdout.splitlines() for c in commands),
      'the commands are listed and printed', commands)
j = json.load(open(path('answer/crossval.json')))
check(j['figures']['accuracy']['value'] is not None and j['figures']['groups'] > 0, 'figures respect the patients', j['figures'])
first = files('answer')

# --- the same by hand ------------------------------------------------------------------------------------------------
os.makedirs(path('hand'))
shutil.copytree(path('cells'), path('hand/cells'))
shutil.copy(path('patients.csv'), path('hand/patients.csv'))
os.makedirs(path('hand/answer'))
for c in commands:
    words = shlex.split(c)
    r = subprocess.run([LEUKO, *words[1:]], cwd=path('hand'), env=ENV, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                       text=True, stdin=subprocess.DEVNULL)
    check(words[0] == 'leuko' and r.returncode == 0, 'by hand: ' + words[1], r)
hand = files('hand/answer')
check(os.path.exists(path('hand/answer/report/report.html')) and set(hand) == set(first), 'the same files', set(hand) ^ set(first))
plain = [re.sub(r'\d{4}-\d\d-\d\dT[\d:]+Z', 'TIME', open(path(f, 'answer/report/report.html')).read()) for f in ('', 'hand')]
every, own = (html.escape(c) for c in (' && '.join(commands), commands[3]))
check(plain[0].replace(every, own) == plain[1] != '', 'the same report but for its time and the command', plain)
check(hand == first, 'the same bytes', [n for n in first if hand.get(n) != first[n]])

# --- again, and killed -----------------------------------------------------------------------------------------------
r = run('run', 'cells', '-o', 'answer', *OPTIONS)
check(r.returncode == 0 and r.stderr.count('finished in an earlier call') == 5 and files('answer') == first,
      'a finished run does nothing again', r)
for n, sign in enumerate(('check.json', 'shards', 'model.safetensors', 'crossval', 'crossval.json')):
    shutil.rmtree(path('killed'), ignore_errors=True)
    p = subprocess.Popen([LEUKO, 'run', 'cells', '-o', 'killed', *OPTIONS], cwd=WORK, env=ENV, stdout=subprocess.DEVNULL,
                         stderr=subprocess.DEVNULL, stdin=subprocess.DEVNULL)
    while p.poll() is None and not os.path.exists(path('killed', sign)):
        time.sleep(0.002)
    p.send_signal(signal.SIGKILL)
    p.wait()
    r = run('run', 'cells', '-o', 'killed', *OPTIONS)
    same = {k: v for k, v in files('killed').items()}
    # the folder's name is in the figures and commands; compare what does not name it
    parts = [k for k in first if k.startswith('shards/') or k in ('crossval.csv', 'model.safetensors')]
    check(r.returncode == 0 and set(same) == set(first) and all(same[k] == first[k] for k in parts),
          'killed when %s appears, it goes on' % sign, (r, set(same) ^ set(first)))
r = run('run', 'cells', '-o', 'killed', *OPTIONS, '--seed', '51')
check(r.returncode == 2 and 'other data or options' in messages(r)[-1], 'a folder of another run is refused', r)

# --- results that are gone, and options that are mended --------------------------------------------------------------
for gone in ('check.json', 'shards', 'model.safetensors', 'crossval.csv', 'AML.graph'):
    full = path('answer', gone)
    shutil.rmtree(full) if os.path.isdir(full) else os.remove(full)
    r = run('run', 'cells', '-o', 'answer', *OPTIONS)
    check(r.returncode == 0 and r.stderr.count('results are gone') == 1 and files('answer') == first,
          gone + ' was removed: it is made again', r)
check(json.load(open(path('answer/run.json')))['notes'] == state['notes'], 'no note stands twice')
write('wrong.csv', 'a,b\n1,2\n')
for wrong, right in ((['--groups', 'wrong.csv', *TINY], OPTIONS), (OPTIONS + ['--positive', 'lump'], OPTIONS)):
    r = run('run', 'cells', '-o', 'mended', *wrong)
    check(r.returncode in (1, 2) and r.stdout == '', 'a wrong option ends the run', r)
    r = run('run', 'cells', '-o', 'mended', *right)
    check(r.returncode == 0 and set(files('mended')) == set(first), 'with the right option it goes on', r)
    shutil.rmtree(path('mended'))

# --- data that cannot carry a model ----------------------------------------------------------------------------------


def stops(folder, status, text, *options):
    r = run('run', folder, '-o', folder + '-answer', *options, *TINY)
    check(r.returncode == status and text in messages(r)[-1] and not os.path.exists(path(folder + '-answer/shards')) and
          r.stdout == '', folder + ': ' + text, r)


shutil.copytree(path('cells/blast'), path('one/blast'))
stops('one', 1, 'only one class')
shutil.copytree(path('cells'), path('few'))
for f in sorted(os.listdir(path('few/lymphocyte')))[5:]:
    os.remove(path('few/lymphocyte', f))
stops('few', 1, 'too few images')
shutil.copytree(path('cells'), path('two'))
write('two.csv', 'file,group\n' + ''.join('%s/%s,%s\n' % (k, f, k + str(i % (2 if k == 'blast' else 6)))
                                          for k in ('blast', 'lymphocyte')
                                          for i, f in enumerate(sorted(os.listdir(path('two', k))))))
stops('two', 1, 'too few groups', '--groups', 'two.csv')
for i, f in enumerate(names):
    for k in ('blast', 'lymphocyte'):
        split = 'train' if i % 2 else 'test'
        os.makedirs(path('leak', split, k), exist_ok=True)
        source = sorted(os.listdir(path('cells', k)))[i]
        if 'broken' not in source:
            shutil.copy(path('cells', k, source), path('leak', split, k, source))
shutil.copy(path('leak/train/blast', sorted(os.listdir(path('leak/train/blast')))[0]), path('leak/test/blast/leak.jpg'))
stops('leak', 3, 'share groups or images')
os.makedirs(path('flat'))
for i in range(12):
    shutil.copy(path('cells/blast', names[i]), path('flat'))
r = run('run', 'flat', '-o', 'flat-answer', *TINY)
check(r.returncode == 1 and 'class' in messages(r)[-1] and not os.path.exists(path('flat-answer/shards')), 'no classes', r)
write('nothing/notes.txt', 'mine')
stops('nothing', 1, 'no images')
for k, n in (('blast', 2), ('lymphocyte', 1)):
    for f in sorted(os.listdir(path('leak/train', k)))[:n]:
        os.makedirs(path('three', k), exist_ok=True)
        shutil.copy(path('leak/train', k, f), path('three', k, f))
stops('three', 1, 'class "blast" has too few images for a model (readable originals: 2')
stops('nowhere', 1, 'cannot read this folder')
shutil.copytree(path('two'), path('unmatched'))
stops('unmatched', 1, 'every image must have a group', '--group-by', 'patient([0-9]+)')

# nothing names the patients: the answer says what that means
for k in ('blast', 'lymphocyte'):
    os.makedirs(path('nameless', k))
    for i, f in enumerate(sorted(os.listdir(path('two', k)))):
        if f not in ('again.jpg', 'broken.jpg'):
            shutil.copy(path('two', k, f), path('nameless', k, 'image%02d.jpg' % i))
r = run('run', 'nameless', '-o', 'nameless-answer', *TINY)
WARNING = 'groups (patients) are unknown: images of one patient may be on both sides of a fold'
check(r.returncode == 0 and r.stdout.count('patients) are unknown') == 1 and WARNING in r.stdout and any(WARNING in n for n in json.load(open(path('nameless-answer/run.json')))['notes']) and
      'groups (patients) are unknown' in ' '.join(re.sub('<[^>]*>', ' ', open(path('nameless-answer/report/report.html')).read()).split()),
      'patients are unknown: the notes and the report say so', r)

# the images changed after the run: its answer is not that of these images
os.remove(path('nameless/blast', sorted(os.listdir(path('nameless/blast')))[0]))
before = digest('nameless-answer')
r = run('run', 'nameless', '-o', 'nameless-answer', *TINY)
check(r.returncode == 1 and 'have changed since this run began' in messages(r)[-1] and digest('nameless-answer') == before,
      'a run of other images is refused', r)
for f in sorted(os.listdir(path('cells/lymphocyte')))[5:12]:
    shutil.copy(path('cells/lymphocyte', f), path('few/lymphocyte'))
r = run('run', 'few', '-o', 'few-answer', *TINY)
check(r.returncode == 0, 'data that were too few, and were completed, go on in the same folder', r)

# C-NMC: two healthy subjects cannot carry figures
CNMC = os.path.join(os.environ.get('LEUKO_SHARED', os.path.join(os.path.dirname(os.path.abspath(__file__)), '../../../shared')),
                    'data/cnmc_dev')
if os.path.isdir(CNMC):
    r = run('run', CNMC, '-o', 'cnmc', '--group-by', 'UID_([^_]+)_', *TINY)
    check(r.returncode == 1 and 'class "hem" has too few groups (patients)' in messages(r)[-1] and '(2, at least 3 are needed)' in
          messages(r)[-1] and not os.path.exists(path('cnmc/shards')), 'C-NMC: too few healthy subjects, in one sentence', r)
else:
    check(True, 'C-NMC: too few healthy subjects # SKIP no %s' % CNMC)
write('full/notes.txt', 'mine')
r = run('run', 'cells', '-o', 'full', *TINY)
check(r.returncode == 2 and 'holds other files' in messages(r)[-1] and os.listdir(path('full')) == ['notes.txt'],
      'a folder with other files is left alone', r)
r = run('run', 'cells', '-o', 'cells/answer', *TINY)
check(r.returncode == 1 and not os.path.exists(path('cells/answer')), 'OUT inside DIR is refused', r)
r = run('run', 'cells')
check(r.returncode == 2 and '-o OUT is missing' in messages(r)[-1], 'OUT is needed', r)
done()
