#!/usr/bin/env python3
"""Damaged images of every format, in folders of hundreds, through the program itself: the decoders are libraries, which a
fuzz target of ours cannot see into. Each image is decoded or listed with one reason; no run ends by a signal, takes more
memory than the decoders state, or prints anything else; and a file's answer is the same alone and among others.
LEUKO_IMAGES (default 200): number of damaged images; `make soak-images` sets 20000. LEUKO_SEED: of what is drawn.
LEUKO_VALGRIND: images that are read under valgrind as well (0). LEUKO_KEEP: a folder for the images of a wrong run."""
import csv
import json
import os
import random
import re
import resource
import shutil
import struct
import subprocess
import sys
import zlib

from harness import ENV, LEUKO, TINY, WORK, Forks, check, done, path, run, write

SERVER = sys.argv[1]
N_IMAGES = int(os.environ.get('LEUKO_IMAGES', '200'))
N_VALGRIND = int(os.environ.get('LEUKO_VALGRIND', '0'))
SEED = int(os.environ.get('LEUKO_SEED', '1'))
KEEP = os.environ.get('LEUKO_KEEP')
CORPUS = os.path.join(os.environ['LEUKO_TEST_DATA'], 'fuzz', 'corpus', 'image')
CASES = os.path.join(os.environ.get('LEUKO_SHARED', ''), 'cases')
IS_SANITIZED = b'__asan_init' in open(LEUKO, 'rb').read()
IN_FOLDER, N_ALONE = 250, 25  # images of one run; those of them that are read alone as well
WORKING_MB, PROGRAM_MB = 1024, 350  # of all decoders together (src/image/working-memory.h); of everything else
SECONDS = 240    # of processor time for a run
# What libdav1d prints where libheif has no other decoder of AVIF.
DAV1D = re.compile(r'Input validation check|.*OBU|Error parsing|Overrun|Frame size|Unsupported')
random.seed(SEED)


# --- damage ------------------------------------------------------------------------------------
def seeds():
    """{ending: [contents]} of every kind of image in the corpus, and of files that are none."""
    found = {}
    folders = [CORPUS, os.path.join(CASES, 'real-life', 'pictures'), os.path.join(CASES, 'hostile')]
    for folder in [f for f in folders if os.path.isdir(f)]:
        for name in sorted(os.listdir(folder)):
            if name.endswith(('.avif', '.bmp', '.gif', '.heic', '.jpg', '.png', '.tif', '.webp')):
                found.setdefault(name.rsplit('.')[-1], []).append(open(os.path.join(folder, name), 'rb').read())
    dicom = bytes(128) + b'DICM' + b''.join(struct.pack('<HH2sH', 2, e, b'UI', 18) + b'1.2.840.10008.1.2\0' for e in (2, 3, 16))
    others = [dicom, dicom[132:], b'%PDF-1.4\n1 0 obj\n', b'8BPS\0\1' + bytes(40), b'<svg xmlns="http://www.w3.org/2000/svg"/>',
              b'\0\0\0\x0cjP  \r\n\x87\n' + bytes(40), b'\x76\x2f\x31\x01' + bytes(40), b'PK\3\4' + bytes(60), b'GIF89a', b'BM', b'\xff\xd8\xff']
    for i, data in enumerate(others):
        found.setdefault(('png', 'jpg', 'tif', 'bmp')[i % 4], []).append(data)
    slide = [d for d in found['tif'] if len(d) < 20000]
    found['svs'] = slide  # a whole slide is a TIFF
    return found


def lengths(data):
    """Places of numbers that tell a size, a count or an offset: (offset, bytes, big-endian)."""
    places, at, n = [], 0, len(data)
    if data[:4] == b'\x89PNG':
        at = 8
        while at + 12 <= n:
            places += [(at, 4, True)] + ([(at + 8 + 4 * i, 4, True) for i in range(2)] if data[at + 4:at + 8] == b'IHDR' else [])
            at += 12 + struct.unpack('>I', data[at:at + 4])[0]
    elif data[:2] == b'\xff\xd8':
        at = 2
        while at + 9 <= n and data[at] == 0xff and data[at + 1] != 0xda:
            places += [(at + 2, 2, True)] + ([(at + 5, 2, True), (at + 7, 2, True)] if 0xc0 <= data[at + 1] <= 0xcf else [])
            at += 2 + struct.unpack('>H', data[at + 2:at + 4])[0]
    elif data[:2] in (b'II', b'MM') and n >= 12:
        big = data[:2] == b'MM'
        at = int.from_bytes(data[4:8], 'big' if big else 'little')
        places.append((4, 4, big))
        if at + 2 <= n:
            places.append((at, 2, big))
            for i in range(min(int.from_bytes(data[at:at + 2], 'big' if big else 'little'), 40)):
                places += [(at + 2 + 12 * i, 2, big), (at + 4 + 12 * i, 2, big), (at + 6 + 12 * i, 4, big), (at + 10 + 12 * i, 4, big)]
    elif data[:4] == b'RIFF':
        places, at = [(4, 4, False)], 12
        while at + 8 <= n:
            places.append((at + 4, 4, False))
            at += 8 + (struct.unpack('<I', data[at + 4:at + 8])[0] + 1 & ~1)
    elif data[4:8] == b'ftyp':
        places = [(m.start() - 4, 4, True) for m in re.finditer(rb'(?:ftyp|meta|iprp|ipco|ispe|iloc|iinf|infe|ipma|pixi|av1C|hvcC|mdat|idat|colr|iref|irot|imir|clap|grid)', data)]
        places += [(o + 8 + 4 * i, 4, True) for o, _, _ in places for i in range(3)]
    elif data[:2] == b'BM':
        places = [(o, 4, False) for o in (2, 10, 14, 18, 22, 30, 34, 46, 50)] + [(26, 2, False), (28, 2, False)]
    elif data[:3] == b'GIF':
        places = [(6, 2, False), (8, 2, False), (10, 1, False)]
    return [p for p in places if p[0] >= 0 and p[0] + p[1] <= n]


def mended(data):
    """A PNG whose checksums are right again, so that the damage is seen by what reads behind them."""
    if data[:8] != b'\x89PNG\r\n\x1a\n':
        return data
    out, at = [data[:8]], 8
    while at + 12 <= len(data):
        n = struct.unpack('>I', data[at:at + 4])[0]
        body = data[at + 4:at + 8 + n]
        if len(body) < 4 + n:
            break
        out += [data[at:at + 4], body, struct.pack('>I', zlib.crc32(body))]
        at += 12 + n
    return b''.join(out) + data[at:]


def damaged(draw, data, others):
    data = bytearray(data)
    for _ in range(draw.choice((1, 1, 1, 2, 4))):
        n, kind = len(data), draw.randrange(8)
        at = draw.randrange(n) if n else 0
        places = lengths(bytes(data)) if kind in (1, 2) else []
        if not n:
            break
        if kind == 0:
            for _ in range(draw.choice((1, 2, 8))):
                data[draw.randrange(n)] ^= 1 << draw.randrange(8)
        elif places:
            place, size, big = draw.choice(places)
            order, most = 'big' if big else 'little', (1 << 8 * size) - 1
            now = int.from_bytes(data[place:place + size], order)
            new = draw.choice((0, 1, most, most >> 1, (most >> 1) + 1, now + 1, now - 1, now * 2, now ^ 1 << draw.randrange(8 * size),
                               19999, 65535, 1 << 24, n, n - 1))
            data[place:place + size] = (new & most).to_bytes(size, order)
        elif kind == 3:
            del data[at:]
        elif kind == 4:  # a part of another image
            other = draw.choice(others)
            begin = draw.randrange(len(other)) if other else 0
            data[at:at + draw.choice((0, 16, 300))] = other[begin:begin + draw.choice((4, 64, 1000, 100000))]
        elif kind == 5:  # a part left out, or twice
            part = data[at:at + draw.choice((1, 8, 100, 1000))]
            data[at:at + len(part)] = b'' if draw.random() < 0.5 else part + part
        elif kind == 6:
            size = draw.choice((1, 4, 64))
            data[at:at + size] = bytes([draw.choice((0, 255, 127))]) * size
        else:
            data[at:at + 2] = bytes(draw.randrange(256) for _ in range(2))
    return mended(bytes(data)) if draw.random() < 0.7 else bytes(data)


# --- runs --------------------------------------------------------------------------------------
def measured(*args, limit=True):
    """The result, and the peak of the memory in MB."""
    def limits():
        if limit and not IS_SANITIZED:
            resource.setrlimit(resource.RLIMIT_AS, (4 << 30,) * 2)
            resource.setrlimit(resource.RLIMIT_CPU, (SECONDS,) * 2)
    with open(path('out'), 'w+', errors='replace') as out, open(path('err'), 'w+', errors='replace') as err:
        p = subprocess.Popen([LEUKO, *args], stdin=subprocess.DEVNULL, stdout=out, stderr=err, cwd=WORK, env=ENV, preexec_fn=limits)
        _, status, usage = os.wait4(p.pid, 0)
        p.returncode = os.waitstatus_to_exitcode(status)
        out.seek(0), err.seek(0)
        return subprocess.CompletedProcess(args, p.returncode, out.read(), err.read()), usage.ru_maxrss / 1024


def foreign(text):
    """Lines on standard error that are not the program's."""
    return [x for x in text.split('\n') if x and not x.startswith('leuko: ') and not (PRINTS and DAV1D.match(x))]


def answers(name):
    """{file: (what classify says of it, the reason why it says nothing)}."""
    return {row['file']: ([v for k, v in row.items() if k not in ('file', 'truth', 'error')], row['error'])
            for row in csv.DictReader(open(path(name), errors='replace', newline=''))}


def same(a, b):
    """Equal but for the rounding of sums, whose order depends on the number of images in a run."""
    def close(x, y):
        return x == y or (x[:1].isdigit() and y[:1].isdigit() and abs(float(x) - float(y)) <= 1e-4)
    return a and a[1] == b[1] and a[0][0] == b[0][0] and all(close(x, y) for x, y in zip(a[0][1:], b[0][1:]))


def one_line(text):
    return bool(text) and '\n' not in text and text.isprintable() and len(text) < 1000


def folder_is_wrong(folder, files):
    """What is wrong with the runs over a folder of images, and the answers of classify."""
    wrong = []
    r, peak = measured('check', folder, '--all', '--json', 'check.json')
    if r.returncode != 0 or foreign(r.stderr) or (peak > WORKING_MB + PROGRAM_MB and not IS_SANITIZED):
        wrong.append(('check', r.returncode, peak, foreign(r.stderr)[:5], r.stderr[-300:]))
        return wrong, {}
    told = json.load(open(path('check.json')))
    unreadable = {u['file']: u['why'] for u in told['unreadable']}
    skipped = {s['file'] if isinstance(s, dict) else s for s in told['skipped']}
    if told['images'] + len(skipped) != len(files):
        wrong.append(('check counts', told['images'], len(skipped), len(files)))
    wrong += [('check: reason', f, why) for f, why in unreadable.items() if not one_line(why) or folder + '/' + f not in why]
    r, peak = measured('classify', 'm.safetensors', folder, '--precision', 'fp32', '--csv', 'c.csv')
    all_of = answers('c.csv') if os.path.exists(path('c.csv')) else {}
    if r.returncode != (1 if unreadable else 0) or foreign(r.stderr) or (peak > WORKING_MB + PROGRAM_MB and not IS_SANITIZED):
        wrong.append(('classify', r.returncode, peak, foreign(r.stderr)[:5], r.stderr[-300:]))
    for f in files:
        said, why = all_of.get(folder + '/' + f, ([], 'no row'))
        if f in skipped:
            continue
        if bool(why) != (f in unreadable) or bool(why) == any(said) or (why and why != unreadable[f]):
            wrong.append(('check and classify differ', f, said, why, unreadable.get(f)))
    return wrong, all_of


def alone_is_wrong(folder, f, among):
    """A file on its own: the same answer or the same reason; info agrees."""
    name, wrong = folder + '/' + f, []
    if os.path.exists(path('one.csv')):
        os.remove(path('one.csv'))
    r = forks.run('classify', 'm.safetensors', name, '--precision', 'fp32', '--csv', 'one.csv')
    said = answers('one.csv').get(name) if os.path.exists(path('one.csv')) else None
    if r.returncode not in (0, 1) or foreign(r.stderr) or (among and not same(said, among)):
        wrong.append(('alone', name, r.returncode, said, among, r.stderr[-300:]))
    i = forks.run('info', name)
    told = dict((x.split(None, 1) + [''])[:2] for x in i.stdout.split('\n') if x and not x.startswith('not read'))
    not_read = [x.split(None, 2)[2] for x in i.stdout.split('\n') if x.startswith('not read')]
    lines = [x for x in i.stderr.split('\n') if x]
    is_decoded = i.returncode == 0 and told.get('kind') == 'an image' and not not_read
    if i.returncode not in (0, 1) or foreign(i.stderr) or (i.returncode == 1 and (len(lines) != 1 or name not in lines[0])) or \
            (among and (is_decoded != (not among[1]) or not_read and among[1] != name + ': ' + not_read[0])):
        wrong.append(('info', name, i.returncode, among, i.stdout[:200], i.stderr[-300:]))
    return wrong


def under_valgrind(folder):
    r = subprocess.run(['valgrind', '--quiet', '--error-exitcode=99', '--leak-check=no', LEUKO, 'check', folder, '--threads', '1'], cwd=WORK,
                       env=dict(ENV, G_SLICE='always-malloc', GOMP_SPINCOUNT='0'), stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                       stderr=subprocess.PIPE, text=True, errors='replace')
    return [x for x in r.stderr.split('\n') if x.startswith('==')][:40] if r.returncode == 99 else [r.returncode] if r.returncode else []


kinds = seeds()
everything = [d for k in sorted(kinds) for d in kinds[k]]
run('synth', 'cells', '--per-class', '12', '--groups', '4', '--size', '75')
run('sort', 'cells', '--out', 'shards', '--group-by', '(P[0-9]+)', '--validation', '0.25')
r = run('train', 'shards', '--model', 'm.safetensors', *TINY, '--precision', 'fp32', '--positive', 'blast')
check(r.returncode == 0, 'a model', r)
forks = Forks(SERVER)
PRINTS = False
for i in range(13):
    data = bytearray(open(os.path.join(CORPUS, 'avif-no-data.avif' if i == 0 else 'avif-444-cell-full.avif'), 'rb').read())
    if i:
        data[-40 * i:-40 * i + 8] = bytes(8)
    write('broken.avif', bytes(data))
    PRINTS = PRINTS or any(DAV1D.match(x) for x in forks.run('info', 'broken.avif').stderr.split('\n'))
print('# libdav1d prints to standard error: %s' % PRINTS)
data = open(os.path.join(CORPUS, 'heic-420.heic'), 'rb').read()
at = data.index(b'\x42\x01\x01')  # the sequence parameter set: libde265 prints to standard error if its sizes are wrong
for byte in range(at + 20, at + 26):
    for bit in range(8):
        write('sets/a/%d-%d.heic' % (byte, bit), data[:byte] + bytes([data[byte] ^ 1 << bit]) + data[byte + 1:])
r = forks.run('check', 'sets', '--all')
check(r.returncode == 0 and not foreign(r.stderr) and r.stdout.count('not HEVC: ') >= 20, 'libde265 prints nothing', r)
draw, made, decoded, refused, valgrind = random.Random(SEED), 0, 0, 0, 0
while made < N_IMAGES:
    folder, files = 'images%d' % (made // IN_FOLDER), []
    for i in range(min(IN_FOLDER, N_IMAGES - made)):
        ending = sorted(kinds)[(made + i) % len(kinds)]
        data = damaged(draw, draw.choice(kinds[ending]), draw.choice((kinds[ending], everything)))
        files.append('%s/%05d.%s' % ('ab'[i % 2], made + i, 'tif' if ending == 'svs' else ending))
        write(folder + '/' + files[-1], data)
    wrong, all_of = folder_is_wrong(folder, files)
    for f in files if wrong and not all_of else draw.sample(files, min(len(files), N_ALONE)):
        wrong += alone_is_wrong(folder, f, all_of.get(folder + '/' + f))
    if valgrind < N_VALGRIND:
        valgrind += len(files)
        wrong += [('valgrind', x) for x in under_valgrind(folder)]
    decoded += sum(not why for _, why in all_of.values())
    refused += sum(bool(why) for _, why in all_of.values())
    made += len(files)
    check(not wrong, '%s: %d damaged images, each decoded or refused with one reason' % (folder, len(files)), wrong[:8])
    if wrong and KEEP:
        shutil.copytree(path(folder), os.path.join(KEEP, 'seed-%d-%s' % (SEED, folder)), dirs_exist_ok=True)
    shutil.rmtree(path(folder))
check(decoded >= N_IMAGES // 20 and refused >= N_IMAGES // 20, 'both kinds were met', (decoded, refused))
print('# %d damaged images: %d decoded, %d refused, %d under valgrind, seed %d' % (made, decoded, refused, valgrind, SEED))
done()
