#!/usr/bin/env python3
"""OpenVINO (PyPI: openvino) as a contestant. usage: openvino-peer.py FOLDER THREADS latency|throughput

latency     one request of the whole batch on all threads
throughput  `batch` requests of one image; OpenVINO chooses how many run at the same time
"""
import os, sys
import numpy, openvino
from contestant import Refused, serve

folder, threads, hint = sys.argv[1], int(sys.argv[2]), sys.argv[3]
image = numpy.fromfile(os.path.join(folder, "image.f32"), numpy.float32).reshape(1, 3, 299, 299)
core = openvino.Core()


def make(precision, batch):
    file = "inception_v3.int8.xml" if precision == "int8" else "inception_v3.onnx"
    if not os.path.exists(os.path.join(folder, file)):
        raise Refused("OpenVINO has no %s graph here" % precision)
    model = core.read_model(os.path.join(folder, file))
    n = batch if hint == "latency" else 1
    model.reshape([n, 3, 299, 299])
    compiled = core.compile_model(model, "CPU", {
        "INFERENCE_PRECISION_HINT": "bf16" if precision == "bf16" else "f32",
        "INFERENCE_NUM_THREADS": threads,
        "PERFORMANCE_HINT": hint.upper()})
    x = numpy.repeat(image, n, 0)
    if hint == "latency":
        request = compiled.create_infer_request()
        return lambda: request.infer([x])[0].copy()
    queue, answers = openvino.AsyncInferQueue(compiled), [None] * batch

    def done(request, i):
        answers[i] = request.get_output_tensor(0).data[0].copy()

    queue.set_callback(done)

    def run():
        for i in range(batch):
            queue.start_async([x], i)
        queue.wait_all()
        return answers

    return run


serve(make)
