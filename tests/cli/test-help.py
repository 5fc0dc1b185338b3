#!/usr/bin/env python3
"""Every command explains itself: --help on stdout with exit 0, usage and an example; wrong words exit 2."""
import os
import re
import shutil
import subprocess
import sys

from harness import check, done, run

r = run('help')
check(r.returncode == 0 and r.stdout.startswith('leuko:') and not r.stderr, 'help: stdout, exit 0', r)
check('not for diagnosis' in r.stdout, 'help says what it is not for', r.stdout)
check('every 30 s' in r.stdout, 'help says what is printed, and where', r.stdout)
commands = re.findall(r'^  ([\w-]+) +\S', r.stdout.split('Commands:\n')[1].split('\n\n')[0], re.M)
check(len(commands) == len(set(commands)), 'no command is listed twice', commands)
for c in commands:
    r = run(c, '--help')
    check(r.returncode == 0 and r.stdout.startswith('Usage: leuko %s' % c) and not r.stderr,
          '%s --help: stdout, exit 0' % c, r)
    check(re.search(r'^Examples:\n +leuko ' + c, r.stdout, re.M), '%s --help ends with an example' % c, r.stdout)
    check(max(map(len, r.stdout.split('\n'))) <= 100, '%s --help fits 100 columns' % c, r.stdout)
    r2 = run('help', c)
    check(r2.stdout == r.stdout, 'help %s says the same' % c, r2)
    r = run(c, '--no-such-option')
    check(r.returncode == 2 and r.stderr.count('\n') == 1 and 'no-such-option' in r.stderr,
          '%s: an unknown option is one line and exit 2' % c, r)
for args in ([], ['nonsense'], ['help', 'nonsense']):
    r = run(*args)
    check(r.returncode == 2 and r.stderr and not r.stdout, 'leuko %s: exit 2, on stderr' % ' '.join(args), r)
for typed, meant in (('trian', 'train'), ('clasify', 'classify'), ('evla', 'eval'), ('chek', 'check')):
    for args in ([typed], ['help', typed]):
        r = run(*args)
        check(r.returncode == 2 and 'did you mean "%s"?' % meant in r.stderr, '%s: the nearest command is named' % typed, r)
r = run('xyzzy')
check(r.returncode == 2 and 'did you mean' not in r.stderr, 'no command is near to xyzzy', r)
for args, meant in ((['train', 's', '--modle', 'm.safetensors'], '--model'), (['sort', 's', '--group_by=x', '--out', 'o'], '--group-by'),
                    (['classify', 'm', 'i', '--low-confidense', '0.9'], '--low-confidence')):
    r = run(*args)
    check(r.returncode == 2 and 'did you mean %s?' % meant in r.stderr, '%s: the nearest option is named' % args[0], r)
for word in ('-V', 'version'):
    check(run(word).stdout == run('--version').stdout, '%s prints the version' % word)
r = run('--version')
check(re.fullmatch(r'leuko \d+\.\d+\.\d+\n', r.stdout), '--version', r)

# A number before a noun: base/plural.h chooses "image" or "images" in every message.
root = os.path.join(os.path.dirname(os.path.abspath(__file__)), '../..')
if shutil.which('git') and subprocess.run(['git', 'ls-files'], cwd=root, capture_output=True).returncode == 0:
    r = subprocess.run([sys.executable, root + '/scripts/list-messages', '--plurals'], capture_output=True, text=True)
    check(r.returncode == 0 and not r.stdout, 'no message has a fixed plural', r)
else:
    check(True, 'no message has a fixed plural # SKIP not a git checkout')
one = ['synth', 'one', '--per-class', '1', '--groups', '1', '--size', '75', '--classes', 'blast']
r = run(*one)
check('one: 1 image of 1 class in 1 group\n' in r.stdout, 'synth: singulars', r)
r = run('check', 'one')
check('\n1 image: 0 unreadable, 0 pairs' in r.stdout, 'check: singulars', r)
done()
