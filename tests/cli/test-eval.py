#!/usr/bin/env python3
"""leuko eval and leuko classify, as a user runs them; the figures are computed again here from the
table of probabilities."""
import concurrent.futures
import csv
import json
import os
import shutil
import signal
import subprocess
from harness import ENV, LEUKO, QUICK, WORK, check, digest, done, messages, path, run, small_model, write


def ratio(a, b):
    return a / b if b else float('nan')


def same_figures(figures, rows, positive):
    """Accuracy, sensitivity, specificity, AUC, Brier and the confusion from the CSV's rows."""
    p = [float(r['p(%s)' % positive]) for r in rows]
    y = [r['truth'] == positive for r in rows]
    d = [r['decided'] == positive for r in rows]
    pos = [v for v, t in zip(p, y) if t]
    neg = [v for v, t in zip(p, y) if not t]
    expected = {
        'accuracy': ratio(sum(a == b for a, b in zip(y, d)), len(y)),
        'sensitivity': ratio(sum(a and b for a, b in zip(y, d)), len(pos)),
        'specificity': ratio(sum(not a and not b for a, b in zip(y, d)), len(neg)),
        'auc': ratio(sum((a > b) + 0.5 * (a == b) for a in pos for b in neg), len(pos) * len(neg)),
        'brier': ratio(sum((v - t) ** 2 for v, t in zip(p, y)), len(y))}
    bad = {k: (v, figures[k]['value']) for k, v in expected.items() if abs(v - figures[k]['value']) > 2e-5}
    classes = figures['classes']
    confusion = [[sum(r['truth'] == a and r['decided'] == b for r in rows) for b in classes] for a in classes]
    if confusion != figures['confusion']:
        bad['confusion'] = (confusion, figures['confusion'])
    return bad


def opened():
    """How often the test split was opened before is told, and in the JSON."""
    shutil.copytree(path('shards'), path('opened'))
    write('opened/ledger.jsonl', '')
    for times, model, models in ((0, 'm', 0), (1, 'm', 1), (2, 'n', 1), (3, 'm', 2)):
        if model == 'n':
            run('train', 'opened', '--model', 'n.safetensors', *QUICK, '--seed', '2')
        r = run('eval', model + '.safetensors', 'opened', '--json', 'o.json')
        told = 'opened %d time%s before, for %d model%s' % (times, 's'[times == 1:], models, 's'[models == 1:])
        check(r.returncode == 0 and (told in r.stderr if times else 'opened' not in r.stderr) and
              json.load(open(path('o.json')))['test_opened_before'] == {'times': times, 'models': models},
              'the test split was opened %d times before' % times, r)
    r = run('eval', 'm.safetensors', 'opened', '--split', 'validation', '--json', 'o.json')
    check('test_opened_before' not in json.load(open(path('o.json'))), 'the validation split has no ledger', r)
    for part in 'train', 'test':
        shutil.copytree(path('cells'), path('parts', part))
    r = run('eval', 'm.safetensors', 'parts', '--json', 'o.json')
    check('evaluating the test split' in r.stderr and os.listdir(path('parts')) in (['test', 'train'], ['train', 'test']) and
          'test_opened_before' not in json.load(open(path('o.json'))), 'nothing is written into a folder of images', r)
    with concurrent.futures.ThreadPoolExecutor(6) as pool:
        runs = list(pool.map(lambda i: run('eval', 'm.safetensors', 'opened', '--json', 'o%d.json' % i), range(6)))
    told = sorted(json.load(open(path('o%d.json' % i)))['test_opened_before']['times'] for i in range(6))
    lines = [json.loads(x) for x in open(path('opened/ledger.jsonl'))]
    check(told == [4, 5, 6, 7, 8, 9] and len(lines) == 10, 'six evaluations at the same time: each is counted', (told, lines, runs))
    with open(path('opened/ledger.jsonl'), 'a') as f:
        f.write('{"opened": \n')
    r = run('eval', 'm.safetensors', 'opened')
    check(r.returncode == 1 and 'ledger.jsonl: line 11' in r.stderr and len(messages(r)) == 2,
          'a damaged ledger is named with its line', r)


def patients():
    """Patients of one class each: the rule is learned on validation; the figures are computed again here."""
    run('synth', 'wards', '--per-class', '48', '--groups', '12', '--size', '96')
    rows = ['file,group'] + ['%s/%s,%s-%s' % (c, n, c, n.split('_')[0]) for c in ('blast', 'lymphocyte')
                             for n in sorted(os.listdir(path('wards', c)))]
    write('wards.csv', '\n'.join(rows) + '\n')
    r = run('sort', 'wards', '--out', 'wards-shards', '--groups', 'wards.csv', '--validation', '0.3', '--test', '0.3')
    check(r.returncode == 0, 'patients of one class', r)
    r = run('train', 'wards-shards', '--model', 'w.safetensors', *QUICK, '--json', 't.json')
    share = json.load(open(path('t.json')))['patient_share']
    check(r.returncode == 0 and 0 < share < 1 and 'a patient is blast if at least' in r.stdout,
          'train learns from which share of its cells a patient is positive', r)
    r = run('eval', 'w.safetensors', 'wards-shards', '--json', 'e.json', '--csv', 'e.csv')
    told = json.load(open(path('e.json')))['per_patient']
    cells = {}
    for row in csv.DictReader(open(path('e.csv'))):
        cells.setdefault(row['group'], []).append((row['truth'] == 'blast', row['decided'] == 'blast'))
    truth = {g: v[0][0] for g, v in cells.items()}
    score = {g: sum(d for _, d in v) / len(v) for g, v in cells.items()}
    found = [score[g] >= share for g in cells if truth[g]]
    check(told['learned'] and abs(told['share'] - share) < 1e-8 and told['patients'] == len(cells) and
          told['mixed'] == 0 and abs(told['figures']['sensitivity']['value'] - ratio(sum(found), len(found))) < 1e-8 and
          told['figures']['sensitivity']['method'] == 'Wilson' and 'per patient: ' in r.stdout, 'figures per patient',
          (told, score, r))
    r = run('info', 'w.safetensors')
    check('positive from a share of' in r.stdout, 'info tells the rule', r)
    r = run('freeze', 'w.safetensors', '-o', 'w.pb')
    again = run('eval', 'w.pb', 'wards-shards', '--json', 'e2.json')
    check(again.returncode == 0 and abs(json.load(open(path('e2.json')))['per_patient']['share'] - share) < 1e-8,
          'a frozen graph keeps the rule', again)
    r = run('eval', 'w.safetensors', 'wards', '--group-by', '(P[0-9]+)', '--json', 'e.json')
    told = json.load(open(path('e.json')))['per_patient']
    check(told['patients'] == 0 and told['mixed'] == 12 and told['figures'] is None and
          'every group has images of both classes' in r.stdout, 'mixed patients have no class', r)
    r = run('eval', 'm.safetensors', 'wards', '--groups', 'wards.csv', '--json', 'e.json')
    told = json.load(open(path('e.json')))['per_patient']
    check(not told['learned'] and told['share'] == 0.5 and told['patients'] == 24, 'the default is a half, and said', r)


def evaluate():
    before = digest('cells')
    ledger = len(open(path('shards', 'ledger.jsonl')).readlines()) if os.path.exists(path('shards/ledger.jsonl')) else 0
    r = run('eval', 'm.safetensors', 'shards', '--json', 'e.json', '--csv', 'e.csv')
    e = json.load(open(path('e.json')))
    rows = list(csv.DictReader(open(path('e.csv'))))
    check(r.returncode == 0 and e['split'] == 'test' and 'evaluating the test split' in r.stderr,
          'the test split is the default, with a remark', r)
    check(len(open(path('shards', 'ledger.jsonl')).readlines()) == ledger + 1, 'opening it stands in the ledger')
    check(e['n'] == len(rows) > 0 and not same_figures(e, rows, 'blast'),
          'the figures are those of the images in the table', same_figures(e, rows, 'blast'))
    check(e['sensitivity']['value'] != e['accuracy']['value'] or e['specificity']['value'] == e['accuracy']['value'],
          'sensitivity is not accuracy under another name', e['sensitivity'])
    check(e['accuracy']['low'] is None and e['auc']['high'] is None and
          'fewer than 10' in e['accuracy']['method'] and e['per_group'] and 'not estimable' in r.stdout,
          'few groups: no interval, and the table by group in its place', e['accuracy'])
    check('Research use only, not for diagnosis.' in r.stdout and 'Research' in e['notice'],
          'it says what it is not for')
    check('WARNING' not in r.stderr, 'the test groups were not trained on: no warning', r.stderr)
    r = run('eval', 'm.safetensors', 'shards', '--split', 'train')
    check('WARNING: the model was trained on' in r.stderr and 'groups' in r.stderr and r.returncode == 0,
          'the training part is scored with a warning', r.stderr)
    opened()

    r = run('eval', 'm.safetensors', 'cells', '--json', 'f.json', '--csv', 'f.csv', '--prevalence', '0.1')
    f = json.load(open(path('f.json')))
    rows = list(csv.DictReader(open(path('f.csv'))))
    check('WARNING: the model was trained on' in r.stderr, 'a folder with training images: a warning', r.stderr)
    check(f['accuracy']['method'] == 'Wilson' and f['auc']['method'].startswith('DeLong') and f['per_group'] == [] and
          f['accuracy']['low'] < f['accuracy']['value'] < f['accuracy']['high'],
          'without groups: Wilson and DeLong', (f['accuracy'], f['auc']))
    se, sp = f['sensitivity']['value'], f['specificity']['value']
    check(abs(f['ppv']['value'] - se * 0.1 / (se * 0.1 + (1 - sp) * 0.9)) < 1e-6 and
          abs(f['npv']['value'] - sp * 0.9 / (sp * 0.9 + (1 - se) * 0.1)) < 1e-6 and e['ppv'] is None,
          'PPV and NPV by Bayes at the stated prevalence, and only then', (f['ppv'], f['npv']))
    r = run('eval', 'm.safetensors', 'cells', '--json', '-', '--positive', 'lymphocyte', '--threshold', '0.5')
    g = json.loads(r.stdout)
    check(g['positive'] == 'lymphocyte' and g['threshold'] == 0.5 and abs(g['auc']['value'] - f['auc']['value']) < 1e-9,
          '--positive turns the classes round: the same AUC', g)
    r = run('eval', 'm.safetensors', 'many', '--json', 'h.json', '--csv', 'h.csv', '--group-by', '(P[0-9]+)')
    h = json.load(open(path('h.json')))
    check(h['groups'] == 12 and h['accuracy']['method'] == 'Korn-Graubard over groups' and
          h['brier']['method'].startswith('BCa bootstrap over groups') and
          h['accuracy']['low'] <= h['accuracy']['value'] <= h['accuracy']['high'] and
          not same_figures(h, list(csv.DictReader(open(path('h.csv')))), 'blast'),
          'twelve groups: intervals over them', h['accuracy'])
    first = open(path('h.json')).read()
    run('eval', 'm.safetensors', 'many', '--json', 'h.json', '--group-by', '(P[0-9]+)', '--threads', '1')
    again = json.load(open(path('h.json')))
    check(all(abs(json.loads(first)[k][b] - again[k][b]) < 1e-4 for k in ('accuracy', 'auc') for b in ('low', 'high')),
          'the same interval every time', again['auc'])
    os.rename(path('many', 'lymphocyte'), path('many', 'normal'))
    r = run('eval', 'm.safetensors', 'many')
    check(r.returncode == 1 and 'blast, normal' in r.stderr and 'blast, lymphocyte' in r.stderr and
          r.stderr.count('\n') == 1, 'other classes: refused with both lists', r)
    check(digest('cells') == before, 'the images are as they were')
    return rows


def classify(table):
    r = run('classify', 'm.safetensors', 'cells', '--csv', 'c.csv', '--json', 'c.json')
    lines = r.stdout.strip().split('\n')
    rows = {x['file']: x for x in csv.DictReader(open(path('c.csv')))}
    bad = [x['file'] for x in table
           if abs(float(rows['cells/' + x['file']]['p(blast)']) - float(x['p(blast)'])) > 1e-5 or
           rows['cells/' + x['file']]['class'] != x['decided']]
    check(not bad and len(rows) == len(table), 'classify and eval prepare images alike: equal probabilities', bad)
    right = [x for x in rows.values() if x['truth'] == x['class']]
    low = [x for x in rows.values() if x['mark'] == 'low']
    low_right = [x for x in low if x in right]
    check(lines[-1] == 'Testing ended. %d correct, %d incorrect, %d low confidence: (%d correct, %d incorrect)' %
          (len(right), len(rows) - len(right), len(low), len(low_right), len(low) - len(low_right)),
          "the last line is the original's, and it counts right", lines[-1])
    check('Research use only, not for diagnosis.' in lines and len(lines) == len(rows) + 2, 'one line an image')
    check(all((float(x['confidence']) < 0.8) == (x['mark'] == 'low') for x in rows.values()), 'LOW is under 0.8')
    other = run('classify', 'm.safetensors', 'cells', '--low-confidence', '0.5', '--batch', '5', '--csv', 'd.csv')
    decided = {x['file']: x['class'] for x in csv.DictReader(open(path('d.csv')))}
    check(other.returncode == 0 and decided == {k: x['class'] for k, x in rows.items()},
          '--low-confidence changes no decision')
    run('classify', 'm.safetensors', 'cells', '--threshold', '0.999999', '--csv', 'd.csv')
    check({x['class'] for x in csv.DictReader(open(path('d.csv')))} == {'lymphocyte'}, '--threshold does')
    j = json.load(open(path('c.json')))
    check(j['images'] == len(rows) and j['correct'] == len(right) and 'Research' in j['notice'], 'the JSON agrees', j['notice'])
    some = sorted(os.listdir(path('cells', 'blast')))[:2]
    for name, source in (('Im001_1.jpg', some[0]), ('Im002_0.jpg', some[1])):
        write('idb/' + name, open(path('cells', 'blast', source), 'rb').read())
    r = run('classify', 'm.safetensors', 'idb', '--csv', 'i.csv')
    truth = [x['truth'] for x in csv.DictReader(open(path('i.csv')))]
    check(truth == ['blast', 'lymphocyte'] and 'Testing ended.' in r.stdout, 'truth from _1. and _0. in the names', truth)
    r = run('classify', 'm.safetensors', 'idb/Im001_1.jpg', path('cells', 'blast', some[0]))
    p = [l.split('confidence ')[1].split(' ')[0] for l in r.stdout.split('\n')[:2]]
    check(len(set(p)) == 1, 'one image under two names has one answer', r)
    write('flat/a.jpg', open(path('cells', 'blast', some[0]), 'rb').read())
    r = run('classify', 'm.safetensors', 'flat')
    last = r.stdout.strip().split('\n')[-1]
    check(last.startswith('Classifying ended. 1 image') and 'blast' in last, 'without truth: counts by class', r)


def watch():
    os.mkdir(path('inbox'))
    child = subprocess.Popen([LEUKO, 'classify', 'm.safetensors', '--watch', 'inbox'], cwd=WORK, env=ENV, text=True,
                             stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    said = child.stderr.readline()
    cell = open(path('cells', 'blast', sorted(os.listdir(path('cells', 'blast')))[0]), 'rb').read()
    write('inbox/a.jpg', cell)
    first = child.stdout.readline()
    write('inbox/notes.txt', b'no image')
    write('inbox/.b.jpg.part', cell)
    os.rename(path('inbox/.b.jpg.part'), path('inbox/b.jpg'))
    second = child.stdout.readline()
    write('inbox/c.jpg', b'no image')
    third = child.stderr.readline()
    child.send_signal(signal.SIGINT)
    out, err = child.communicate(timeout=60)
    check('watching inbox' in said and first.startswith('inbox/a.jpg: ') and second.startswith('inbox/b.jpg: ') and
          first.split(': ')[1].split(',')[:2] == second.split(': ')[1].split(',')[:2] and 'c.jpg' in third,
          '--watch answers images as they are written or moved there', (said, first, second, third))
    check(child.returncode == 1 and 'Classifying ended. 2 images' in out and '1 of 3' in err,
          '... Ctrl-C ends it with the summary; a broken image makes it exit 1', (child.returncode, out, err))
    r = run('classify', 'm.safetensors', '--watch', 'nowhere')
    check(r.returncode == 1 and 'nowhere' in r.stderr and r.stderr.count('\n') == 1, '... no such folder: one line', r)


small_model()
run('synth', 'many', '--per-class', '36', '--groups', '12', '--size', '96', '--seed', '3')
table = evaluate()
before = digest('cells')
classify(table)
check(digest('cells') == before, 'classify leaves the images as they were')
watch()
patients()
done()
