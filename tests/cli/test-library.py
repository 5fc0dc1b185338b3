"""libleuko as a stranger meets it: installed, found by pkg-config, compiled against with nothing but cc."""
import json
import re

from harness import *

BUILD = sys.argv[1]
ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
there = path('root')
r = subprocess.run(['meson', 'install', '-C', BUILD, '--no-rebuild', '--destdir', there], stdout=subprocess.PIPE,
                   stderr=subprocess.STDOUT, text=True)
check(r.returncode == 0, 'the build installs', r.stdout[-600:])
found = [os.path.join(d, 'leuko.pc') for d, _, files in os.walk(there) if 'leuko.pc' in files]
check(len(found) == 1, 'one leuko.pc', found)
env = dict(ENV, PKG_CONFIG_PATH=os.path.dirname(found[0]))
libs = os.path.dirname(os.path.dirname(found[0]))
env['LD_LIBRARY_PATH'] = libs

# staged, not at home: its prefix is where it would lie
pc = open(found[0]).read()
open(found[0], 'w').write(pc.replace('prefix=', 'prefix=' + there, 1))


def pkg_config(*options):
    r = subprocess.run(['pkg-config', *options, 'leuko'], env=env, stdout=subprocess.PIPE, text=True)
    return r.stdout.split()


def cc(*args, compiler=('cc', '-std=c11')):
    return subprocess.run([*compiler, '-Wall', '-Wextra', '-Werror', *args], cwd=WORK, env=env, stderr=subprocess.PIPE,
                          text=True)


CPLUSPLUS = ('c++', '-x', 'c++', '-std=c++11')
EXAMPLES = os.path.join(ROOT, 'examples')
for example in sorted(os.listdir(EXAMPLES)):
    shutil.copy(os.path.join(EXAMPLES, example), path(example))
    r = cc(example, '-o', example[:-2], *pkg_config('--cflags', '--libs'))
    check(r.returncode == 0, 'examples/%s compiles with what pkg-config says, without a warning' % example, r.stderr)
r = cc('classify.c', '-o', 'classify-cxx', *pkg_config('--cflags', '--libs'), compiler=CPLUSPLUS)
check(r.returncode == 0, 'and as C++', r.stderr)

run('synth', 'cells', '--per-class', '16', '--groups', '4', '--size', '80', '--seed', '7')
run('sort', 'cells', '--out', 's', '--validation', '0.25', '--shards', '1')
r = run('train', 's', '--model', 'm.safetensors', *QUICK)
check(r.returncode == 0 and run('compile', 'm.safetensors', '-o', 'm.graph').returncode == 0, 'a model and its graph', r.stderr)
images = sorted(os.path.join(d, f) for d, _, files in os.walk(path('cells')) for f in files
                  if f.endswith(('.jpg', '.png')))[:6]
for program, model in (('classify', 'm.safetensors'), ('classify', 'm.graph'), ('classify-cxx', 'm.graph')):
    r = subprocess.run([path(program), model, *images], cwd=WORK, env=env, stdout=subprocess.PIPE,
                       stderr=subprocess.PIPE, text=True)
    said = run('classify', model, *images, '--json', 'answers.json')
    answers = json.load(open(path('answers.json')))['answers']
    want = ['%s: %s %.4f' % (a['file'], a['class'], a['confidence']) for a in answers]
    want[:0] = want[:1] + ['  p(%s) = %.4f' % kp for kp in answers[0]['probabilities'].items()]
    lines = r.stdout.splitlines()
    check(r.returncode == 0 and lines[:-1] == want, '%s answers as `leuko classify` does, from %s' % (program, model),
          (r.stdout, r.stderr, want))
    check(lines[-1:] == ['Research use only, not for diagnosis.'], 'and says what it is not for', r.stdout)
r = subprocess.run([path('classify'), 'm.graph', 'absent.jpg'], cwd=WORK, env=env, stdout=subprocess.DEVNULL,
                   stderr=subprocess.PIPE, text=True)
check(r.returncode == 1 and r.stderr.count('\n') == 1 and 'absent.jpg' in r.stderr, 'a missing image is one line', r.stderr)

r = subprocess.run([path('train-evaluate'), 's', 'm2.safetensors', 'm.safetensors'], cwd=WORK, env=env, stdout=subprocess.PIPE,
                   stderr=subprocess.PIPE, text=True)
run('eval', 'm2.safetensors', 's', '--json', 'eval.json')
figures = json.load(open(path('eval.json'))) if os.path.exists(path('eval.json')) else {}
check(r.returncode == 0 and all('%s %.3f ' % (name, figures[name]['value']) in r.stdout for name in ('accuracy', 'auc')) and
      'images of the validation split' in r.stdout, 'train-evaluate trains, and prints the figures of `leuko eval`',
      (r.stdout, r.stderr, figures))

r = subprocess.run([path('deploy'), 'm2.safetensors', 's'], cwd=WORK, env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                   text=True)
check(r.returncode == 0 and 'm2.safetensors.onnx: input input, output ' in r.stdout and ' decisions differ from fp32' in r.stdout,
      'deploy freezes and compiles', (r.stdout, r.stderr))
check(r.stdout.count(': the same answers\n') == 2, 'and verifies what it wrote', r.stdout)

# the static library: where only it lies, `pkg-config --static` links it
alone = path('alone')
os.makedirs(os.path.join(alone, 'pkgconfig'))
shutil.copy(os.path.join(libs, 'libleuko.a'), alone)
pc = open(found[0]).read()
write('alone/pkgconfig/leuko.pc', re.sub('(?m)^libdir=.*$', 'libdir=' + alone, pc).encode())
env['PKG_CONFIG_PATH'] = os.path.join(alone, 'pkgconfig')
r = cc('classify.c', '-o', 'classify-static', *pkg_config('--cflags', '--static', '--libs'))
check(r.returncode == 0, 'examples/classify.c links with what pkg-config --static says', r.stderr)
needed = subprocess.run(['readelf', '-d', path('classify-static')], stdout=subprocess.PIPE, text=True).stdout
check('libdnnl' in needed and 'libleuko' not in needed, 'and needs no libleuko.so', needed)
runs = [subprocess.run([path(p), 'm.graph', *images], cwd=WORK, env=env, stdout=subprocess.PIPE, text=True)
        for p in ('classify', 'classify-static')]
check(runs[1].returncode == 0 and runs[0].stdout == runs[1].stdout, 'and gives the answers of the shared one', runs)
nm = subprocess.run(['nm', '--defined-only', '--extern-only', os.path.join(libs, 'libleuko.a')], stdout=subprocess.PIPE,
                    text=True)
# names of OpenMP's critical sections are the program's as a whole
in_archive = sorted(line.split()[-1] for line in nm.stdout.splitlines() if len(line.split()) == 3 and '.gomp_' not in line)

library = os.path.join(libs, 'libleuko.so.0')
nm = subprocess.run(['nm', '-D', '--defined-only', '--with-symbol-versions', library], stdout=subprocess.PIPE, text=True)
symbols = [line.split()[-1] for line in nm.stdout.splitlines() if ' A ' not in line]
HEADERS = os.path.join(ROOT, 'include', 'leuko')
headers = sorted(h for h in os.listdir(HEADERS) if h.endswith('.h'))
declared = ''.join(open(os.path.join(HEADERS, h)).read() for h in headers)
check(len(symbols) > 20 and all(re.match(r'leuko_\w+@@LEUKO_0\.1$', s) for s in symbols),
      'every symbol is versioned and ours', [s for s in symbols if '@@LEUKO_0.1' not in s][:5])
strangers = [s for s in symbols if s.split('@')[0] not in declared]
check(not strangers, 'and declared in a public header', strangers[:5])
check(in_archive == sorted(s.split('@')[0] for s in symbols), 'the static library has the same symbols and no other',
      sorted(set(in_archive) ^ {s.split('@')[0] for s in symbols})[:5])
installed = os.path.join(there, os.path.relpath(pkg_config('--variable=includedir')[0], there), 'leuko')
check(sorted(os.listdir(installed)) == headers, 'every public header is installed', os.listdir(installed))
for header in headers:
    write('one.c', b'#include <leuko/%s>\nint main(void) { return 0; }\n' % header.encode())
    for compiler in (('cc', '-std=c11'), CPLUSPLUS):
        r = cc('-fsyntax-only', 'one.c', *pkg_config('--cflags'), compiler=compiler)
        if r.returncode:
            check(False, '%s compiles by itself with %s' % (header, compiler[0]), r.stderr)
check(True, 'every public header compiles by itself, in C and C++')
done()
