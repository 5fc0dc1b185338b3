#!/usr/bin/env python3
"""Man pages and completion name every command and every option of --help, and no other."""
import glob
import os
import re
import shutil
import subprocess
import sys

from harness import WORK, check, done, run, write

MADE = os.path.abspath(sys.argv[1])  # where the build put them


def text_of(name):
    with open(os.path.join(MADE, name), encoding='utf-8') as f:
        return f.read()


def bash(*words, cwd=WORK):
    """What bash offers for the last of the words; it makes three of --option=value."""
    script = 'source "$0"; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _leuko; printf "%s\\n" "${COMPREPLY[@]}"'
    r = subprocess.run(['bash', '--norc', '-c', script, os.path.join(MADE, 'leuko.bash'), 'leuko', *words], cwd=cwd,
                       capture_output=True, text=True)
    return sorted(set(r.stdout.split('\n')) - {''}) if not r.stderr else r.stderr


def fish(line, cwd=WORK):
    r = subprocess.run(['fish', '--no-config', '-c', 'source $argv[1]; complete -C $argv[2]',
                        os.path.join(MADE, 'leuko.fish'), line], cwd=cwd, capture_output=True, text=True)
    return sorted(l.split('\t')[0] for l in r.stdout.split('\n') if l) if not r.stderr else r.stderr


ZSH = '''# usage: zsh -f THIS FOLDER LINE: an interactive zsh prints every candidate that it adds.
# The line editor itself says when it reads keys and when it has completed: keys that come earlier reach the terminal's
# own line editing, which can delete them.
zmodload zsh/zpty
zpty z zsh -f -i
zpty -w z "PS1= PS2=; fpath=($1 \\$fpath); autoload -Uz compinit; compinit -u -D"
zpty -w z 'compadd() { if [[ " $* " != *" -[OAD] "* ]]; then local -a all; builtin compadd -O all "$@"; (( $#all )) && print -r -l -- "CANDIDATE:"$^all"<"; fi; builtin compadd "$@" }'
zpty -w z 'offer() { zle expand-or-complete; print "FINI""SHED" }; zle -N offer; bindkey "^I" offer'
zpty -w z 'zle-line-init() { print "REA""DY" }; zle -N zle-line-init'
zpty -r z text '*READY*'
zpty -w -n z "$2"$'\\t'
zpty -r z text '*FINISHED*'
print -r -- $text
'''


def zsh_offers(line, cwd=WORK):
    write('complete.zsh', ZSH)
    r = subprocess.run(['zsh', '-f', os.path.join(WORK, 'complete.zsh'), MADE, line], cwd=cwd, capture_output=True, text=True,
                       timeout=120, env=dict(os.environ, TERM='dumb', COLUMNS='200'))
    return sorted({c.replace('\\', '').rstrip('/') for c in re.findall('CANDIDATE:(.*?)<', r.stdout)}) if not r.stderr else r.stderr


commands = re.findall(r'^  ([\w-]+) +\S', run('help').stdout.split('Commands:')[1].split('\n\n')[0], re.M)
options = {}  # by command: what --help lists, long and short
for c in commands:
    lines = [l for l in run(c, '--help').stdout.split('\n') if re.match(r' +-', l)]
    heads = [re.split(r'\s{2,}', l.strip())[0] for l in lines]
    options[c] = sorted({re.sub('=.*', '', w) for h in heads for w in h.split(', ')})

# Man pages.
pages = sorted(os.path.basename(p) for p in glob.glob(os.path.join(MADE, '*.1')))
check(pages == sorted(['leuko.1'] + ['leuko-%s.1' % c for c in commands]), 'a page for every command, no other', pages)
plain = {p: text_of(p).replace('\\-', '-').replace('\\fB', '').replace('\\fR', '').replace('\\fI', '') for p in pages}
wrong = [c for c in commands
         if sorted(w for l in re.findall(r'^\.TP\n(-.*)', plain['leuko-%s.1' % c], re.M)
                   for w in re.sub(r'=\S+', '', l).split(', ')) != options[c]]
check(not wrong, 'every page has the options of --help', wrong)
check(all('leuko-%s(1)' % c in plain['leuko.1'] for c in commands), 'leuko(1) names every page', plain['leuko.1'])
check(all('not for diagnosis' in p for p in plain.values()), 'every page says what Leuko is not for')
root = os.path.join(os.path.dirname(os.path.abspath(__file__)), '../..')
read = {v for f in glob.glob(root + '/src/*/*.c') for v in re.findall(r'getenv\("(\w+)"\)', open(f).read())} - {'TERM'}
check(all(v in plain['leuko.1'] for v in read), 'leuko(1) names every variable of the environment that is read', read)
check('--group-by \'(P[0-9]+)_\'' in plain['leuko-sort.1'], 'examples stand as in --help', plain['leuko-sort.1'])
if shutil.which('man'):
    r = [subprocess.run(['man', '--warnings', '-E', 'UTF-8', '-l', '-Tutf8', '-Z', os.path.join(MADE, p)],
                        capture_output=True, text=True) for p in pages]
    check(not any(x.returncode or x.stderr for x in r), 'man sets every page without a warning', r[0].stderr)
else:
    check(True, 'man sets every page # SKIP no man here')
if shutil.which('lexgrog'):
    r = subprocess.run(['lexgrog', *pages], cwd=MADE, capture_output=True, text=True)
    check(r.returncode == 0 and r.stdout.count(' - ') >= len(pages), 'apropos finds every page by its NAME', r.stdout)
else:
    check(True, 'apropos finds every page # SKIP no lexgrog here')
if shutil.which('mandoc'):
    r = subprocess.run(['mandoc', '-T', 'lint', '-W', 'warning', *pages], cwd=MADE, capture_output=True, text=True)
    bad = [l for l in r.stdout.split('\n') if l and 'missing date' not in l]
    check(not bad, 'mandoc has nothing to say', bad)
else:
    check(True, 'mandoc has nothing to say # SKIP no mandoc here')

# bash.
write('cells/a b.png', '')
write('cells/deep/x.png', '')
write('table.csv', '')
write('cell.pth', '')
check(bash('') == sorted(commands + ['help', '--help', '--version']), 'bash: the commands', bash(''))
check(bash('help', 's') == [c for c in sorted(commands) if c.startswith('s')], 'bash: help names commands', bash('help', 's'))
wrong = [c for c in commands if bash(c, '-') != options[c]]
check(not wrong, 'bash: every option of every command', wrong)
check(bash('sort', '--out', '') == ['cells'], 'bash: a folder where a folder is wanted', bash('sort', '--out', ''))
check(bash('sort', '--out', '=', 'c') == ['cells'], 'bash: and behind =', bash('sort', '--out', '=', 'c'))
check(bash('sort', '--out', '=') == ['cells'], 'bash: and right behind =', bash('sort', '--out', '='))
check(bash('sort', '--groups', '') == ['cells', 'table.csv'], 'bash: a file where a file is wanted')
check(bash('classify', 'm', 'cells/') == ['cells/a b.png', 'cells/deep'], 'bash: names with spaces', bash('classify', 'm', 'cells/'))
check(bash('sort', '--seed', '') == [], 'bash: nothing where a number is wanted')
check(bash('classify', '--precision', '') == ['auto', 'bf16', 'fp32'], 'bash: the words that an option knows')
check(bash('train', '--weights', 'r') == ['random'], 'bash: words beside files', bash('train', '--weights', 'r'))
check(bash('train', '--weights', 'c') == ['cell.pth', 'cells'], 'bash: files beside words', bash('train', '--weights', 'c'))
check(bash('sort', '--', '-') == [], 'bash: behind -- no options')
check(bash('nonsense', '') == [], 'bash: nothing for an unknown command')

# zsh and fish.
zsh = text_of('_leuko')
parts = dict(re.findall(r"^        ([\w-]+)\)\n(.*?);;", zsh, re.M | re.S))
wrong = [c for c in commands if sorted(re.findall(r"'(?:\([-\w ]+\))?(--?[\w-]+)[=+]?\[", parts.get(c, ''))) != options[c]]
check(not wrong, 'zsh: every option of every command', wrong)
if shutil.which('zsh'):
    r = subprocess.run(['zsh', '-fn', os.path.join(MADE, '_leuko')], capture_output=True, text=True)
    check(r.returncode == 0 and not r.stderr, 'zsh reads its file', r)
else:
    check(True, 'zsh reads its file # SKIP no zsh here')
if shutil.which('fish'):
    wrong = [c for c in commands if [o for o in fish('leuko %s --' % c)] != [o for o in options[c] if o.startswith('--')]]
    check(not wrong, 'fish: every option of every command', wrong)
    check(fish('leuko ') and set(commands) <= set(fish('leuko ')), 'fish: the commands', fish('leuko '))
    check(fish('leuko sort --out ') == ['cells/'], 'fish: a folder where a folder is wanted', fish('leuko sort --out '))
    check(fish('leuko classify --precision ') == ['auto', 'bf16', 'fp32'], 'fish: the words that an option knows')
else:
    check(True, 'fish # SKIP no fish here')

# The three shells offer the same: sub-commands, words of options, endpoints, and files by their kind.
FILES = ('m.safetensors', 'AML.graph', 'frozen.pb', 'net.onnx', 'cell.pth', 'table.csv', 'notes.txt', 'figures.json')
for name in FILES:
    write('kinds/' + name, '')
for name in ('kinds/cells/x.png', 'kinds/shards/Labels.txt'):
    write(name, '')
MODELS, FOLDERS = ['AML.graph', 'frozen.pb', 'm.safetensors', 'net.onnx'], ['cells', 'shards']
ENDPOINTS = re.search(r'must be (.*)$', run('features', 'x', '--endpoint', '?').stderr).group(1).replace(' or ', ', ').split(', ')
shells = {'bash': lambda line: bash(*line.split(' ')[1:], cwd=WORK + '/kinds')}
if shutil.which('fish'):
    shells['fish'] = lambda line: sorted({c.rstrip('/') for c in fish(line, cwd=WORK + '/kinds')})
if shutil.which('zsh'):
    shells['zsh'] = lambda line: zsh_offers(line, cwd=WORK + '/kinds')
for shell in ('bash', 'fish', 'zsh'):
    for what, line, want in (
            ('sub-commands', 'leuko weights ', ['convert', 'fetch', 'inspect', 'list']),
            ('models', 'leuko classify ', MODELS + FOLDERS), ('the second model', 'leuko verify m.safetensors ', MODELS + FOLDERS),
            ('a folder', 'leuko eval m.safetensors ', FOLDERS), ('a folder after an option', 'leuko train --epochs 3 ', FOLDERS),
            ('tables', 'leuko sort cells --groups ', ['table.csv'] + FOLDERS),
            ('a model to write', 'leuko train shards --model ', ['m.safetensors'] + FOLDERS),
            ('parts to train', 'leuko train shards --tune ', ['head', 'all'] + ENDPOINTS),
            ('endpoints', 'leuko features cells --endpoint Mixed_7', ['Mixed_7a', 'Mixed_7b', 'Mixed_7c']),
            ('splits', 'leuko eval m.safetensors shards --split ', ['test', 'train', 'validation'])):
        if shell not in shells:
            check(True, '%s: %s # SKIP no %s here' % (shell, what, shell))
            continue
        got = shells[shell](line)
        check(got == sorted(want), '%s: %s' % (shell, what), got)
done()
