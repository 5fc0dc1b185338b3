"""A contestant of a bench, written in Python: the protocol of bench/serve.h.

serve(make): make(precision, batch) returns a function that runs one batch and returns its logits, or raises Refused.
The logits are compared with tests/golden/network-expected.h before anything is measured.
"""
import os, re, statistics, sys, time

HERE = os.path.dirname(os.path.abspath(__file__))
GOLDEN = os.path.join(HERE, "..", "..", "tests", "golden")
CLASSES = 3
TOLERANCE = {"fp32": 1e-4, "bf16": 1e-1, "int8": 5e-1}
sys.path.insert(0, GOLDEN)


class Refused(Exception):
    pass


def expected_logits():
    with open(os.path.join(GOLDEN, "network-expected.h")) as f:
        text = f.read()
    body = re.search(r"expected_logits_torchvision\[\] = \{([^}]*)\}", text).group(1)
    return [float(v) for v in body.split(",")]


def check(logits, precision):
    """Refuse logits whose relative L2 distance from PyTorch's float64 logits is too large; all rows are the same image."""
    want = expected_logits()
    for row in logits:
        gap = sum((float(a) - b) ** 2 for a, b in zip(row, want)) ** 0.5
        size = sum(b * b for b in want) ** 0.5
        if not gap / size < TOLERANCE[precision]:
            raise Refused("wrong answer: logits %.1e from PyTorch's" % (gap / size))


def measure(run, batch, milliseconds):
    times, start = [], time.perf_counter()
    while len(times) < 3 or time.perf_counter() - start < milliseconds / 1000:
        t = time.perf_counter()
        run()
        times.append(time.perf_counter() - t)
    return batch / statistics.median(times)


def serve(make):
    ready = {}
    for line in sys.stdin:
        try:
            precision, batch, milliseconds = line.split()
            key = (precision, int(batch))
            if key not in ready:
                ready[key] = make(*key)
                check(ready[key](), precision)
                for _ in range(2):
                    ready[key]()
            print("ok %.6g" % measure(ready[key], key[1], int(milliseconds)), flush=True)
        except Exception as e:
            print("no %s" % (str(e).splitlines() or [type(e).__name__])[0], flush=True)
