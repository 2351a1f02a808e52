"""Question: does every command keep its memory budget, whatever the shape of the data?

Tall (a float32 file of 2 GB), wide (100 rows of 200000 numbers, 60 volumes of 64^3), a file of which most rows are
copies, and small data; audit, duplicates, copies and simulate with several budgets. Measured from outside: peak of the
anonymous memory of all processes, less that of the same command on 60 x 4 numbers. The promise: at most 1.1 times the
budget, or exit code 2 with the least budget in a sentence, at once.
"""

import argparse
import shutil
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
from harness import write_record
from harness.whole_command import Ran, watched

_PROMISE = 1.1  # of the budget
_AT_ONCE = 30.0  # seconds for a refusal, imports included
_PIECE = 2**22  # numbers written at a time
SIZES = {
    "tiny": (60, 4),
    "small": (20_000, 250),  # 20 MB
    "tall": (2_000_000, 256),  # 2.05 GB
    "wide": (100, 200_000),
    "volumes": (60, 1, 64, 64, 64),
    "copies": (1_000_000, 16),
}
BUDGETS = {
    "small": ("64MB", "400MB"),
    "tall": ("64MB", "400MB"),
    "wide": ("64MB", "400MB", "4GB"),
    "volumes": ("64MB", "400MB", "4GB"),
    "copies": ("64MB", "400MB"),
}


def write_data(path: Path, shape: tuple[int, ...], copies: bool) -> None:
    """Independent normal numbers; with ``copies`` all rows are among 1000."""
    random = np.random.default_rng(0)
    rows = np.lib.format.open_memmap(path, "w+", np.float32, shape)
    few = random.standard_normal((1000, *shape[1:]), np.float32)
    step = max(1, _PIECE // int(np.prod(shape[1:])))
    for start in range(0, shape[0], step):
        k = min(step, shape[0] - start)
        rows[start : start + k] = (
            few[random.integers(1000, size=k)] if copies else random.standard_normal((k, *shape[1:]), np.float32)
        )
    rows.flush()


def commands(data: str, samples: str, out: Path) -> dict[str, list[str]]:
    """The arguments of every command on ``data``."""
    return {
        "audit": ["audit", data, "--max-queries", "50"],
        "duplicates": ["duplicates", data, "--out", str(out / "pairs.csv"), "--force"],
        "nearest": ["duplicates", data, "--nearest", "--limit", "10", "--out", str(out / "near.csv"), "--force"],
        "copies": ["copies", samples, "--train", data],
        "simulate": ["simulate", "--data", data, "--n-samples", "4", "--stop-at", "0.1", "--steps", "4"],
    }


def main() -> None:
    """Measure all, or what was named."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--data", nargs="*", default=list(BUDGETS))
    parser.add_argument("--commands", nargs="*", default=["audit", "duplicates", "nearest", "copies", "simulate"])
    parser.add_argument("--budgets", nargs="*")
    parser.add_argument("--limit", type=float, default=900.0)
    parser.add_argument("--no-record", action="store_true")
    asked = parser.parse_args()
