"""Measure a training step of all layers of torchvision's Inception V3 with its auxiliary head and Adam.

usage: train-pytorch.py fp32|bf16 trained|frozen contiguous|channels_last BATCH STEPS

Prints images/s (median) and the peak resident memory in MB. frozen: batch norm uses its moving statistics; its scale and
shift are still trained. Weights and images are random. Needs python3-torch python3-torchvision (Debian).
"""
import resource
import sys
import time
import warnings

import torch
import torchvision

warnings.filterwarnings('ignore')
precision, mode, layout, batch, steps = sys.argv[1:4] + [int(x) for x in sys.argv[4:6]]
torch.set_num_threads(2)
model = torchvision.models.inception_v3(weights=None, aux_logits=True, init_weights=False, transform_input=False,
                                        num_classes=2).train()
if mode == 'frozen':
    for m in model.modules():
        if isinstance(m, torch.nn.BatchNorm2d):
            m.eval()
x, y = torch.randn(batch, 3, 299, 299), torch.randint(0, 2, (batch,))
if layout == 'channels_last':
    model, x = model.to(memory_format=torch.channels_last), x.contiguous(memory_format=torch.channels_last)
optimizer, loss_of = torch.optim.Adam(model.parameters(), 1e-4), torch.nn.CrossEntropyLoss()
seconds = []
for i in range(steps + 1):
    start = time.perf_counter()
    optimizer.zero_grad(set_to_none=True)
    with torch.autocast('cpu', dtype=torch.bfloat16, enabled=precision == 'bf16'):
        main, aux = model(x)
        loss = loss_of(main, y) + 0.4 * loss_of(aux, y)
    loss.backward()
    optimizer.step()
    seconds.append(time.perf_counter() - start)
seconds = sorted(seconds[1:])
print('%.3f %.0f' % (batch / seconds[len(seconds) // 2], resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3))
