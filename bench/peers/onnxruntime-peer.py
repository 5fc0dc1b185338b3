#!/usr/bin/env python3
"""ONNX Runtime (PyPI: onnxruntime) as a contestant. usage: onnxruntime-peer.py FOLDER THREADS"""
import os, sys
import numpy, onnxruntime
from contestant import Refused, serve

folder, threads = sys.argv[1], int(sys.argv[2])
image = numpy.fromfile(os.path.join(folder, "image.f32"), numpy.float32).reshape(1, 3, 299, 299)


def make(precision, batch):
    file = {"fp32": "inception_v3.onnx", "int8": "inception_v3.int8.onnx"}.get(precision)
    if not file or not os.path.exists(os.path.join(folder, file)):
        raise Refused("no %s graph for ONNX Runtime" % precision)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_ALL
    session = onnxruntime.InferenceSession(os.path.join(folder, file), options,
                                           providers=["CPUExecutionProvider"])
    x = numpy.repeat(image, batch, 0)
    return lambda: session.run(None, {"input": x})[0]


serve(make)
