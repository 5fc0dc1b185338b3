"""TensorFlow reads the shards that `leuko sort` writes."""
import csv
import glob
import os
import subprocess

import tensorflow as tf

LEUKO = os.environ['LEUKO']
subprocess.run([LEUKO, 'synth', 'cells', '--per-class', '20', '--groups', '5', '--size', '96'], check=True)
subprocess.run([LEUKO, 'sort', 'cells', '--out', 'shards', '--shards', '3', '--group-by', '(P[0-9]+)_'], check=True)
table = {r['file']: r for r in csv.DictReader(open('shards/split.csv'))}
features = {'image/encoded': tf.io.FixedLenFeature([], tf.string), 'image/format': tf.io.FixedLenFeature([], tf.string),
            'image/class/label': tf.io.FixedLenFeature([], tf.int64), 'image/height': tf.io.FixedLenFeature([], tf.int64),
            'image/width': tf.io.FixedLenFeature([], tf.int64), 'image/filename': tf.io.FixedLenFeature([], tf.string),
            'image/group': tf.io.FixedLenFeature([], tf.string), 'image/source': tf.io.FixedLenFeature([], tf.string)}
seen = 0
for split in ('train', 'validation'):
    files = sorted(glob.glob('shards/AML_%s_*.tfrecord' % split))
    for record in tf.data.TFRecordDataset(files):
        e = tf.io.parse_single_example(record, features)
        row = table[e['image/filename'].numpy().decode()]
        image = tf.io.decode_image(e['image/encoded'])
        assert row['split'] == split and row['group'] == e['image/group'].numpy().decode()
        assert row['class'] == ('blast', 'lymphocyte')[int(e['image/class/label'])]
        assert image.shape == (int(e['image/height']), int(e['image/width']), 3) == (96, 96, 3)
        seen += 1
assert seen == len(table) == 40, seen
print('ok: TensorFlow %s read %d records of %d splits' % (tf.__version__, seen, 2))
