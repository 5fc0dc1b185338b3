"""Folders of images for the command-line tests, and what check and sort make of them."""
import csv
import json
import os
import random

from harness import check, path, png, run, write


def image(key, side=32):
    """A PNG of side x side pixels that no other key has: 16 columns of random colors."""
    draw = random.Random(str(key))
    return png(side, side, 8, 2, b''.join(bytes(draw.randrange(256) for _ in range(3)) * (side // 16) for _ in range(16)))


def tree(root, *files):
    """A folder with an image for each name."""
    for f in files:
        write(root + '/' + f, image(root + f))
    return root


def looked(*args):
    """What `leuko check` finds: exit status, {class: images}, the JSON, all text."""
    name = path('found.json')
    if os.path.exists(name):
        os.unlink(name)
    r = run('check', *args, '--json', name)
    found = json.load(open(name)) if os.path.exists(name) else {}
    return r.returncode, found.get('classes'), found, r.stdout + r.stderr


def gives(what, classes, *args):
    """check finds these classes with these numbers of images; returns all text."""
    code, got, _, text = looked(*args)
    check(code == 0 and got == classes, what, (code, got, text))
    return text


def refused(what, words, *args):
    """check and sort both refuse with one line that has these words; sort leaves nothing."""
    for command in (['check', *args], ['sort', *args, '--out', 'never']):
        r = run(*command)
        lines = [x for x in r.stderr.split('\n') if x]
        check(r.returncode == 1 and len(lines) == 1 and all(w in lines[0] for w in words) and
              not os.path.exists(path('never')), '%s: %s' % (command[0], what), r)


def on_disk(root):
    """Files and links to files below a folder; links to folders are followed."""
    return sum(len(files) for _, _, files in os.walk(path(root), followlinks=True))


def sorted_into(out, *args):
    """The rows of split.csv and excluded.csv after sort, or None."""
    r = run('sort', *args, '--out', out, '--shards', '1')
    if r.returncode:
        return r, None, None
    read = lambda name: list(csv.DictReader(open(path(out, name), newline='')))
    return r, read('split.csv'), read('excluded.csv')
