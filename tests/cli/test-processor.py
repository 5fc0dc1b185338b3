"""An emulated processor without AVX runs what the graphs need, answers alike and says what it lacks."""
import json

from harness import *

# A Nehalem of 2008: SSE4.2, as the UP Squared's Atom. ENV has GOMP_SPINCOUNT, so that leuko does not start itself
# once more, on the real processor.
QEMU = shutil.which('qemu-x86_64')
if not QEMU or os.uname().machine != 'x86_64':
    print('1..0 # SKIP no qemu-x86_64 here (Debian: qemu-user)')
    sys.exit()
ENV.setdefault('GOMP_SPINCOUNT', '10000')
if b'__asan_init' in open(LEUKO, 'rb').read():
    print('1..0 # SKIP qemu-x86_64 has no room for a sanitizer\'s shadow')
    sys.exit()


def emulated(cpu, *args):
    return subprocess.run([QEMU, '-cpu', cpu, LEUKO, *args], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, text=True, env=ENV, cwd=WORK, timeout=300)


def answers(r):
    check(r.returncode == 0, 'classify runs', r)
    return {a['file']: a['probabilities'] for a in json.loads(r.stdout or '{"answers": []}')['answers']}


def furthest(a, b):
    return max([abs(a[f][c] - b[f][c]) for f in a for c in a[f]] if a and a.keys() == b.keys() else [1])


small_model(TINY)
images = ['cells/blast/' + f for f in sorted(os.listdir(path('cells/blast')))[:4]]
one = ['classify', 'fp32.graph', images[0], '--json', '-']
limited = dict(ENV, ONEDNN_MAX_CPU_ISA='SSE41')
run('compile', 'm.safetensors', '-o', 'fp32.graph')
run('compile', 'm.safetensors', '-o', 'bf16.graph', '--precision', 'bf16')
r = run('compile', 'm.safetensors', '-o', 'int8.graph', '--calibrate', 'shards', '--images', '16')
check(r.returncode == 0, 'int8 for any processor is compiled', r)

# a real processor limited to SSE4.1 tells what to expect; int8 there may round a sum the other way
for graph, says, near in (('fp32.graph', '', 1e-5), ('bf16.graph', '(SSE4.1) does not have: runs in fp32', 1e-5),
                          ('int8.graph', 'runs in int8 without VNNI, which this processor (SSE4.1) does not have', 1e-3)):
    r = emulated('Nehalem', 'classify', graph, *images, '--json', '-')
    there, here = answers(r), answers(run('classify', graph, *images, '--json', '-', env=limited))
    check(len(there) == 4 and furthest(there, here) < near, graph + ' answers as a real processor limited to SSE4.1',
          furthest(there, here))
    check(says in r.stderr, graph + ': what this processor has not is said', r.stderr)
r = emulated('Nehalem', 'classify', 'm.safetensors', *images, '--precision', 'bf16')
check(r.returncode == 1 and r.stderr.count('\n') == 1 and 'bf16 needs AVX-512' in r.stderr and 'SSE4.1' in r.stderr,
      'bf16 asked of a model is refused in one line', r)
there = emulated('core2duo', *one)
if 'oneDNN 3' in there.stderr:
    check(there.returncode == 1 and there.stderr.count('\n') == 1 and 'lacks SSE4.1' in there.stderr and
          there.stdout == '', 'plain x86-64, without SSE4.1, is refused in one line', there)
else:
    check(furthest(answers(there), answers(run(*one))) < 1e-5, 'plain x86-64, without SSE4.1, answers too', there)

for precision, says in (('fp32', ''), ('bf16', 'no bf16')):
    r = emulated('Nehalem', 'compile', 'm.safetensors', '-o', 'there.graph', '--precision', precision)
    check(r.returncode == 0 and says in r.stderr and digest('there.graph') == digest(precision + '.graph'),
          'compile --precision %s makes the same bytes there' % precision, r)
r = emulated('Nehalem', 'compile', 'm.safetensors', '-o', 'v.graph', '--calibrate', 'shards', '--isa', 'vnni')
check(r.returncode == 1 and r.stderr.count('\n') == 1 and '--isa any' in r.stderr and digest('v.graph') is None,
      'a graph for VNNI is refused in one line', r)
done()
