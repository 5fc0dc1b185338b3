#!/usr/bin/env python3
"""Small files of large images, and files that are none: every command stays within its memory and says one clear line."""
import os
import resource
import shutil
import subprocess

from harness import ENV, LEUKO, TINY, WORK, check, done, path, run, small_model

BOMBS = os.path.join(os.environ['LEUKO_TEST_DATA'], 'fuzz', 'corpus', 'image-bombs')
IS_SANITIZED = b'__asan_init' in open(LEUKO, 'rb').read()
small_model(TINY)


def measured(*args, address_space_mb=0):
    """The result, and the peak of the memory in MB."""
    def limit():
        if address_space_mb:
            resource.setrlimit(resource.RLIMIT_AS, (address_space_mb << 20,) * 2)
    with open(path('out'), 'w+') as out, open(path('err'), 'w+') as err:
        p = subprocess.Popen([LEUKO, *args], stdin=subprocess.DEVNULL, stdout=out, stderr=err, cwd=WORK, env=ENV, preexec_fn=limit)
        _, status, usage = os.wait4(p.pid, 0)
        p.returncode = os.waitstatus_to_exitcode(status)
        out.seek(0), err.seek(0)
        return subprocess.CompletedProcess(args, p.returncode, out.read(), err.read()), usage.ru_maxrss / 1024


# all at once
files = sorted(os.listdir(BOMBS))
for i, name in enumerate(files):
    os.makedirs(path('bombs', 'ab'[i % 2]), exist_ok=True)
    for copy in range(2):
        shutil.copy(os.path.join(BOMBS, name), path('bombs', 'ab'[i % 2], '%d-%s' % (copy, name)))
if not IS_SANITIZED:
    r, peak = measured('check', 'bombs', '--threads', '8', '--all')
    check(r.returncode == 0 and peak < 1500, 'check of %d bombs with 8 threads: %.0f MB' % (2 * len(files), peak), (r, peak))
    print('# peak %.0f MB' % peak)

# one at a time, in an address space that the program itself nearly fills
if not IS_SANITIZED:
    for mb in (290, 420):
        for name in files:
            r, peak = measured('info', os.path.join(BOMBS, name), address_space_mb=mb)
            if 'shared libraries' in r.stderr:
                continue
            said = r.stderr.splitlines()
            check((r.returncode == 0 and not said) or (r.returncode == 1 and len(said) == 1 and name in said[0] and peak < mb),
                  '%s in %d MB of address space' % (name, mb), (r, peak))

# no images, in a folder of images
os.mkfifo(path('cells/blast/z_0.png'))
os.symlink('/dev/zero', path('cells/blast/z_1.png'))
with open(path('cells/blast/big.png'), 'wb') as f:
    f.truncate(3 << 30)
with open(path('cells/blast/zeros.png'), 'wb') as f:
    f.truncate(900 << 20)
COMMANDS = {'check': (['check', 'cells', '--all'], 0), 'sort': (['sort', 'cells', '--out', 'x'], 1), 'augment': (['augment', 'cells', 'x'], 1),
            'classify': (['classify', 'm.safetensors', 'cells'], 1), 'eval': (['eval', 'm.safetensors', 'cells'], 1),
            'verify': (['verify', 'm.safetensors', 'm.safetensors', '--data', 'cells'], 1),
            'features': (['features', '--weights', 'm.safetensors', 'cells', '-o', 'x.npy'], 1)}  # others read shards
for name, (args, expected) in COMMANDS.items():
    r, peak = measured(*args)
    text = r.stdout + r.stderr
    check(r.returncode == expected and ('big.png' in text or 'zeros.png' in text) and (peak < 400 or IS_SANITIZED),
          '%s: %.0f MB' % (name, peak), (r, peak))
    check('too large (3072.0 MiB' in text or 'nothing but zeros' in text, '%s says why' % name, r)
r = run('check', 'cells', '--all')
check('z_0.png, not a regular file' in r.stdout and 'z_1.png, not a regular file' in r.stdout and 'big.png: too large' in r.stdout and
      'zeros.png: not an image (nothing but zeros' in r.stdout, 'check names all four', r)
for name, what in (('z_0.png', 'not a regular file'), ('z_1.png', 'not a regular file'), ('big.png', 'too large'), ('zeros.png', 'nothing but zeros')):
    for args in (['classify', 'm.safetensors', 'cells/blast/' + name], ['info', 'cells/blast/' + name]):
        r, peak = measured(*args)
        is_described = args[0] == 'info' and name in ('big.png', 'zeros.png') and r.returncode == 0
        said = [l for l in r.stderr.splitlines() if name in l]
        check(is_described or (r.returncode == 1 and len(said) == 1 and what in said[0]), ' '.join(args[::2]) + ' ' + name, r)
        check(peak < 400 or IS_SANITIZED, '... in %.0f MB' % peak, peak)
done()
