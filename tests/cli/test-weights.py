#!/usr/bin/env python3
"""leuko weights: converts and inspects what PyTorch's format holds, refuses in one line what is no file of
weights, and fetches over https only, resuming, with size and digest checked."""
import hashlib
import http.server
import io
import json
import os
import pickle
import ssl
import struct
import subprocess
import tarfile
import threading
import zipfile

import torchfile
from harness import ENV, LEUKO, QUICK, WORK, check, digest, done, path, run, tensors, write


def refused(what, said, *args, code=1, env=ENV):
    r = run(*args, env=env)
    check(r.returncode == code and r.stderr.count('\n') == 1 and said in r.stderr, what, r)


# --- list, inspect, convert ---------------------------------------------------------------------
r = run('weights', 'list', '--json', '-')
known = json.loads(r.stdout)
check(r.returncode == 0 and len(known) >= 5 and all(k['address'].startswith('https://') for k in known), 'list', r)
check(all(set(k) == {'name', 'address', 'bytes', 'sha256', 'license', 'license_page', 'what'} and k['license'] and
          k['license_page'].startswith('https://') for k in known), 'list: size, digest, license and where it is stated', r)
named = {k['name']: k for k in known}['torchvision']
check(named['sha256'][:8] in named['address'], "torchvision's address begins with its digest", named)

network = torchfile.tiny_network(classes=3)  # torchvision's names, depth multiplier 0.1, by formula
write('tiny.pth', torchfile.zip_file(network))
write('legacy.pth', torchfile.legacy_file(network))
write('nested.pth', torchfile.zip_file({'epoch': 1, 'model_state_dict': {'module.' + k: v for k, v in network.items()}}))
r = run('weights', 'inspect', 'tiny.pth', '--json', '-')
told = json.loads(r.stdout)
check(told['names'] == 'torchvision' and told['classes'] == 3 and told['complete_endpoint'] == 'Mixed_7c' and
      told['missing'] == [] and len(told['tensors']) == len(network), 'inspect: whose names, how complete', r)
first = network['Conv2d_1a_3x3.conv.weight']
row = {t['name']: t for t in told['tensors']}['Conv2d_1a_3x3.conv.weight']
mean = sum(first.values) / len(first.values)
sd = (sum((v - mean) ** 2 for v in first.values) / len(first.values)) ** 0.5
check(row['shape'] == list(first.shape) and row['type'] == 'F32' and abs(row['mean'] - mean) < 1e-6 and
      abs(row['sd'] - sd) < 1e-6, 'inspect: shape, type, mean and deviation of a tensor', row)
cut = {k: v for k, v in network.items() if not k.startswith(('Mixed_7c.branch3x3_1', 'fc'))}
write('cut.pth', torchfile.zip_file(cut))
r = run('weights', 'inspect', 'cut.pth')
check('complete to Mixed_7b' in r.stdout and 'Mixed_7c/Branch_1/Conv2d_0a_1x1/weights' in r.stdout,
      'inspect names what is missing for which endpoint', r)

for name, kind, network_says, more in (
        ('tiny.pth', 'a zip file', 'complete to Mixed_7c', {'classifier': '3 classes', 'use': 'a complete classifier'}),
        ('legacy.pth', 'before 1.6', 'average pools count padding', {'use': 'a complete classifier'}),
        ('cut.pth', 'a zip file', 'complete to Mixed_7b', {'lacks': 'Mixed_7c/Branch_1/Conv2d_0a_1x1', 'use': 'to endpoint Mixed_7b'})):
    r = run('info', name, '--json', '-')
    told = json.loads(r.stdout)
    check("PyTorch's .pth" in told['kind'] and kind in told['kind'] and 'torchvision' in told['network'] and
          network_says in told['network'] and all(v in told[k] for k, v in more.items()) and 'F32' in told['tensors'],
          'info %s: container, tensors, names, how complete, what it serves for' % name, told)

for name in ('tiny', 'legacy', 'nested'):
    r = run('weights', 'convert', name + '.pth', name + '.safetensors')
    check(r.returncode == 0 and 'complete classifier' in r.stdout, 'convert %s.pth' % name, r)


a, meta = tensors('tiny.safetensors')
check(a == tensors('legacy.safetensors')[0] == tensors('nested.safetensors')[0],
      'zip, legacy and a training checkpoint convert to the same tensors')
oc, ic, kh, kw = first.shape
hwio = [first.values[((o * ic + i) * kh + y) * kw + x]
        for y in range(kh) for x in range(kw) for i in range(ic) for o in range(oc)]
check(a['InceptionV3/Conv2d_1a_3x3/weights'] == ([kh, kw, ic, oc], struct.pack('<%df' % len(hwio), *hwio)),
      'convolutions become HWIO, to the bit')
model = json.loads(meta['leuko'])
check(model['provenance']['source']['transform_input'] is True and model['provenance']['source']['background_class'] is False,
      'transform_input and the absent background class are recorded', model)
check(model['architecture']['pool_includes_padding'] is True and model['classes'] == ['0', '1', '2'] and
      model['provenance']['source']['names'] == 'torchvision', 'pooling, classes and source stand in the model', model)
r = run('weights', 'convert', 'cut.pth', 'cut.safetensors')
check(r.returncode == 0 and 'without a classifier' in r.stdout, 'convert without a classifier', r)
check(json.loads(tensors('cut.safetensors')[1]['leuko_weights'])['pool_includes_padding'] is True,
      'weights without a classifier keep the pooling')
r = run('freeze', 'tiny.safetensors', '-o', 'back.safetensors', '--names', 'torchvision')
back = {k: b for k, (_, b) in tensors('back.safetensors')[0].items()}
check(r.returncode == 0 and back == {k: struct.pack('<%df' % len(v.values), *v.values) for k, v in network.items()},
      'freeze --names torchvision gives back every value', r)
run('synth', 'cells', '--per-class', '2', '--groups', '2', '--size', '75')
a, b = (run('classify', f + '.safetensors', 'cells/blast', '--json', '-') for f in ('tiny', 'back'))
a, b = ([answer['probabilities'] for answer in json.loads(x.stdout)['answers']] for x in (a, b))
check(len(a) == 2 and a == b,
      'a model under torchvision\'s names answers as under slim\'s', b)
for bad, said in ((['freeze', 'tiny.safetensors', '-o', 'x.pb', '--names', 'slim'], "a .pb has slim's names"),
                  (['freeze', 'tiny.safetensors', '-o', 'x.safetensors', '--names', 'other'], 'must be slim or torchvision'),
                  (['weights', 'nothing'], 'must be list, fetch'), (['weights', 'convert', 'a'], 'usage: leuko weights'),
                  (['weights', 'fetch', 'nobody'], 'unknown name')):
    refused('wrong usage: ' + ' '.join(bad), said, *bad, code=2)

# --- what is no file of weights -----------------------------------------------------------------
write('page.pth', '<!DOCTYPE html><html><body>404</body></html>')
write('pointer.pth', 'version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 1\n')


class Evil:
    def __reduce__(self):
        return os.system, ('touch %s' % path('executed'),)


write('evil.pth', pickle.dumps(Evil(), protocol=2))
write('evil-zip.pth', torchfile.zip_of(pickle.dumps({'w': Evil()}, protocol=2), {}))
bomb = io.BytesIO()
with zipfile.ZipFile(bomb, 'w', zipfile.ZIP_DEFLATED) as z:
    z.writestr('archive/data.pkl', bytes(50 << 20))
write('bomb.pth', bomb.getvalue())
other = io.BytesIO()
with zipfile.ZipFile(other, 'w') as z:
    z.writestr('letter.txt', 'hello')
write('other.pth', other.getvalue())
write('plain.pth', pickle.dumps({'a': 1}, protocol=2))
write('lying.pth', torchfile.zip_file({'w': torchfile.Tensor((1 << 40, 1 << 40), [1.0])}))
write('reach.pth', torchfile.zip_file({'w': torchfile.Tensor((2, 2), [1.0, 2.0, 3.0])}))
write('many.pth', torchfile.zip_file({'w': torchfile.Tensor((1 << 20, 1 << 10), [1.0], strides=(0, 0))}))
write('short.pth', torchfile.legacy_file(network)[:-8])
write('zip-short.pth', torchfile.zip_file(network)[:-8])
write('transformer.safetensors', torchfile.safetensors({'encoder.layer.0.attention.self.query.weight': ([2], [1, 2])}))
for name, said in (('page.pth', 'an HTML page'), ('pointer.pth', 'a Git LFS pointer'), ('evil.pth', 'posix.system'),
                   ('evil-zip.pth', 'posix.system'), ('bomb.pth', 'is compressed'), ('other.pth', 'no data.pkl'),
                   ('plain.pth', 'not one that torch.save() wrote'), ('lying.pth', 'invalid offset'),
                   ('reach.pth', 'beyond the end of its storage'), ('many.pth', 'many times larger than the file'),
                   ('short.pth', 'is larger than the rest of the file'), ('zip-short.pth', 'zip'),
                   ('transformer.safetensors', 'looks like a transformer'), ('absent.pth', 'No such file')):
    refused('%s is refused in one line' % name, said, 'weights', 'convert', name, 'out.safetensors')
    refused('%s as --weights, likewise' % name, said, 'features', '--weights', name, 'cells', '-o', 'f.npy')
check(digest('executed') is None and digest('out.safetensors') is None, 'nothing was executed, nothing written')

# --- fetch --------------------------------------------------------------------------------------
subprocess.run(['openssl', 'req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2', '-subj', '/CN=localhost',
                '-addext', 'subjectAltName=DNS:localhost', '-keyout', path('key.pem'), '-out', path('cert.pem')],
               check=True, stderr=subprocess.DEVNULL)
BODY = bytes(range(256)) * 4096
asked = []


class Server(http.server.BaseHTTPRequestHandler):
    def log_message(self, *args):
        pass

    def do_GET(self):
        asked.append((self.path, self.headers.get('Range')))
        if self.path in ('/to-http', '/to-file', '/to-there'):
            self.send_response(302)
            self.send_header('Location', {'/to-http': 'http://localhost:9/there.bin', '/to-file': 'file:///etc/passwd',
                                          '/to-there': '/there.bin'}[self.path])
            self.end_headers()
            return
        body = open(path(self.path[1:]), 'rb').read() if self.path.endswith('.tar.gz') else BODY
        if self.path == '/absent':
            self.send_error(404)
            return
        if self.path.startswith('/tagged'):
            return self.tagged()
        if self.path == '/slow.bin':
            started.set()
            released.wait(60)
        begin = 0
        if self.headers.get('Range') and self.path != '/no-range.bin':
            begin = int(self.headers['Range'].split('=')[1].split('-')[0])
            if begin >= len(body):
                self.send_error(416)
                return
            self.send_response(206)
            self.send_header('Content-Range', 'bytes %d-%d/%d' % (begin, len(body) - 1, len(body)))
        else:
            self.send_response(200)
        self.send_header('Content-Length', str(len(body) - begin))
        self.end_headers()
        cut_here = self.path == '/cut.bin' and begin == 0
        self.wfile.write(body[begin:begin + 300000] if cut_here else body[begin:])


    def tagged(self):
        """A file with an ETag, cut at the first request. /tagged-new.bin is another file from the second one on;
        /tagged-rude.bin too, and its server ignores If-Range."""
        n = sum(x[0] == self.path for x in asked)
        changed = n > 1 and self.path != '/tagged-same.bin'
        body, tag = (BODY[::-1], '"new"') if changed else (BODY, '"old"')
        begin = int((self.headers.get('Range') or 'bytes=0-').split('=')[1].split('-')[0])
        conditions.append(self.headers.get('If-Range'))
        if self.path != '/tagged-rude.bin' and self.headers.get('If-Range') not in (None, tag):
            begin = 0
        self.send_response(206 if begin else 200)
        if begin:
            self.send_header('Content-Range', 'bytes %d-%d/%d' % (begin, len(body) - 1, len(body)))
        self.send_header('ETag', tag)
        self.send_header('Content-Length', str(len(body) - begin))
        self.end_headers()
        self.wfile.write(body[begin:300000] if n == 1 else body[begin:])


conditions, started, released = [], threading.Event(), threading.Event()
context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain(path('cert.pem'), path('key.pem'))
server = http.server.ThreadingHTTPServer(('localhost', 0), Server)
server.socket = context.wrap_socket(server.socket, server_side=True)
threading.Thread(target=server.serve_forever, daemon=True).start()
URL = 'https://localhost:%d/' % server.server_port
TRUST = dict(ENV, SSL_CERT_FILE=path('cert.pem'), no_proxy='localhost', NO_PROXY='localhost')
sha = hashlib.sha256(BODY).hexdigest()


def fetch(name, *more):
    return run('weights', 'fetch', URL + name, '-o', 'got', *more, env=TRUST)


r = fetch('there.bin', '--sha256', sha)
check(r.returncode == 0 and open(path('got/there.bin'), 'rb').read() == BODY and sha in r.stdout, 'fetch', r)
n = len(asked)
r = fetch('there.bin', '--sha256', sha)
check(r.returncode == 0 and len(asked) == n, 'what is there and right is not fetched again', r)
r = fetch('cut.bin', '--sha256', sha)
check(r.returncode == 1 and r.stderr.count('\n') == 1 and 'the downloaded part is kept' in r.stderr and
      digest('got/cut.bin') is None and os.path.getsize(path('got/cut.bin.part')) == 300000,
      'a cut connection keeps what came, under .part', r)
r = fetch('cut.bin', '--sha256', sha)
check(r.returncode == 0 and asked[-1] == ('/cut.bin', 'bytes=300000-') and
      open(path('got/cut.bin'), 'rb').read() == BODY and digest('got/cut.bin.part') is None,
      'the next fetch asks for the rest only', r)
write('got/no-range.bin.part', b'xx')
r = fetch('no-range.bin', '--sha256', sha)
check(r.returncode == 0 and open(path('got/no-range.bin'), 'rb').read() == BODY,
      'a server that cannot resume: begun anew', r)
r = fetch('wrong.bin', '--sha256', '0' * 64)
check(r.returncode == 1 and r.stderr.count('\n') == 1 and sha in r.stderr and '0' * 64 in r.stderr and
      digest('got/wrong.bin') is None and digest('got/wrong.bin.part') is None,
      'a wrong digest: both are named, the file is refused and removed', r)
r = fetch('unknown.bin')
check(r.returncode == 0 and open(path('got/unknown.bin.sha256')).read() == sha + '  unknown.bin\n' and
      'no SHA-256 is published' in r.stderr, 'without a published digest the one found is written down', r)
write('got/unknown.bin', b'changed')
r = fetch('unknown.bin')
check(r.returncode == 1 and 'SHA-256 is' in r.stderr, 'and holds from then on', r)
r = fetch('to-there')
check(r.returncode == 0 and open(path('got/to-there'), 'rb').read() == BODY, 'a redirect to https is followed', r)
for name in ('to-http', 'to-file'):
    r = fetch(name)
    check(r.returncode == 1 and 'only https' in r.stderr and digest('got/' + name) is None,
          'a redirect %s is refused' % name.replace('-', ' '), r)
r = fetch('absent')
check(r.returncode == 1 and '404' in r.stderr and r.stderr.count('\n') == 1, 'a file that is not there', r)
refused('an untrusted certificate is refused', 'certificate', 'weights', 'fetch', URL + 'there.bin', '-o', 'elsewhere')
refused('http is refused', 'not an https address', 'weights', 'fetch', URL.replace('https', 'http') + 'x.bin')


def tar(name, entries):
    with tarfile.open(path(name), 'w:gz') as t:
        for entry, data in entries:
            info = tarfile.TarInfo(entry)
            info.size = len(data or b'')
            if data is None:
                info.type, info.linkname = tarfile.SYMTYPE, '/etc/passwd'
            t.addfile(info, io.BytesIO(data or b''))


tar('good.tar.gz', [('inception_v3.ckpt', b'weights'), ('more/notes.txt', b'text')])
r = fetch('good.tar.gz')
check(r.returncode == 0 and open(path('got/inception_v3.ckpt')).read() == 'weights' and
      open(path('got/more/notes.txt')).read() == 'text' and 'got/inception_v3.ckpt' in r.stdout, 'a .tar.gz is unpacked', r)
for entry, data in (('../outside', b'x'), ('/tmp/leuko-outside', b'x'), ('a/../../outside', b'x'), ('link', None)):
    tar('bad.tar.gz', [(entry, data)])
    for leftover in ('bad.tar.gz', 'bad.tar.gz.sha256'):
        if os.path.exists(path('got', leftover)):
            os.remove(path('got', leftover))
    r = fetch('bad.tar.gz')
    errors = [line for line in r.stderr.splitlines() if not line.startswith('leuko: fetch: ')]  # progress
    check(r.returncode == 1 and len(errors) == 1 and digest('outside') is None and
          digest('got/link') is None and not os.path.exists('/tmp/leuko-outside'),
          'an archive with %s is refused' % entry, r)

# --- a source that changes, an archive over files, two at once ----------------------------------
for name, body in (('tagged-same.bin', BODY), ('tagged-new.bin', BODY[::-1]), ('tagged-rude.bin', BODY[::-1])):
    del conditions[:]
    r = fetch(name)
    check(r.returncode == 1 and 'continues from it' in r.stderr and not os.path.exists(path('got', name + '.sha256')),
          '%s: cut, without a record of a digest' % name, r)
    r = fetch(name)
    check(r.returncode == 0 and open(path('got', name), 'rb').read() == body and conditions[1] == '"old"' and
          hashlib.sha256(body).hexdigest() in open(path('got', name + '.sha256')).read() and
          not [f for f in os.listdir(path('got')) if f.startswith(name + '.part')],
          '%s: the next fetch asks with If-Range, and the file is of one piece' % name, (r, conditions))
write('got/other.bin.part', BODY[:1000][::-1])
write('got/other.bin.part.source', 'https://elsewhere/other.bin\n"old"\n')
r = fetch('other.bin')
check(r.returncode == 0 and open(path('got/other.bin'), 'rb').read() == BODY, 'a part from another address is not continued', r)
write('got/own.bin', b'of the user')
r = fetch('own.bin')
check(r.returncode == 1 and 'nothing says that it was downloaded' in r.stderr and not os.path.exists(path('got/own.bin.sha256')),
      'a file of the user is not taken for the download', r)
first = subprocess.Popen([LEUKO, 'weights', 'fetch', URL + 'slow.bin', '-o', 'got'], cwd=WORK, env=TRUST, stdout=subprocess.PIPE,
                         stderr=subprocess.PIPE, text=True)
started.wait(60)
r = fetch('slow.bin')
released.set()
first.communicate()
check(r.returncode == 1 and 'got/slow.bin: in use by process %d on host ' % first.pid in r.stderr and r.stderr.count('\n') == 1 and
      first.returncode == 0 and open(path('got/slow.bin'), 'rb').read() == BODY, 'of two fetches of one file, the second is refused', r)
tar('over.tar.gz', [('new.ckpt', b'new'), ('inception_v3.ckpt', b'other weights')])
r = fetch('over.tar.gz')
check(r.returncode == 1 and 'exists and differs' in r.stderr and open(path('got/inception_v3.ckpt')).read() == 'weights' and
      not os.path.exists(path('got/new.ckpt')), 'an archive replaces no file, and nothing of it is unpacked', r)
os.remove(path('got/inception_v3.ckpt'))
r = fetch('over.tar.gz')
check(r.returncode == 0 and open(path('got/inception_v3.ckpt')).read() == 'other weights' and
      r.stderr.count('unpacking') == 2, 'the names are shown, then the files appear', r)
r = fetch('over.tar.gz')
check(r.returncode == 0, 'files that are there already with the same content stay', r)
tar('twice.tar.gz', [('twice.ckpt', b'a'), ('twice.ckpt', b'b')])
r = fetch('twice.tar.gz')
check(r.returncode == 1 and 'twice' in r.stderr and not os.path.exists(path('got/twice.ckpt')), 'a name twice in an archive', r)
check(not [f for f in os.listdir(path('got')) if f.startswith('.')], 'no hidden folder remains', os.listdir(path('got')))
server.shutdown()
done()
