#!/usr/bin/env python3
"""Compare the accuracy of int8 models: Leuko, ONNX Runtime and OpenVINO (NNCF), on the same images.

usage: .venv/bin/python bench/int8-accuracy.py BUILD MODEL SHARDS [--split NAME] [--on SHARDS]

All calibrate on images of the training split of SHARDS. All figures are for one split (default: test, else validation)
of SHARDS, or of the shards given with --on. Leuko runs `leuko compile --calibrate` and `leuko verify`. The others
quantize the graph that `leuko freeze` writes, with their default settings. Each int8 model is compared with the fp32
model in the same runtime, on the input that Leuko's loader makes.
Needs from PyPI: numpy onnx onnxruntime openvino nncf scikit-learn.
"""
import argparse, json, os, subprocess, sys, tempfile

import numpy

HERE = os.path.dirname(os.path.abspath(__file__))
ORT_IMAGES, NNCF_IMAGES = 128, 300  # Leuko takes 128; NNCF's default is 300
THREADS = len(os.sched_getaffinity(0))


def prepared(work, build, model, shards, split, count):
    stem = os.path.join(work, '%s-%d' % (split, count))
    subprocess.run([os.path.join(build, 'bench', 'bench-prepare'), model, shards, split, str(count), stem], check=True)
    labels = numpy.loadtxt(stem + '.txt', int, ndmin=1)
    return numpy.memmap(stem + '.f32', numpy.float32, 'r').reshape(len(labels), 3, -1), labels


def side_of(x):
    return int(round(x.shape[2] ** 0.5))


def batches(x, n=8):
    s = side_of(x)
    for i in range(0, len(x), n):
        yield numpy.ascontiguousarray(x[i:i + n]).reshape(-1, 3, s, s)


def run_onnxruntime(path, x):
    import onnxruntime
    o = onnxruntime.SessionOptions()
    o.intra_op_num_threads = THREADS
    session = onnxruntime.InferenceSession(path, o, providers=['CPUExecutionProvider'])
    return numpy.concatenate([session.run(None, {'input': b})[0] for b in batches(x)])


def quantize_onnxruntime(work, source, calibration):
    from onnxruntime import quantization

    class Reader(quantization.CalibrationDataReader):
        def __init__(self):
            self.rest = batches(calibration, 1)

        def get_next(self):
            b = next(self.rest, None)
            return None if b is None else {'input': b}

    prepared_onnx, out = os.path.join(work, 'prepared.onnx'), os.path.join(work, 'ort.int8.onnx')
    quantization.shape_inference.quant_pre_process(source, prepared_onnx, skip_symbolic_shape=True)
    quantization.quantize_static(prepared_onnx, out, Reader(), per_channel=True)
    return out


def run_openvino(model, x):
    import openvino
    s = side_of(x)
    model.reshape([-1, 3, s, s])
    compiled = openvino.Core().compile_model(model, 'CPU', {'INFERENCE_PRECISION_HINT': 'f32',
                                                            'INFERENCE_NUM_THREADS': THREADS})
    request = compiled.create_infer_request()
    return numpy.concatenate([request.infer([b])[0].copy() for b in batches(x)])


def auc(p, labels, positive):
    """AUC of the positive class; without one, the mean of one-versus-rest AUCs, as in `leuko verify`."""
    from sklearn.metrics import roc_auc_score
    wanted = range(p.shape[1]) if positive is None else [positive]
    return numpy.mean([roc_auc_score(labels == k, p[:, k]) for k in wanted])


def figures(p, q, labels, positive, threshold):
    decide = lambda a: a[:, positive] >= threshold if positive is not None else a.argmax(1)
    return {'flips': float((decide(p) != decide(q)).mean()), 'mean_dp': float(numpy.abs(p - q).mean()),
            'auc_lost': float(auc(p, labels, positive) - auc(q, labels, positive)), 'n': len(labels)}


def ours(leuko, model, shards, on, split, graph):
    r = subprocess.run([leuko, 'compile', model, '-o', graph, '--calibrate', shards, '--json', '-'],
                       stdout=subprocess.PIPE, text=True)
    if r.returncode:
        sys.exit('leuko compile: exit status %d' % r.returncode)
    r = subprocess.run([leuko, 'verify', model, graph, '--data', on, '--split', split, '--json', '-'],
                       stdout=subprocess.PIPE, text=True)
    return json.loads(r.stdout)


def main():
    p = argparse.ArgumentParser()
    p.add_argument('build'), p.add_argument('model'), p.add_argument('shards')
    p.add_argument('--split'), p.add_argument('--on')
    a = p.parse_args()
    leuko = os.path.join(a.build, 'src', 'cli', 'leuko')
    subprocess.run(['ninja', '-C', a.build, '--quiet', 'bench/bench-prepare'], check=True, stdout=sys.stderr)
    info = json.loads(subprocess.run([leuko, 'info', a.model, '--json', '-'], check=True, stdout=subprocess.PIPE).stdout)
    on = a.on or a.shards
    split = a.split or ('test' if any('_test_' in f for f in os.listdir(on)) else 'validation')
    classes = info['classes'].split(', ')
    positive = classes.index(info['positive class']) if len(classes) == 2 and info['positive class'] in classes else None
    with tempfile.TemporaryDirectory() as work:
        verified = ours(leuko, a.model, a.shards, on, split, os.path.join(work, 'ours.graph'))
        source = os.path.join(work, 'model.onnx')
        subprocess.run([leuko, 'freeze', a.model, '-o', source], check=True, stdout=subprocess.DEVNULL)
        x, labels = prepared(work, a.build, a.model, on, split, 0)
        found = {'leuko': {'flips': verified['flips'], 'mean_dp': verified['mean_dp'],
                           'auc_lost': verified['auc_reference'] - verified['auc'], 'n': verified['n']}}
        threshold = float(info.get('threshold', '0.5').split()[0])
        calibration, _ = prepared(work, a.build, a.model, a.shards, 'train', ORT_IMAGES)
        found['onnxruntime'] = figures(run_onnxruntime(source, x), run_onnxruntime(
            quantize_onnxruntime(work, source, calibration), x), labels, positive, threshold)
        import nncf, openvino
        calibration, _ = prepared(work, a.build, a.model, a.shards, 'train', NNCF_IMAGES)
        s = side_of(x)
        quantized = nncf.quantize(openvino.Core().read_model(source), nncf.Dataset(list(batches(calibration, 1))))
        found['openvino (nncf)'] = figures(run_openvino(openvino.Core().read_model(source), x),
                                           run_openvino(quantized, x), labels, positive, threshold)
    print('%d images of the %s split; int8 compared with fp32' % (len(labels), split))
    print('%-16s %9s %10s %10s' % ('', 'flips', 'mean |dp|', 'AUC lost'))
    for name, f in found.items():
        print('%-16s %8.2f%% %10.5f %+10.5f' % (name, 100 * f['flips'], f['mean_dp'], f['auc_lost']))


main()
