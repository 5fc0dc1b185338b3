#!/usr/bin/env python3
"""Commands on data sets of many files: few descriptors at a time, and memory that grows no faster than the number of
images."""
import json
import os
import resource
import subprocess

from harness import ENV, LEUKO, TINY, WORK, check, done, path, run

DESCRIPTORS = 64


def limited(*args):
    return run(*args, preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (DESCRIPTORS, DESCRIPTORS)))


def peak_kb(*args):
    """Peak memory of a run in KiB; the run must end with 0."""
    p = subprocess.Popen([LEUKO, *args], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                         env=ENV, cwd=WORK)
    _, status, usage = os.wait4(p.pid, 0)
    p.returncode = os.waitstatus_to_exitcode(status)
    check(p.returncode == 0, 'leuko %s' % ' '.join(args[:2]), p.returncode)
    return usage.ru_maxrss


def few_descriptors():
    r = run('synth', 'cells', '--per-class', '100', '--size', '96', '--classes', 'blast,lymphocyte')
    check(r.returncode == 0, 'synth', r)
    network = [*TINY, '--positive', 'blast']
    commands = [('check', 'cells'),
                ('sort', 'cells', '--out', 'shards', '--validation', '0.3', '--test', '0.2', '--shards', '90'),
                ('info', 'shards'),
                ('features', 'shards', *TINY, '-o', 'f.npy', '--threads', '4'),
                ('train', 'shards', *network, '--model', 'm.safetensors', '--threads', '4'),
                ('train', 'shards', *network, '--model', 't.safetensors', '--tune', 'Mixed_5b', '--epochs', '1', '--threads', '4'),
                ('eval', 'm.safetensors', 'shards', '--json', 'e.json', '--threads', '4'),
                ('classify', 'm.safetensors', 'cells', '--json', 'a.json', '--threads', '4')]
    for command in commands:
        r = limited(*command)
        check(r.returncode == 0, 'leuko %s of 270 shards or 200 images with %d descriptors' % (command[0], DESCRIPTORS), r)
    check(json.load(open(path('a.json')))['images'] == 200, 'every image has an answer')


def hard_links(folder, n):
    """n links to one image in each of two classes, which differ."""
    for k, name in enumerate(('blast', 'lymphocyte')):
        os.makedirs(path(folder, name))
        first = sorted(os.listdir(path('cells', name)))[0]
        for i in range(n):
            os.link(path('cells', name, first), path(folder, name, '%06d' % i + os.path.splitext(first)[1]))


def linear_memory():
    sizes = (500, 2000)
    peaks = []
    for n in sizes:
        hard_links('links-%d' % n, n)
        peaks.append(peak_kb('check', 'links-%d' % n, '--json', 'c-%d.json' % n, '--threads', '1'))
    per_image = (peaks[1] - peaks[0]) * 1024 / (2 * (sizes[1] - sizes[0]))
    check(per_image < 4096, 'check keeps less than 4 KiB for each duplicate', peaks)
    found = json.load(open(path('c-2000.json')))['duplicates']
    check(sorted(len(c['files']) for c in found) == [2000, 2000], 'the duplicates are two clusters', len(found))


def streamed_findings():
    """10,000 findings are written one by one: the JSON file takes no memory that grows with them."""
    n = 10000
    os.makedirs(path('broken', 'blast'))
    for i in range(n):
        with open(path('broken', 'blast', '%06d.png' % i), 'w') as f:
            f.write('x')
    without = peak_kb('check', 'broken', '--threads', '1')
    peak = peak_kb('check', 'broken', '--json', 'broken.json', '--threads', '1')
    check(len(json.load(open(path('broken.json')))['unreadable']) == n, 'every finding is in the JSON file')
    check(peak - without < 3 << 10, 'check --json takes less than 3 MiB beside check', (peak, without))


few_descriptors()
linear_memory()
streamed_findings()
done()
