"""classify --device ncs, against a stand-in that keeps the contract of libmvnc (tests/stand-in/mvnc.c). No
real stick has run these lines."""
import json

from harness import *

STAND_IN = sys.argv[1]
RESEARCH = 'Research use only, not for diagnosis.'
graph = bytearray(2000)
struct.pack_into('<II', graph, 32, len(graph), 2)
write('AML.graph', bytes(graph))
for name, level in (('dark', 51), ('light', 204)):
    write('images/%s.png' % name, png(120, 90, 8, 2, bytes([level] * 3) * 120))


def stick(*args, **env):
    return run('classify', '--device', 'ncs', *args, env=dict(ENV, LEUKO_MVNC=STAND_IN, **env))


r = stick('AML.graph', 'images', '--json', 'answers.json', MVNC_TRACE=path('trace'))
answers = json.load(open(path('answers.json')))['answers'] if r.returncode == 0 else []
check(r.returncode == 0 and [round(a['probabilities']['0'], 3) for a in answers] == [0.2, 0.8],
      'images become half tensors of x / 127.5 - 1, answers probabilities', (r.stdout, r.stderr, answers))
check([a['class'] for a in answers] == ['1', '0'] and RESEARCH in r.stdout and 'Classifying ended. 2 images' in r.stdout,
      'the lines and the summary are those of the processor', r.stdout)
check('AML.graph.json does not exist' in r.stderr, 'guessed classes are said aloud', r.stderr)
trace = open(path('trace')).read().split()
check(trace == ['GetDeviceName', 'OpenDevice', 'AllocateGraph'] + ['LoadTensor', 'GetResult'] * 3 +
      ['DeallocateGraph', 'CloseDevice'], 'graph and stick are given back', trace)

side = {'format': 1, 'architecture': {'name': 'inception_v3', 'depth_multiplier': 1.0, 'endpoint': 'Mixed_7c', 'side': 299,
                                      'pool_includes_padding': False},
        'classes': ['healthy', 'leukemic'], 'positive': 'leukemic', 'preprocessing': {'side': 299, 'crop_fraction': 1.0,
                                                                                      'antialias': True},
        'threshold': 0.9, 'temperature': 1.0, 'refer': [0.15, 0.3], 'provenance': {}}
write('AML.graph.json', json.dumps(side))
r = stick('AML.graph', 'images')
check(r.returncode == 0 and r.stderr == '' and r.stdout.startswith('images/dark.png: healthy, confidence 0.200 LOW'),
      "the side file's classes and threshold hold", (r.stdout, r.stderr))
check('images/light.png: healthy, confidence 0.800 REFER' in r.stdout and '1 of 2 images is in the model\'s refer band, 0.15 to 0.3' in r.stdout,
      'and its band for a person to decide', r.stdout)
r = stick('AML.graph', 'images', MVNC_CLASSES='5')
check(r.returncode == 1 and '2 classes, but the stick returns 5' in r.stderr, 'another number of classes is refused', r.stderr)

# what `leuko info` says of the stick's graphs, by facts of their layout
named = bytearray(2000)
struct.pack_into('<II100s', named, 32, len(named), 2, b'InceptionV3')
struct.pack_into('<IIHH', named, 240, 97, 1600, 0, 11)
write('v1.graph', bytes(named))
write('v2.graph', bytes(34) + struct.pack('<10I', 8708, *range(9)) + bytes(900))
write('myriad.blob', b'\x7fELF' + bytes(48) + struct.pack('<20I', 9709, *range(19)) + bytes(900))
for file, kind in (('v1.graph', 'NCSDK v1'), ('v2.graph', 'NCSDK v2'), ('myriad.blob', 'MYRIAD')):
    r = run('info', file, '--json', '-')
    told = json.loads(r.stdout) if r.returncode == 0 else {}
    check(kind in told.get('kind', '') and 'runs on the Neural Compute Stick only' in told['note'], 'info knows %s' % kind, r)
    if file == 'v1.graph':
        check((told['name'], told['stages'], told['shaves']) == ('InceptionV3', '97, more than fit into the file', '0 to 11'),
              'and its header', told)
    else:
        r = stick(file, 'images')
        check(r.returncode == 1 and kind in r.stderr and r.stderr.count('\n') == 1, 'which the driver refuses by name', r)
r = run('info', 'v1.graph')
check(r.returncode == 0 and 'stages' in r.stdout, 'info prints it', r)

for call, status, says in (('GetDeviceName', -4, 'no stick is plugged in'), ('OpenDevice', -1, 'the stick is busy'),
                           ('OpenDevice', -7, 'firmware (MvNCAPI.mvcmd) is missing'), ('AllocateGraph', -10, 'cannot run this graph'),
                           ('AllocateGraph', -3, 'out of memory'), ('LoadTensor', -9, 'was unplugged'),
                           ('GetResult', -6, 'does not answer'), ('GetResult', -8, 'no result'),
                           ('LoadTensor', -5, 'rejects a parameter'), ('OpenDevice', -2, 'an internal error'),
                           ('OpenDevice', -77, 'an unknown status'), ('GetResult', -11, 'status -11): shave 3 halted')):
    for nth in (1, 2) if call in ('LoadTensor', 'GetResult') else (1,):
        r = stick('AML.graph', 'images', '--csv', 'never.csv', MVNC_STAND_IN='%s:%d:%d' % (call, status, nth))
        check(r.returncode == 1 and r.stderr.count('\n') == 1 and says in r.stderr and not os.path.exists(path('never.csv')),
              '%s returns %d the %d. time: one line, no table' % (call, status, nth), (r.returncode, r.stdout, r.stderr))

r = run('classify', '--device', 'ncs', 'AML.graph', 'images', env=dict(ENV, LEUKO_MVNC='/nowhere/libmvnc.so'))
check(r.returncode == 1 and r.stderr.count('\n') == 1 and "the stick's library /nowhere/libmvnc.so is not on this machine" in r.stderr,
      'no library', r.stderr)
r = run('classify', '--device', 'ncs', 'AML.graph', 'images', env=dict(ENV, LEUKO_MVNC='libm.so.6'))
check(r.returncode == 1 and 'has no mvncGetDeviceName' in r.stderr, 'another library', r.stderr)
small_model()
run('compile', 'm.safetensors', '-o', 'ours.graph')
r = stick('ours.graph', 'images')
check(r.returncode == 1 and 'the stick runs graphs that mvNCCompile' in r.stderr and 'safetensors' in r.stderr,
      "leuko's own graph is refused by name", r.stderr)
r = run('classify', 'AML.graph', 'images')
check(r.returncode == 1 and 'Neural Compute Stick (NCSDK v1)' in r.stderr, "the stick's graph on the processor too", r.stderr)
r = run('classify', '--device', 'gpu', 'AML.graph', 'images')
check(r.returncode == 2 and '--device gpu: must be cpu or ncs' in r.stderr, 'no other device', r.stderr)
done()
