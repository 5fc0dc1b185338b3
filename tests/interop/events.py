"""TensorBoard's own readers show one curve from the event files of a run that was killed and resumed."""
import glob
import json
import os
import struct
import subprocess
import time

import tensorflow as tf
from tensorboard.backend.event_processing import event_accumulator, plugin_event_accumulator
from tensorboard.compat.proto import event_pb2
from tensorboard.util import tensor_util

WRITE = os.path.join(os.path.dirname(os.environ['LEUKO']), '../../tests/interop/write-events')


def session(first, last, offset):
    done = subprocess.run([WRITE, 'run', str(first), str(last), str(offset)], check=True, capture_output=True, text=True)
    return done.stdout.strip()


# Twenty steps, then a kill inside a record; the checkpoint was of step 12. Both in one second or not.
os.mkdir('run')
first = session(1, 20, 100)
with open(first, 'ab') as f:
    f.write(struct.pack('<Q', 40) + b'half')
second = session(13, 25, 200)
assert second > first

expected = [(s, 100 + s) for s in range(1, 13)] + [(s, 200 + s) for s in range(13, 26)]

# The reader of `tensorboard.backend.event_processing`, and the one that the web page stands on.
old = event_accumulator.EventAccumulator('run', size_guidance={'scalars': 0, 'images': 0})
old.Reload()
assert old.Tags()['scalars'] == ['loss', 'validation/accuracy'], old.Tags()
assert [(e.step, e.value) for e in old.Scalars('loss')] == expected, old.Scalars('loss')
assert [e.step for e in old.Scalars('validation/accuracy')] == [5, 10, 15, 20, 25]
times = [e.wall_time for e in old.Scalars('loss')]
assert times == sorted(times) and os.path.getmtime(first) - 60 < times[0] < times[-1] < os.path.getmtime(second) + 60
assert [e.step for e in old.Images('inputs')] == [25]
image = old.Images('inputs')[0]
grid = tf.io.decode_png(image.encoded_image_string).numpy()
assert grid.shape == (20, 64, 3) == (image.height, image.width, 3)
assert [int(grid[10, 10 + 22 * i, 0]) for i in range(3)] == [50, 100, 150] and grid[10, 21].max() == 0

new = plugin_event_accumulator.EventAccumulator('run', size_guidance={'tensors': 0}, tensor_size_guidance={'scalars': 0, 'images': 0})
new.Reload()
assert [(e.step, float(tensor_util.make_ndarray(e.tensor_proto))) for e in new.Tensors('loss')] == expected
assert new.SummaryMetadata('loss').plugin_data.plugin_name == 'scalars'
assert new.SummaryMetadata('inputs').plugin_data.plugin_name == 'images'
assert [e.step for e in new.Tensors('inputs')] == [25]

# TensorFlow's record reader checks the checksums; every byte of a message is one that it knows.
records = [r.numpy() for r in tf.data.TFRecordDataset([second])]
assert len(records) == 2 + 13 + 3 + 1, len(records)
for r in records:
    e = event_pb2.Event.FromString(r)
    assert e.SerializeToString(deterministic=True) == r, e
assert event_pb2.Event.FromString(records[0]).file_version == 'brain.Event:2'
print('ok: TensorBoard read one curve of %d steps from two sessions' % len(expected))

# The same of `leuko train` itself, killed in full run behind a checkpoint: TensorBoard shows what train.jsonl says.
LEUKO = os.environ['LEUKO']
subprocess.run([LEUKO, 'synth', 'cells', '--per-class', '24', '--groups', '6', '--size', '96'], check=True, capture_output=True)
subprocess.run([LEUKO, 'sort', 'cells', '--out', 'shards', '--shards', '1', '--group-by', '(P[0-9]+)'], check=True, capture_output=True)
train = [LEUKO, 'train', 'shards', '--model', 'm.safetensors', '--tune', 'all', '--weights', 'random', '--size', '75',
         '--depth-multiplier', '0.25', '--endpoint', 'Mixed_5d', '--epochs', '6', '--batch', '4', '--checkpoint-steps', '5']
child = subprocess.Popen(train, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
limit = time.time() + 120
while time.time() < limit and child.poll() is None and not (os.path.exists('m.run/train.jsonl') and
                                                            '"step":17,' in open('m.run/train.jsonl').read()):
    time.sleep(0.01)
child.kill()
assert child.wait() == -9, 'the run ended before it was killed'
subprocess.run(train + ['--resume'], check=True, capture_output=True)
files = sorted(glob.glob('m.run/events.out.tfevents.*'))
assert len(files) == 2, files
lines = [json.loads(x) for x in open('m.run/train.jsonl')]
steps, validations = [x for x in lines if 'loss' in x], [x for x in lines if 'validation' in x]
assert [x['step'] for x in steps] == list(range(1, 49)) and len(validations) == 6, (len(steps), len(validations))
run = event_accumulator.EventAccumulator('m.run', size_guidance={'scalars': 0, 'images': 0})
run.Reload()


def curve(tag):
    return [(e.step, e.value) for e in run.Scalars(tag)]


def close(a, b):
    return [s for s, _ in a] == [s for s, _ in b] and all(abs(x - y) <= 1e-6 * max(1, abs(y)) for (_, x), (_, y) in zip(a, b))


for tag, key in (('loss/training', 'loss'), ('accuracy/training', 'accuracy'), ('learning_rate', 'learning_rate')):
    assert close(curve(tag), [(x['step'], x[key]) for x in steps]), (tag, curve(tag))
for tag, key in (('loss/validation', 'loss'), ('accuracy/validation', 'accuracy')):
    assert close(curve(tag), [(x['step'], x['validation'][key]) for x in validations]), (tag, curve(tag))
images = run.Images('inputs')
grids = [tf.io.decode_png(p.encoded_image_string).numpy() for p in images]
assert len(grids) == 6 and all(g.shape[2] == 3 and g.min() < 60 and g.max() > 150 for g in grids), [(p.step, g.shape) for p, g in zip(images, grids)]
print('ok: TensorBoard shows the %d steps, %d validations and %d grids of a run that was killed and resumed' %
      (len(steps), len(validations), len(grids)))
