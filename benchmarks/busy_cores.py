"""Question: does a busy machine make an audit work more, and do `threads=` hold?

Processor and wall seconds of an audit of 1797 x 64 (scikit-learn's digits, defaults) and of 400 x 5 (50 queries), with
one and with two threads, alone and with two busy loops beside it that this program starts and ends. Each run is a
process of its own; imports and a first audit, which compiles and loads, are not counted. Interleaved, medians. What
else the machine did is in the load averages.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys

from harness import write_record

CHILD = """
import json, sys, time
import numpy as np, remanifold.audits
from sklearn.datasets import load_digits
digits, threads = sys.argv[1] == "digits", int(sys.argv[2])
rows = load_digits().data if digits else np.random.default_rng(0).standard_normal((400, 5))
options = {} if digits else {"max_queries": 50}
remanifold.audit(rows, threads=threads, **options)
wall, processor = time.perf_counter(), time.process_time()
remanifold.audit(rows, threads=threads, **options)
print(json.dumps({"processor": time.process_time() - processor, "wall": time.perf_counter() - wall}))
"""
LOOPS = 2


def once(data: str, threads: int, loops: int) -> dict[str, float]:
    """Seconds of one audit beside busy loops."""
    busy = [subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _ in range(loops)]
    try:
        command = [sys.executable, "-c", CHILD, data, str(threads)]
        done = subprocess.run(command, check=True, capture_output=True, text=True)
    finally:
        for loop in busy:
            loop.terminate()
            loop.wait()
    return json.loads(done.stdout) | {"load": os.getloadavg()[0]}


def main() -> None:
    """Run all cases in turn and write the record."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    rounds = parser.parse_args().rounds
    cases = [(data, threads, loops) for data in ("digits", "400 x 5") for threads in (1, 2) for loops in (0, LOOPS)]
    runs: dict[str, list[dict[str, float]]] = {}
    for _ in range(rounds):
        for data, threads, loops in cases:
            name = f"{data}, threads={threads}, {'alone' if loops == 0 else f'{loops} busy loops'}"
            runs.setdefault(name, []).append(once(data, threads, loops))
    medians = {
        name: {key: round(statistics.median(run[key] for run in all_), 4) for key in all_[0]}
        for name, all_ in runs.items()
    }
    write_record(
        "busy_cores",
        "processor time of an audit on an idle and on a busy machine",
        ("remanifold", "torch", "numpy"),
        rounds=rounds,
        medians=medians,
        most_processor_per_wall={
            name: round(max(run["processor"] / run["wall"] for run in all_), 3) for name, all_ in runs.items()
        },
    )


if __name__ == "__main__":
    main()
