#!/usr/bin/env python3
"""PyTorch (Debian: python3-torch) as a contestant. usage: pytorch-peer.py FOLDER THREADS

fp32 runs TorchScript, frozen and optimized for inference; bf16 runs eager mode in channels_last. These are the fastest
modes of PyTorch 1.13.
"""
import sys, warnings
from contestant import Refused, serve
import refnetwork, torch

warnings.filterwarnings("ignore")
torch.set_num_threads(int(sys.argv[2]))
model64, image64 = refnetwork.build(), refnetwork.image()
torch.set_default_dtype(torch.float32)
model = model64.float()
image = image64.float()


def make(precision, batch):
    if precision == "int8":
        raise Refused("PyTorch runs no int8 here")
    x = image.repeat(batch, 1, 1, 1)
    if precision == "fp32":
        traced = torch.jit.trace(model, x)
        net = torch.jit.optimize_for_inference(torch.jit.freeze(traced))
    else:
        import copy
        net = copy.deepcopy(model).bfloat16().to(memory_format=torch.channels_last)
        x = x.bfloat16().contiguous(memory_format=torch.channels_last)

    def run():
        with torch.no_grad():
            return net(x).float().numpy()

    return run


serve(make)
