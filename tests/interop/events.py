"""TensorBoard's own readers draw one curve from the event files of a run that was killed and resumed."""
import os
import struct
import subprocess

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
