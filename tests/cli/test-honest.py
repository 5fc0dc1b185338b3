#!/usr/bin/env python3
"""scripts/honest.py, small: copies on both sides of a division give figures that the honest ones do not confirm."""
import json
import os
import subprocess
from harness import ENV, LEUKO, check, done, path

ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), '../..')
r = subprocess.run(['/usr/bin/env', 'python3', ROOT + '/scripts/honest.py', LEUKO, path('honest'), '--small'], env=ENV,
                   stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
check(r.returncode == 0 and 'are in two splits' in r.stdout and 'Research use only' in r.stdout, 'the demonstration runs', r)
f = json.load(open(path('honest/figures.json')))['synthetic']
(honest,), new = f['honest'], f['new_patients']
at = (f['training_accuracy'], f['leaked']['accuracy'], honest['accuracy'], new['leaked']['accuracy'], new['honest']['accuracy'])
check('synthetic: leaked %.3f, honest %.3f\n' % (at[1]['value'], at[2]['value']) in r.stdout, 'it prints both figures', r.stdout)
check(f['test_images_with_a_copy_in_training'] > 0.9 * f['test_images'] and 0 < f['pairs_recognized'] < f['leaked_pairs'],
      'nearly every leaked test image has a copy in training', f['leaked_pairs'])
# the disease cannot be seen in these cells: what is better than a coin is the leak
check(at[1]['value'] > at[2]['value'] + 0.05 and at[1]['low'] > 0.5, 'the leaked accuracy excludes the right one, 0.5', at)
check(at[2]['groups'] == 20 and at[2]['low'] < 0.5 < at[2]['high'], 'the interval of the honest accuracy holds 0.5', at)
check(at[2]['low'] < at[4]['value'] < at[2]['high'], '... and what the model does on new patients', at)
check(not at[1]['low'] < at[3]['value'] < at[1]['high'], 'the leaked interval does not hold what its model does on new patients', at)
done()
