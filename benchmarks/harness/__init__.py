"""What every timing shares: interleaved rounds, medians and spread, a record with sizes and versions."""

import json
import os
import platform
import statistics
import time
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from typing import Any

RESULTS = Path(__file__).parents[1] / "results"
FASHION = Path("/usr/share/datasets/fashion-mnist/train-images-idx3-ubyte.gz")  # Debian's dataset-fashion-mnist


def interleaved(
    tasks: dict[str, Callable[[], object]], rounds: int, clock: Callable[[], float] = time.perf_counter
) -> dict[str, dict[str, float]]:
    """Median, least and largest seconds by ``clock``, and processor seconds, run A B A B after one warm-up round."""
    seconds: dict[str, list[float]] = {name: [] for name in tasks}
    processor: dict[str, list[float]] = {name: [] for name in tasks}
    for k in range(rounds + 1):
        for name, task in tasks.items():
            start, used = clock(), time.process_time()
            task()
            if k:
                seconds[name].append(clock() - start)
                processor[name].append(time.process_time() - used)
    return {
        name: {
            "median": statistics.median(all_),
            "min": min(all_),
            "max": max(all_),
            "processor": statistics.median(processor[name]),
            "rounds": rounds,
        }
        for name, all_ in seconds.items()
    }


def write_record(name: str, question: str, packages: tuple[str, ...], **facts: Any) -> Path:
    """Write benchmarks/results/``name``.json and print its path."""
    record = {
        "question": question,
        **facts,
        "cpu_count": os.cpu_count(),
        "load_average": os.getloadavg()[0],
        "machine": platform.machine(),
        "versions": {"python": platform.python_version()} | {package: version(package) for package in packages},
    }
    RESULTS.mkdir(exist_ok=True)
    path = RESULTS / f"{name}.json"
    path.write_text(json.dumps(record, indent=2) + "\n")
    print(json.dumps(facts, indent=2))
    print(f"wrote {path}")
    return path
