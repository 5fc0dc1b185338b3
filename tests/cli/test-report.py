"""`--report DIR` of eval, crossval and compare: one page without outside references, every figure, no injected text."""
import html.parser
import json
import os
import re
import shutil
from harness import LEUKO, QUICK, TINY, check, digest, done, messages, path, run, small_model, write

RESOURCES = ('src', 'srcset', 'data', 'poster', 'action', 'formaction', 'background', 'xlink:href')
VOID = {'meta', 'img', 'br', 'hr', 'input', 'link', 'path', 'rect'}


class Page(html.parser.HTMLParser):
    """Tags, attributes and text of a page; names what would load something and tags that do not match."""

    def __init__(self, text):
        super().__init__()
        self.open, self.bad, self.ids, self.text, self.tags, self.alts = [], [], [], [], [], []
        self.feed(text)
        self.bad += ['not closed: %s' % t for t in self.open]
        self.words = ' '.join(' '.join(self.text).split())

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        if tag in ('script', 'link', 'iframe', 'object', 'embed', 'base', 'form'):
            self.bad.append('element %s' % tag)
        for key, value in attrs:
            if key.startswith('on') or (key in RESOURCES and not (value or '').startswith('data:image/')):
                self.bad.append('%s=%s' % (key, value))
            if key == 'href' and not (value or '').startswith('#'):
                self.bad.append('href %s' % value)
            if key == 'id':
                self.ids.append(value)
            if key == 'alt':
                self.alts.append(value)
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self.open.pop()

    def handle_endtag(self, tag):
        if not self.open or self.open.pop() != tag:
            self.bad.append('end of %s' % tag)

    def handle_data(self, data):
        if self.open[-1:] != ['style']:
            self.text.append(data)
        elif re.search(r'url\(|@import', data):
            self.bad.append('style loads something')


def load(folder):
    text = open(path(folder, 'report.html')).read()
    return Page(text), json.load(open(path(folder, 'report.json'))), text


def figures(value, found):
    """All objects that are figures, with their path."""
    if isinstance(value, dict):
        if 'method' in value and ('value' in value or 'difference' in value):
            found.append(value)
        for v in value.values():
            figures(v, found)
    elif isinstance(value, list):
        for v in value:
            figures(v, found)
    return found


def missing(words, result):
    """Numbers of figures that the page does not show."""
    shown = set(words.split()) | {w.strip('(),.;:') for w in words.split()}
    return [(key, f) for f in figures(result, []) for key in ('value', 'low', 'high', 'first', 'second')
            if isinstance(f.get(key), float) and not {'%.3f' % f[key], '%+.3f' % f[key]} & shown]


def is_sound(name, folder):
    page, report, text = load(folder)
    check(not page.bad and len(page.ids) == len(set(page.ids)), name + ': the page loads nothing and is well formed',
          (page.bad, page.ids))
    result = dict(report['result'])
    result.pop('repeats', None)  # each repeat has one table of its main figures
    gone = missing(page.words, result)
    check(not gone, name + ': the page has every figure of report.json', gone[:5])
    check(sorted(os.listdir(path(folder))) == ['report.html', 'report.json'] and 'http://' not in text and
          'https://' not in text, name + ': two files and no address', os.listdir(path(folder)))
    check(page.words.count('Research use only, not for diagnosis') >= 2 and report['format'] == 1 and report['summary'],
          name + ': for research only, and a summary', page.words[:300])
    links = set(re.findall(r'href="#([^"]*)"', text))
    check(links and links <= set(page.ids), name + ': links lead to sections', links - set(page.ids))
    return page, report, text


small_model()
r = run('train', 'shards', '--model', 'n.safetensors', *TINY)
r = run('eval', 'm.safetensors', 'shards', '--report', 'r', '--json', 'e.json', '--positive', 'blast')
check(r.returncode == 0 and 'accuracy' in r.stdout, 'eval --report', r)
page, report, text = is_sound('eval', 'r')
e = json.load(open(path('e.json')))
check(report['result'] == e, 'report.json has what --json writes', [k for k in e if e[k] != report['result'].get(k)])
check(report['kind'] == 'eval' and report['provenance']['command'].startswith('leuko eval m.safetensors shards --report r'),
      'the command line', report['provenance'])
check(all(t in page.tags for t in ('svg', 'table', 'details')) and page.tags.count('svg') >= 4 and
      'canvas' not in page.tags, 'charts need no script', page.tags)
for curve in ('roc', 'precision_recall', 'risk_coverage'):
    check(report['curves'][curve][0]['points'], curve + ' has points', report['curves'])
area = sum((b[0] - a[0]) * (a[1] + b[1]) / 2 for a, b in zip(report['curves']['roc'][0]['points'],
                                                             report['curves']['roc'][0]['points'][1:]))
check(abs(area - e['auc']['value']) < 1e-6, 'the area under the ROC curve is the AUC', (area, e['auc']))
risk = report['curves']['risk_coverage'][0]['points'][-1]
check(abs(risk[1] - (1 - e['accuracy']['value'])) < 1e-8 and risk[0] == 1, 'risk at full coverage', risk)
wrong = sum(e['confusion'][i][j] for i in range(2) for j in range(2) if i != j)
check(report['mistakes']['n'] == wrong and len(report['mistakes']['images']) == min(wrong, 12) and
      sum(a.startswith('Image ') for a in page.alts) == min(wrong, 12), 'the worst mistakes are shown as images',
      (report['mistakes'], page.alts))
mistakes = report['mistakes']
heat = [m.get('heat') for m in mistakes['images']]
check(wrong > 0 and mistakes['maps'] is True and all(heat) and sum(a.startswith('Heat map of ') for a in page.alts) == len(heat),
      'each of them has its heat map', (mistakes, page.alts))
shares = [h['inside_share'] for h in heat if h['inside_share'] is not None]
check(all(0 <= s <= 1 and 'Heat inside the cell: %.0f %%' % (100 * s) in page.words for s in shares) and
      all(h['endpoint'] == heat[0]['endpoint'] for h in heat), 'with the share of heat inside the cell', heat)
ratios = sorted(h['ratio'] for h in heat if h['ratio'] is not None)
weak = ratios and (ratios[len(ratios) // 2] + ratios[(len(ratios) - 1) // 2]) / 2 < 3
check(bool(weak) == ('Do not read the maps as places: ' in page.words and 'the map does not show where the evidence lies' in page.words),
      'the page says where maps do not show the place', (ratios, mistakes['doubts']))
check('data:' not in json.dumps(report), 'report.json has no images')
flow = report['flow']
rows = open(path('shards/split.csv')).read().strip().split('\n')[1:]
out = open(path('shards/excluded.csv')).read().strip().split('\n')[1:]
check(flow['files'] == len(rows) + len(out) and sum(s['images'] for s in flow['splits']) == len(rows) and
      flow['groups_in_two_splits'] == 0 and flow['evaluated']['images'] == e['n'] and
      sum(d['images'] for d in flow['decisions']) == e['n'], 'the flow of the data', flow)
check(len(report['audit']['ledger']) == 1 and report['audit']['ledger'][0]['model'] == report['model']['digest'],
      'the audit has the ledger', report['audit'])
lists = {c['name']: c for c in report['checklists']}
check({k: len(c['items']) for k, c in lists.items()} == {'STARD-AI': 48, 'TRIPOD+AI': 52, 'CLAIM': 44, 'IMDRF GMLP': 10},
      'the four checklists are whole', {k: len(c['items']) for k, c in lists.items()})
check(all(i['state'] == 'open' or i['fact'] for c in lists.values() for i in c['items']) and
      all(c['filled'] > 0 and c['n'] > c['filled'] + c['partly'] for k, c in lists.items()) and
      'to be written by the authors' in page.words, 'items are filled, or open and visibly so', lists)

# the same inputs give the same page, but for its time; an earlier report is replaced
first = text
r = run('eval', 'm.safetensors', 'cells', '--group-by', '(P[0-9]+)', '--report', 'r')
check(r.returncode == 0 and load('r')[1]['result']['data'] == 'cells', 'an earlier report is replaced', r)
r = run('eval', 'm.safetensors', 'cells', '--group-by', '(P[0-9]+)', '--report', 'r')
a = re.sub(r'20\d\d-\d\d-\d\dT[0-9:]*Z', '', load('r')[2])
r = run('eval', 'm.safetensors', 'cells', '--group-by', '(P[0-9]+)', '--report', 'r', '--threads', '1')
b = re.sub(r'20\d\d-\d\d-\d\dT[0-9:]*Z', '', load('r')[2]).replace(' --threads 1', '')
check(a == b, 'the same inputs give the same page')
left = [n for n in os.listdir(path()) if n.endswith('.partial')]
check(not left, 'nothing is left behind', left)

# a folder that is no report of ours is refused before the work, and stays
write('mine/report.html', 'x')
write('mine/notes.txt', 'x')
write('other/report.html', 'x')
write('other/report.json', '{"format": 1}')
os.symlink(path('r'), path('link'))
for folder, status in (('mine', 2), ('other', 2), ('link', 2), ('cells', 1), ('cells/inside', 1), ('e.json', 2)):
    before = digest(folder)
    r = run('eval', 'm.safetensors', 'cells', '--report', folder)
    check(r.returncode == status and len(messages(r)) == 1 and digest(folder) == before and
          'accuracy' not in r.stdout, 'refused: --report ' + folder, r)
r = run('eval', 'm.safetensors', 'cells', '--report', '/proc/x/y')
check(r.returncode == 1 and not r.stdout, 'a place that cannot be written', r)

# hostile names: classes, groups, files and the command
evil = '<img src=x onerror=alert(1)>"\'&amp;'.replace('/', '')
shutil.copytree(path('cells/blast'), path('bad', evil + 'blast'))
shutil.copytree(path('cells/lymphocyte'), path('bad', '<script>alert(2)<'))
for folder in os.listdir(path('bad')):
    for n, name in enumerate(sorted(os.listdir(path('bad', folder)))):
        group = '</td><script>G%d' % (n % 4)
        os.makedirs(path('bad', folder, group.replace('/', '_')), exist_ok=True)
        os.rename(path('bad', folder, name), path('bad', folder, group.replace('/', '_'), '"><b>\x1b[31m%s' % name))
r = run('crossval', 'bad', *TINY, '--layout', 'class/group', '--report', 'hostile', '--positive', evil + 'blast')
check(r.returncode == 0, 'crossval of hostile names', r)
page, report, text = is_sound('hostile names', 'hostile')
check('<script' not in text and '<b>\x1b' not in text and '\x1b' not in text and
      'onerror' not in re.sub(r'&lt;img src=x onerror=', '', text), 'hostile names are escaped')
check('<script>alert(2)<' in page.words and '\\x1b[31m' in page.words, 'hostile names are shown', page.words[:500])

# cross-validation
r = run('crossval', 'cells', '--group-by', '(P[0-9]+)', *TINY, '--repeats', '2', '--folds', '3', '--report', 'c',
        '--json', 'c.json')
check(r.returncode == 0, 'crossval --report', r)
page, report, text = is_sound('crossval', 'c')
check(report['result'] == json.load(open(path('c.json'))) and len(report['curves']['roc']) == 2 and
      'Over the repeats' in page.words and 'All folds (6)' in page.words, 'repeats and folds', page.words[:500])
check(report['mistakes']['n'] == 0 or ('There are no heat maps: each image was answered by the model of its fold' in page.words and
      not any(a.startswith('Heat map') for a in page.alts)), 'why there are no heat maps', page.words[-3000:])
spread = [v for f in report['result']['spread'].values() for v in f.values() if v is not None]
check(all('%.3f' % v in page.words for v in spread), 'the spread over the repeats', spread)

# comparison
r = run('compare', 'm.safetensors', 'n.safetensors', 'cells', '--report', 'd', '--json', 'd.json')
check(r.returncode == 0, 'compare --report', r)
page, report, text = is_sound('compare', 'd')
check(report['result'] == json.load(open(path('d.json'))) and len(report['curves']['roc']) == 2 and
      all('%+.3f' % f['difference'] in page.words for f in report['result']['figures'].values()
          if f['difference'] is not None), 'differences', page.words[:500])
c = report['result']['correct']
check(report['mistakes']['n'] == c['only_first'] + c['only_second'], 'the images that one model has wrong', c)

check(all('heat' in m and m['model'] in ('m.safetensors', 'n.safetensors') for m in report['mistakes']['images']),
      'heat maps of the model that is wrong', report['mistakes'])

# more than two classes
r = run('synth', 'three', '--per-class', '8', '--groups', '4', '--size', '96', '--classes',
        'lymphocyte,neutrophil,monocyte')
r = run('sort', 'three', '--out', 'three-shards', '--group-by', '(P[0-9]+)', '--validation', '0.25', '--test', '0.25')
r = run('train', 'three-shards', '--model', 't.safetensors', *TINY)
r = run('eval', 't.safetensors', 'three', '--report', 't')
check(r.returncode == 0, 'three classes', r)
page, report, text = is_sound('three classes', 't')
check([x['class'] for x in report['curves']['roc']] == report['result']['classes'] and
      len(report['result']['classes']) == 3, 'a curve for each class', report['curves']['roc'])
done()
