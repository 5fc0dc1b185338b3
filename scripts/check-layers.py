#!/usr/bin/env python3
"""No file includes upward, and no include is missing from the harness.

usage: check-layers.py [SOURCE_ROOT]
The rooms and what each may use: the table in docs/architecture.md. Public headers in include/leuko
belong to the room that has the .c file of the same name; they count as that room.
"""
import os
import re
import sys

USES = {  # room: rooms it may include (closure is taken)
    'base': [],
    'image': ['base'],
    'data': ['image'],
    'net': ['base'],
    'engine': ['net'],
    'formats': ['net', 'image'],
    'hdf5': ['formats'],  # a program of its own, which knows formats/keras/wire.h
    'train': ['engine', 'data', 'formats'],
    'eval': ['engine', 'data', 'formats'],
    'study': ['train', 'eval'],
    'report': ['eval', 'study'],
    'serve': ['engine', 'eval', 'formats'],
    'job': ['base'],
}


def closure(room):
    seen, todo = {room}, [room]
    while todo:
        for r in USES[todo.pop()]:
            if r not in seen:
                seen.add(r)
                todo.append(r)
    return seen


def main():
    root = sys.argv[1] if len(sys.argv) > 1 else os.path.join(os.path.dirname(__file__), '..')
    src = os.path.join(root, 'src')
    rooms = [r for r in sorted(os.listdir(src)) if os.path.isdir(os.path.join(src, r))]
    home = {}  # public header name -> room
    for room in rooms:
        for f in os.listdir(os.path.join(src, room)):
            if f.endswith('.c'):
                home.setdefault(f[:-2], room)
    allowed = {r: set(rooms) for r in rooms if r not in USES}  # cli: all
    allowed.update({r: closure(r) for r in USES})
    bad = 0
    for room in rooms:
        for f in sorted(os.listdir(os.path.join(src, room))):
            if not f.endswith(('.c', '.h')):
                continue
            path = os.path.join(src, room, f)
            for n, line in enumerate(open(path), 1):
                m = re.match(r'\s*#\s*include\s+["<](\w+)/([\w-]+)\.h[">]', line)
                if not m:
                    continue
                where = home.get(m.group(2)) if m.group(1) == 'leuko' else m.group(1)
                if where in rooms and where not in allowed[room]:
                    print('src/%s/%s:%d: %s must not use %s' % (room, f, n, room, where))
                    bad = 1
    return bad


sys.exit(main())
