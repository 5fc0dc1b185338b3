#!/usr/bin/env python3
"""usage: export-onnx.py OUT   (Debian: python3-torch python3-torchvision)

Writes the network that every peer runs: OUT/inception_v3.onnx, torchvision's network with the formula weights of
tests/support in fp32, and OUT/image.f32, the formula image (3, 299, 299).
"""
import os, sys, warnings

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "tests", "golden"))
import refnetwork, torch

warnings.filterwarnings("ignore")
out = sys.argv[1]
model, image = refnetwork.build(), refnetwork.image()
torch.set_default_dtype(torch.float32)
image.float().numpy().tofile(os.path.join(out, "image.f32"))
torch.onnx.export(model.float(), image.float(), os.path.join(out, "inception_v3.onnx"),
                  opset_version=13, input_names=["input"], output_names=["logits"],
                  dynamic_axes={"input": {0: "n"}, "logits": {0: "n"}})
