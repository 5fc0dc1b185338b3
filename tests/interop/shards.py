"""TensorFlow reads the shards that `leuko sort` writes; Leuko reads the same records written by TensorFlow."""
import csv
import glob
import json
import os
import shutil
import subprocess

import numpy as np
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


def feature(v):
    if isinstance(v, bytes):
        return tf.train.Feature(bytes_list=tf.train.BytesList(value=[v]))
    return tf.train.Feature(int64_list=tf.train.Int64List(value=[int(v)]))


# the other way: every record taken apart and written anew by TensorFlow's own writer
os.mkdir('theirs')
for name in ('Labels.txt', 'Classes.txt', 'split.csv'):
    shutil.copy('shards/' + name, 'theirs')
for name in sorted(glob.glob('shards/*.tfrecord')):
    with tf.io.TFRecordWriter('theirs/' + os.path.basename(name)) as writer:
        for record in tf.data.TFRecordDataset([name]):
            e = {k: v.numpy() for k, v in tf.io.parse_single_example(record, features).items()}
            writer.write(tf.train.Example(features=tf.train.Features(feature={
                k: feature(v) for k, v in e.items()})).SerializeToString())
count = 0
for name in sorted(glob.glob('theirs/*.tfrecord')):
    told = json.loads(subprocess.run([LEUKO, 'info', name, '--json', '-'], check=True, capture_output=True, text=True).stdout)
    count += int(told['images'].split()[0])
    assert 'all checksums valid' in told['records'], told
assert count == 40, count
for folder in ('shards', 'theirs'):
    subprocess.run([LEUKO, 'features', folder, '--weights', 'random', '--size', '75', '--depth-multiplier', '0.25', '--endpoint',
                    'Mixed_5d', '-o', folder + '.npy', '--no-cache'], check=True)
assert open('shards.csv').read() == open('theirs.csv').read()
assert np.load('shards.npy').tobytes() == np.load('theirs.npy').tobytes()
print('ok: Leuko reads the %d records that TensorFlow wrote, to the same features' % count)
