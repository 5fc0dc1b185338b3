#!/usr/bin/env python3
"""Check the names and sizes of the files that git tracks.

usage: check-tree.py [SOURCE_ROOT]

Errors, one line each, exit status 1:
  - a file name with an underscore (exceptions: names that Meson and GitHub fix, imported Python modules, test data)
  - a C line of more than 100 columns, unless it holds an address
  - a path of this repository in documentation, a script or the Makefile that does not exist
  - a C file that no meson.build in its folder or above it lists (examples/ is built against an installed library)
Notes, which change no exit status: C files of more than 500 lines.
"""
import os
import re
import subprocess
import sys

COLUMNS, LINES = 100, 500
FIXED = ('meson_options.txt', 'pull_request_template.md')
DATA = ('tests/data/', 'tests/fuzz/corpus/', 'tests/golden/graphs/')  # names of the files are part of the test
HISTORY = ('CHANGELOG.md', 'docs/decisions/')  # may name files of the past
PATH = re.compile(r'(?<![\w/.])(?:bench|docs|examples|include|models|proto|recipes|scripts|src|tests)/'
                  r'(?!\S*(?:NAME|foo))[\w./-]+\.(?:c|h|md|py|sh|txt|proto|recipe|safetensors)\b')


def tracked(root):
    """Tracked files, and new ones that git does not ignore."""
    listed = subprocess.run(['git', 'ls-files', '-z', '--cached', '--others', '--exclude-standard'], cwd=root, check=True,
                            capture_output=True, text=True).stdout.split('\0')
    return sorted({p for p in listed if p and os.path.isfile(os.path.join(root, p))})


def read(root, path):
    with open(os.path.join(root, path), encoding='utf-8') as f:
        return f.read()


def is_imported(root, files, path):
    """Is this Python file a module that another one imports? Then its name must be an identifier."""
    name = os.path.basename(path)[:-3]
    pattern = re.compile(r'^\s*(?:from %s\b|import [\w, ]*\b%s\b)' % (name, name), re.M)
    return any(p != path and p.endswith('.py') and pattern.search(read(root, p)) for p in files)


def name_errors(root, files):
    for path in files:
        name = os.path.basename(path)
        if '_' not in name or name in FIXED or path.startswith(DATA):
            continue
        if not (path.endswith('.py') and is_imported(root, files, path)):
            yield '%s: a file name has hyphens, not underscores' % path


def column_errors(root, files):
    for path in files:
        for n, line in enumerate(read(root, path).split('\n'), 1):
            if len(line) > COLUMNS and 'https://' not in line:
                yield '%s:%d: %d columns, at most %d are allowed' % (path, n, len(line), COLUMNS)


def path_errors(root, files):
    for path in files:
        if not path.endswith(('.md', '.sh', '.py', 'Makefile')) or path.startswith(HISTORY):
            continue
        for n, line in enumerate(read(root, path).split('\n'), 1):
            for named in PATH.findall(line):
                if not any(os.path.exists(os.path.join(root, d, named)) for d in ('', os.path.dirname(path))):
                    yield '%s:%d: there is no file %s' % (path, n, named)


def meson_errors(root, files):
    """Every folder's .c files are listed by path, or in tests by the name without test- or fuzz-."""
    words = {}  # folder: quoted words of its meson.build
    for path in files:
        if os.path.basename(path) == 'meson.build':
            words[os.path.dirname(path)] = set(re.findall(r"'([^'\n]+)'", read(root, path)))
    for path in (p for p in files if p.endswith('.c') and not p.startswith('examples/')):
        stem = re.sub(r'^(test|fuzz)-', '', os.path.basename(path)[:-2])
        folder, listed = os.path.dirname(path), False
        while folder and not listed:
            listed = bool({os.path.relpath(path, folder), stem} & words.get(folder, set()))
            folder = os.path.dirname(folder)
        elsewhere = any(os.path.relpath(path, f) in w for f, w in words.items())  # '../support/formula.c'
        if not listed and not elsewhere:
            yield '%s: no meson.build lists this file' % path


def main():
    root = sys.argv[1] if len(sys.argv) > 1 else os.path.join(os.path.dirname(os.path.abspath(__file__)), '..')
    files = tracked(root)
    c_files = [p for p in files if p.endswith(('.c', '.h'))]
    errors = list(name_errors(root, files)) + list(column_errors(root, c_files))
    errors += list(path_errors(root, files)) + list(meson_errors(root, files))
    for path in c_files:
        lines = read(root, path).count('\n')
        if lines > LINES:
            print('note: %s has %d lines, more than %d' % (path, lines, LINES))
    print('\n'.join(errors), end='\n' if errors else '')
    return 1 if errors else 0


if __name__ == '__main__':
    sys.exit(main())
