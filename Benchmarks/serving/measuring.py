"""Latencies to figures, and who used the processor meanwhile."""

import os
import time
from pathlib import Path

TICKS = os.sysconf("SC_CLK_TCK")


def descendants(pid):
    """The process and all its children: servers may compute in processes of their own."""
    found, open_ones = [], [pid]
    while open_ones:
        each = open_ones.pop()
        found.append(each)
        try:
            for task in Path(f"/proc/{each}/task").iterdir():
                open_ones += [int(child) for child in (task / "children").read_text().split()]
        except OSError:
            pass
    return found


def cpu_seconds(pid):
    total = 0
    for each in descendants(pid):
        try:
            fields = Path(f"/proc/{each}/stat").read_text().rsplit(")", 1)[1].split()
        except OSError:
            continue
        total += (int(fields[11]) + int(fields[12])) / TICKS
    return total


class Stopwatch:
    """Wall time and processor time of this process and of the server between two moments."""

    def __init__(self, server_pid=None):
        self.server_pid = server_pid
        self.start, self.client = time.perf_counter(), time.process_time()
        self.server = cpu_seconds(server_pid) if server_pid else None

    def figures(self):
        seconds = time.perf_counter() - self.start
        found = {"seconds": seconds, "client_cores": (time.process_time() - self.client) / seconds}
        if self.server_pid:
            found["server_cores"] = (cpu_seconds(self.server_pid) - self.server) / seconds
        return found


def percentile(ordered, share):
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else float("nan")


def summary(latencies, refused, stopwatch):
    """The figures of one run; latencies are those of answers 200, in seconds."""
    ordered = sorted(latencies)
    figures = stopwatch.figures()
    return {
        "answered": len(ordered), "refused": refused, "requests_per_second": len(ordered) / figures["seconds"],
        "p50_ms": percentile(ordered, 0.5) * 1e3, "p99_ms": percentile(ordered, 0.99) * 1e3, **figures,
    }
