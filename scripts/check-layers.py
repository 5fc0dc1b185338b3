#!/usr/bin/env python3
"""Check the layers: no file includes a module above its own, and no files include each other in a circle.

usage: check-layers.py [SOURCE_ROOT]

USES is the table of modules in docs/architecture.md, lowest module first. A header in include/leuko belongs to the
module that has the .c file of the same name (exceptions: PUBLIC); it includes public headers only.
A circle is counted between stems: foo.c and foo.h of one folder are one stem, and so is include/leuko/foo.h.
Prints one line for each violation and exits with status 1 if there is any.
"""
import os
import re
import sys

USES = {  # module: modules that it may include; what those may include is allowed too
    'base': [],
    'image': ['base'],
    'data': ['image'],
    'stats': ['base'],
    'net': ['base'],
    'engine': ['net'],
    'formats': ['net', 'data', 'stats'],  # data: to describe shards; stats: how a model decides
    'hdf5': [],  # a separate program: see ALLOWED
    'train': ['engine', 'data', 'formats', 'stats'],
    'answer': ['engine', 'data', 'formats', 'stats'],
    'smear': ['image', 'answer'],
    'eval': ['answer', 'stats'],
    'compile': ['train', 'eval'],
    'study': ['train', 'eval'],
    'report': ['eval', 'compile', 'study'],
    'pipeline': ['report'],
    'serve': ['answer', 'eval', 'smear', 'report'],
    'job': ['base'],
    'cli': None,  # everything
}
ALLOWED = {('hdf5', 'formats/keras/wire.h')}  # (module, header) outside the table
# Public headers without a .c file: the module they count as; leuko.h includes all.
PUBLIC = {'leuko': 'cli', 'answer': 'answer', 'folder': 'data', 'sort': 'data', 'train-types': 'train', 'crossval-types': 'study',
          'adapt-types': 'study', 'run-types': 'pipeline', 'explanation': 'eval'}
# In formats, a subfolder is one kind of file. Kinds do not include each other, except:
SUBFOLDERS = {'weights': {'keras', 'onnx', 'tf', 'torch'}}  # converts and inspects files of every kind
INCLUDE = re.compile(r'\s*#\s*include\s+["<]([^">]+\.h)[">]')


def closure(module):
    seen, todo = {module}, [module]
    while todo:
        for m in USES[todo.pop()] or []:
            if m not in seen:
                seen.add(m)
                todo.append(m)
    return set(USES) if USES[module] is None else seen


class Tree:
    """The C files of src and include/leuko, and the headers each includes (paths from the root)."""

    def __init__(self, root):
        self.files = sorted(os.path.relpath(os.path.join(folder, f), root)
                            for top in ('src', 'include') for folder, _, names in os.walk(os.path.join(root, top))
                            for f in names if f.endswith(('.c', '.h')))
        known = set(self.files)
        self.includes = {}  # file: [(line number, included file)]
        for path in self.files:
            with open(os.path.join(root, path), encoding='utf-8') as f:
                found = [(n, m.group(1)) for n, m in ((n, INCLUDE.match(line)) for n, line in enumerate(f, 1)) if m]
            places = [(n, [os.path.join(d, name) for d in ('src', 'include', os.path.dirname(path))])
                      for n, name in found]
            self.includes[path] = [(n, next(p for p in options if p in known))
                                   for n, options in places if known & set(options)]
        self.home = {}  # stem of a public header: folders that have the .c file
        for path in self.files:
            if path.endswith('.c'):
                self.home.setdefault(os.path.basename(path)[:-2], []).append(os.path.dirname(path))

    def folder(self, path):
        """The folder a file counts as: 'src/formats/tf'; None for a public header without an owner."""
        if not path.startswith('include/'):
            return os.path.dirname(path)
        stem = os.path.basename(path)[:-2]
        if stem in PUBLIC:
            return 'src/' + PUBLIC[stem]
        homes = self.home.get(stem, [])
        # of several, the one that includes the header as its own
        own = [h for h in homes if any(i == path for _, i in self.includes[os.path.join(h, stem + '.c')])] or homes
        return own[0] if len(own) == 1 else None

    def module(self, path):
        return (self.folder(path) or '/').split('/')[1]

    def stem(self, path):
        return os.path.join(self.folder(path) or 'include', os.path.basename(path)[:-2])


def layer_errors(tree):
    for module in sorted({tree.module(p) for p in tree.files} - {''} - set(USES)):
        yield 'src/%s: not in the table of modules' % module
    for path in tree.files:
        public = path.startswith('include/')
        if public and not tree.folder(path):
            yield '%s: not one module has %s.c: give its module in PUBLIC' % (path, os.path.basename(path)[:-2])
            continue
        module = tree.module(path)
        for n, target in tree.includes[path]:
            where = '%s:%d: ' % (path, n)
            other = tree.module(target)
            if public and not target.startswith('include/'):
                yield where + 'a public header must not include the internal header %s' % target
            elif other not in closure(module) and (module, target[4:]) not in ALLOWED:
                yield where + '%s must not use %s (%s)' % (module, other, target)
            elif module == other == 'formats':
                a, b = [(tree.folder(p).split('/') + [''])[2] for p in (path, target)]
                if a and b and a != b and b not in SUBFOLDERS.get(a, ()):
                    yield where + 'formats/%s must not use formats/%s' % (a, b)


def circles(graph):
    """Tarjan's strongly connected components of more than one node."""
    index, low, stack, on, found = {}, {}, [], set(), []

    def visit(v):
        index[v] = low[v] = len(index)
        stack.append(v)
        on.add(v)
        for w in sorted(graph.get(v, ())):
            if w not in index:
                visit(w)
                low[v] = min(low[v], low[w])
            elif w in on:
                low[v] = min(low[v], index[w])
        if low[v] == index[v]:
            component = []
            while not component or component[-1] != v:
                component.append(stack.pop())
                on.discard(component[-1])
            if len(component) > 1:
                found.append(sorted(component))

    sys.setrecursionlimit(10000)
    for v in sorted(graph):
        if v not in index:
            visit(v)
    return found


def circle_errors(tree):
    graph = {}
    for path in tree.files:
        for _, target in tree.includes[path]:
            if tree.stem(path) != tree.stem(target):
                graph.setdefault(tree.stem(path), set()).add(tree.stem(target))
    for circle in circles(graph):
        edges = sorted('%s:%d includes %s' % (path, n, target) for path in tree.files for n, target in tree.includes[path]
                       if tree.stem(path) in circle and tree.stem(target) in circle
                       and tree.stem(path) != tree.stem(target))
        yield 'circle of files: %s\n  %s' % (', '.join(circle), '\n  '.join(edges))


def main():
    tree = Tree(sys.argv[1] if len(sys.argv) > 1 else os.path.join(os.path.dirname(os.path.abspath(__file__)), '..'))
    errors = list(layer_errors(tree)) + list(circle_errors(tree))
    print('\n'.join(errors), end='\n' if errors else '')
    return 1 if errors else 0


if __name__ == '__main__':
    sys.exit(main())
