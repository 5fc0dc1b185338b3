#!/usr/bin/env python3
"""usage: quantize.py FOLDER   (with the .venv of README.md, plus nncf and onnx)

Quantizes FOLDER/inception_v3.onnx to int8 for the peers: with NNCF's post-training quantization for OpenVINO, and with
ONNX Runtime's static quantizer (QDQ, per channel). Both use their defaults and calibrate on the formula image, as Leuko
does.
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
    except Exception as e:  # the table leaves this peer out
        print("%s: %s" % (make.__name__, (str(e).splitlines() or [type(e).__name__])[0]), file=sys.stderr)
