#!/usr/bin/env python3
"""Run the contestants of the inference bench in turns and print the table.

usage: alternate.py BUILD OUT [--rounds N] [--ms N] [--only LIST]

In each round, every contestant runs each of its jobs once for --ms milliseconds (default 600). The processor's peak
and oneDNN's convolutions alone are contestants too. On a shared machine, ratios within a round are more reliable
than rates: the table gives the median of the ratios, and the median, lowest and highest rate. OUT/infer.json holds
every figure.
"""
import argparse, json, os, statistics, subprocess, sys, time

HERE = os.path.dirname(os.path.abspath(__file__))
GFLOP = 11.422  # convolutions of one image
PRECISIONS = ("fp32", "bf16", "int8")


class Contestant:
    def __init__(self, name, command, jobs):
        self.name, self.jobs, self.refused = name, jobs, {}
        environment = dict(os.environ, PYTHONWARNINGS="ignore")
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        stderr=subprocess.DEVNULL, text=True, env=environment)

    def measure(self, job, milliseconds):
        if job in self.refused:
            return None
        try:
            self.process.stdin.write("%s %d %d\n" % (*job, milliseconds))
            self.process.stdin.flush()
            status, _, rest = self.process.stdout.readline().strip().partition(" ")
        except BrokenPipeError:
            status, rest = "no", "did not start"
        if status == "ok":
            return float(rest)
        self.refused[job] = rest or "ended"
        return None


def contestants(build, out, threads):
    both = [(p, b) for p in ("fp32", "bf16") for b in (1, 8)]
    quantized = [("int8", 1), ("int8", 8)]
    peers = os.path.join(HERE, "peers")
    venv = os.path.join(HERE, "..", ".venv", "bin", "python")
    found = [
        Contestant("peak", [os.path.join(build, "bench", "bench-peak")], [(p, 1) for p in PRECISIONS]),
        Contestant("onednn-convolutions", [os.path.join(build, "bench", "bench-ceiling")],
                   [(p, 1) for p in PRECISIONS]),
        Contestant("leuko", [os.path.join(build, "bench", "bench-infer")], both + quantized)]
    if os.path.exists(venv) and os.path.exists(os.path.join(out, "inception_v3.onnx")):
        found.append(Contestant("onnxruntime", [venv, os.path.join(peers, "onnxruntime-peer.py"), out,
                                                threads], [("fp32", 1), ("fp32", 8)] + quantized))
        for hint in ("latency", "throughput"):
            found.append(Contestant("openvino-" + hint,
                                    [venv, os.path.join(peers, "openvino-peer.py"), out, threads, hint],
                                    both + quantized if hint == "latency" else
                                    [(p, 8) for p in PRECISIONS]))
    if subprocess.call(["/usr/bin/python3", "-c", "import torchvision"],
                       stderr=subprocess.DEVNULL) == 0:
        found.append(Contestant("pytorch", ["/usr/bin/python3", os.path.join(peers, "pytorch-peer.py"),
                                            out, threads], [("fp32", 1), ("fp32", 8), ("bf16", 8)]))
    return found


def run_rounds(all_, rounds, milliseconds):
    """Return {(contestant, precision, batch): [one figure per round]}; jobs with a missing figure are left out."""
    figures = {}
    for r in range(rounds + 1):  # round 0 builds the plans and warms up
        for precision, batch in [(p, b) for p in PRECISIONS for b in (1, 8)]:
            for c in all_:
                if (precision, batch) not in c.jobs:
                    continue
                time.sleep(0.02)  # OpenMP threads of the previous contestant spin for a while
                value = c.measure((precision, batch), milliseconds)
                if r > 0:
                    figures.setdefault((c.name, precision, batch), []).append(value)
        print("round %d of %d" % (r, rounds) if r else "ready", file=sys.stderr)
    return {k: v for k, v in figures.items() if all(x is not None for x in v)}


def ratio(figures, a, b):
    if a not in figures or b not in figures:
        return None
    return statistics.median(x / y for x, y in zip(figures[a], figures[b]))


def print_table(figures):
    print("%-22s %-5s %5s %10s %17s %6s %8s %8s" % ("contestant", "", "batch", "images/s",
                                                   "lowest-highest", "peak", "/ORT f32", "/leuko"))
    for (name, precision, batch), values in sorted(
            figures.items(), key=lambda i: (PRECISIONS.index(i[0][1]), i[0][2], i[0][0])):
        if name == "peak":
            continue
        peak = ratio(figures, (name, precision, batch), ("peak", precision, 1))
        ort = ratio(figures, (name, precision, batch), ("onnxruntime", "fp32", batch))
        ours = ratio(figures, (name, precision, batch), ("leuko", precision, batch))
        text = lambda x, form="%.2f": "" if x is None else form % x
        print("%-22s %-5s %5d %10.1f %17s %6s %8s %8s" % (
            name, precision, batch, statistics.median(values),
            "%.1f-%.1f" % (min(values), max(values)), text(peak and peak * GFLOP), text(ort),
            text(ours)))
    for precision in PRECISIONS:
        if ("peak", precision, 1) in figures:
            print("peak %s: %.0f GFLOP/s" % (precision,
                                             statistics.median(figures["peak", precision, 1])))


def main():
    p = argparse.ArgumentParser()
    p.add_argument("build")
    p.add_argument("out")
    p.add_argument("--rounds", type=int, default=7)
    p.add_argument("--ms", type=int, default=600)
    p.add_argument("--only", help="comma-separated list of contestants")
    a = p.parse_args()
    threads = str(len(os.sched_getaffinity(0)))
    all_ = [c for c in contestants(a.build, a.out, threads)
            if not a.only or c.name in a.only.split(",")]
    figures = run_rounds(all_, a.rounds, a.ms)
    print_table(figures)
    for c in all_:
        for job, reason in c.refused.items():
            print("%s %s batch %d: %s" % (c.name, *job, reason))
        c.process.stdin.close()
        c.process.wait()
    with open(os.path.join(a.out, "infer.json"), "w") as f:
        json.dump([{"contestant": n, "precision": q, "batch": b, "rounds": v,
                    "median": statistics.median(v)} for (n, q, b), v in figures.items()], f, indent=1)


main()
