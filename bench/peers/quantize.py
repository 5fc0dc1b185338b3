#!/usr/bin/env python3
"""usage: quantize.py FOLDER   (the .venv of README.md, with nncf and onnx)

Makes the peers' int8 graphs of FOLDER/inception_v3.onnx: OpenVINO's by NNCF's post-training
quantization, ONNX Runtime's by its static quantizer (QDQ, per channel), both with their defaults,
calibrated on the formula's image, as ours is.
"""
import os, sys
import numpy

folder = sys.argv[1]
source = os.path.join(folder, "inception_v3.onnx")
image = numpy.fromfile(os.path.join(folder, "image.f32"), numpy.float32).reshape(1, 3, 299, 299)


def openvino_int8():
    import nncf, openvino
    model = nncf.quantize(openvino.Core().read_model(source), nncf.Dataset([image]))
    openvino.save_model(model, os.path.join(folder, "inception_v3.int8.xml"))


def onnxruntime_int8():
    from onnxruntime import quantization

    class Reader(quantization.CalibrationDataReader):
        def __init__(self):
            self.rest = [{"input": image}]

        def get_next(self):
            return self.rest.pop() if self.rest else None

    prepared = os.path.join(folder, "prepared.onnx")
    quantization.shape_inference.quant_pre_process(source, prepared, skip_symbolic_shape=True)
    quantization.quantize_static(prepared, os.path.join(folder, "inception_v3.int8.onnx"), Reader(),
                                 per_channel=True)


for make in (openvino_int8, onnxruntime_int8):
    try:
        make()
    except Exception as e:  # a peer that cannot is left out of the table
        print("%s: %s" % (make.__name__, (str(e).splitlines() or [type(e).__name__])[0]), file=sys.stderr)
