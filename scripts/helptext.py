"""Parse the output of `leuko help` and `leuko COMMAND --help`, for man pages and shell completion.

The help comes from the table of commands (src/cli/commands.c) and each command's option table. So man pages and
completion name every command and option, and no other.
"""
import os
import re
import subprocess
from collections import namedtuple

Option = namedtuple('Option', 'short long value text')  # '', 'out', 'DIR', 'Folder to write'
Command = namedtuple('Command', 'name usage summary paragraphs sections options examples')
# usage: what follows `leuko NAME`; paragraphs: lists of lines; sections: (title, lines) of other tables;
# examples: command lines
Program = namedtuple('Program', 'version title commands sections')  # sections: (title, lines), Commands left out

OPTION = re.compile(r'^ {2,}(?:-(\w)(?:, |\s))?(?:--([\w-]+))?(?:=(\S+))?(?:\s{2,}(.*)|)$')


def run(leuko, *args):
    env = dict(os.environ, ASAN_OPTIONS='detect_leaks=0', LC_ALL='C.UTF-8', NO_COLOR='1')
    done = subprocess.run([leuko, *args], stdin=subprocess.DEVNULL, capture_output=True, text=True, env=env, timeout=60)
    if done.returncode != 0 or not done.stdout:
        raise SystemExit('leuko %s: exit %d, %s' % (' '.join(args), done.returncode, done.stderr.strip()))
    return done.stdout


def blocks(text):
    """Paragraphs: lists of lines between empty lines."""
    return [b.split('\n') for b in re.split(r'\n{2,}', text.strip('\n')) if b]


def options_of(lines):
    found = []
    for line in lines:
        m = OPTION.match(line)
        if m and (m.group(1) or m.group(2)):
            found.append(Option(m.group(1) or '', m.group(2) or '', m.group(3) or '', (m.group(4) or '').strip()))
        elif found and line.strip():  # continuation of the text
            found[-1] = found[-1]._replace(text=(found[-1].text + ' ' + line.strip()).strip())
    return found


def split_title(block):
    """(title, lines) of a block such as 'Options:' above indented lines; (None, lines) of any other."""
    if len(block) > 1 and re.fullmatch(r'[A-Z][\w ]*:', block[0]) and all(l.startswith(' ') for l in block[1:]):
        return block[0][:-1], block[1:]
    return None, block


def command(leuko, name):
    paragraphs, sections, options, examples, usage, summary = [], [], [], [], '', ''
    for i, block in enumerate(blocks(run(leuko, name, '--help'))):
        title, lines = split_title(block)
        if i == 0:
            usage = re.sub(r'^Usage: leuko %s ?' % re.escape(name), '', ' '.join(l.strip() for l in block))
        elif i == 1:
            summary = ' '.join(block)
        elif title and title.endswith('Options'):
            options += options_of(lines)
        elif title == 'Examples':
            examples += [l.strip() for l in lines]
        elif title:
            sections.append((title, lines))
        else:
            paragraphs.append(lines)
    return Command(name, usage, summary, paragraphs, sections, options, examples)


def program(leuko):
    version = run(leuko, '--version').split()[-1]
    names, sections, title = [], [], ''
    for i, block in enumerate(blocks(run(leuko, 'help'))):
        head, lines = split_title(block)
        if i == 0:
            title = re.sub(r'^leuko: ', '', ' '.join(block))
        elif head == 'Commands':
            names = [l.split()[0] for l in lines if re.match(r'  \S', l)]
        elif not block[0].startswith('Usage:'):
            sections.append((head, lines))
    if not names:
        raise SystemExit('leuko help lists no commands')
    endpoints.known = endpoints(leuko)
    return Program(version, title, [command(leuko, n) for n in names], sections)


def choices(option):
    """The words that an option accepts as its value, from its text ('fp32 or bf16 (default: fp32)', 'a file, backbone
    or random') or its value name (FILE|backbone|random)."""
    if not option.value:
        return []
    words = [w for w in option.value.split('|') if re.fullmatch(r'[a-z0-9]+', w)]
    word = '(?:an? [a-z ]+?|[a-z0-9_]+|[A-Z]+)'
    text = re.sub(r' \([^)]*\)(?=,| or )', '', option.text.replace('`', ''))  # 'a file, backbone (shipped) or random'
    m = re.match(r'(?:.*?: )?((?:%s, )*%s),? or (%s)(?=$|[ ]\(|[.,;:])' % (word, word, word), text)
    if option.long in ('endpoint', 'tune'):
        words = (['head', 'all'] if option.long == 'tune' else []) + endpoints.known
    elif m and not words:
        words = [w for w in m.group(1).split(', ') + [m.group(2)] if not w.isupper() and ' ' not in w]
    return words


MODELS = ('.safetensors', '.graph', '.pb', '.onnx')
WEIGHTS = MODELS[:1] + MODELS[2:] + ('.pth', '.pt', '.h5', '.ckpt', '.index')
SUFFIXES = {'--json': ('.json',), '--csv': ('.csv',), '--html': ('.html',), '--weights': WEIGHTS}


def suffixes(option):
    """The suffixes of the files that an option takes; () stands for any file."""
    m = re.search(r'(?:FILE|OUT)(\.\w+)$', option.value)
    return (m.group(1),) if m else SUFFIXES.get('--' + option.long, ())


def arguments(cmd):
    """What the command takes, one entry for each argument: 'folder', a tuple of suffixes, or () for any file. More
    arguments are as the last."""
    words = cmd.usage.replace('[options]', '').split()
    found = [w for i, w in enumerate(words) if not w.startswith('-') and not (i > 0 and words[i - 1].startswith('-'))]
    if verbs(cmd):
        return []
    names = {'FILE': MODELS, 'MODEL': MODELS, 'A': MODELS, 'B': MODELS, 'DIR': 'folder', 'IN': 'folder', 'OUT': 'folder'}
    return [names.get(w, ()) for w in found]


def endpoints(leuko):
    """The network's endpoints, from the message about an unknown one."""
    done = subprocess.run([leuko, 'features', 'x', '--endpoint', '?'], stdin=subprocess.DEVNULL, capture_output=True, text=True,
                          env=dict(os.environ, LC_ALL='C.UTF-8'), timeout=60)
    m = re.search(r'must be (.*) or (\w+)', done.stderr)
    return m.group(1).split(', ') + [m.group(2)] if m else []  # an edge build has no such command


def kind(option):
    """The kind of an option's value: '' (no value), 'folder', 'file' or 'word'."""
    parts = option.value.split('|')
    if not option.value:
        return ''
    if any(p.startswith('DIR') for p in parts):
        return 'folder'
    return 'file' if any(re.match(r'FILE|PATH|OUT|MODEL|IMAGE|PHOTO', p) for p in parts) else 'word'


def verbs(cmd):
    """The subcommands of a command: write, submit, ... of `job write|submit|...`."""
    parts = [p.split(' ')[0] for p in cmd.usage.split('|')]  # list|fetch NAME|convert IN OUT
    return parts if len(parts) > 1 and all(re.fullmatch(r'[a-z]+', p) for p in parts) else []
