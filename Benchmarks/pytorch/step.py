#!/usr/bin/env python3
"""Times training steps of GoogLeNet with both heads in PyTorch and in deeper, in alternating rounds, each in a process of
its own, and prints the ratio with its spread and the peak memory of both."""

import argparse
import json
import os
import resource
import statistics
import subprocess
import sys
import time


def torch_steps(batch, threads, steps):
    import torch
    import torch.nn.functional as F

    from googlenet import GoogLeNet

    torch.set_num_threads(threads)
    network = GoogLeNet(10)
    pictures, target = torch.randn(batch, 3, 224, 224), torch.randint(0, 10, (batch,))
    network.logits(pictures)
    optimizer = torch.optim.SGD(network.parameters(), lr=1e-4, momentum=0.9)
    times = []
    for _ in range(steps + 2):
        start = time.perf_counter()
        losses = [F.cross_entropy(logits, target) for logits in network.logits(pictures)]
        optimizer.zero_grad()
        (losses[0] + 0.3 * losses[1] + 0.3 * losses[2]).backward()
        optimizer.step()
        times.append((time.perf_counter() - start) * 1000 / batch)
    return {"median_ms_per_image": statistics.median(times[2:]),
            "peak_rss_bytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024}


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--deeper", default=".build/release/deeper")
    parser.add_argument("--batch", type=int, default=16)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--steps", type=int, default=5)
    parser.add_argument("--rounds", type=int, default=10)
    parser.add_argument("--json", help="write the result to this file")
    parser.add_argument("--torch-only", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.torch_only:
        print(json.dumps(torch_steps(options.batch, options.threads, options.steps)))
        return

    def run(command):
        environment = dict(os.environ, OMP_NUM_THREADS=str(options.threads))
        out = subprocess.run(command, check=True, capture_output=True, text=True, env=environment).stdout
        return json.loads(out)

    common = ["--batch", str(options.batch), "--threads", str(options.threads)]
    found = {"deeper": [], "pytorch": []}
    for number in range(options.rounds):
        found["pytorch"].append(run([sys.executable, __file__, "--torch-only", "--steps", str(options.steps)] + common))
        found["deeper"].append(
            run([options.deeper, "bench", "googlenet-train", "--train", "--classes", "10", "--warmup", "2",
                 "--iterations", str(options.steps), "--json"] + common))
        print(f"round {number + 1}: " + ", ".join(
            f"{name} {runs[-1]['median_ms_per_image']:.1f} ms per image" for name, runs in found.items()),
            file=sys.stderr)
    medians = {name: statistics.median(r["median_ms_per_image"] for r in runs) for name, runs in found.items()}
    ratios = sorted(p["median_ms_per_image"] / d["median_ms_per_image"]
                    for p, d in zip(found["pytorch"], found["deeper"]))
    peaks = {name: max(r["peak_rss_bytes"] for r in runs) for name, runs in found.items()}
    result = {"batch": options.batch, "threads": options.threads, "median_ms_per_image": medians, "peak_bytes": peaks,
              "ratio": medians["pytorch"] / medians["deeper"], "ratios": ratios}
    if options.json:
        with open(options.json, "w") as file:
            json.dump(result, file, indent=1)
    print(f"GoogLeNet with both heads, batch {options.batch}, {options.threads} threads, {options.rounds} rounds:")
    for name in medians:
        print(f"  {name:8} {medians[name]:7.1f} ms per image, peak {peaks[name] / 2**20:6.0f} MiB")
    print(f"  ratio of medians {result['ratio']:.2f} (rounds {ratios[0]:.2f} to {ratios[-1]:.2f})")


if __name__ == "__main__":
    main()
