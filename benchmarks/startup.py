"""Question: how long do `import remanifold` and `remanifold --help` take from a cold start of the interpreter?

Each round starts three processes one after another (a bare interpreter, the import, the help page), so that a busy
machine slows all three alike; medians and quartiles over the rounds go to benchmarks/results/startup.json.
"""

import argparse
import json
import os
import platform
import statistics
import subprocess
import sys
import time
from importlib.metadata import version
from pathlib import Path

LIMIT = 0.5  # seconds, the promise of the README
RESULT = Path(__file__).parent / "results" / "startup.json"
COMMANDS = {
    "bare interpreter": [sys.executable, "-c", "pass"],
    "import remanifold": [sys.executable, "-c", "import remanifold"],
    "remanifold --help": [str(Path(sys.executable).with_name("remanifold")), "--help"],
}


def _seconds(command: list[str]) -> float:
    start = time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - start


def _check_the_commands_do_their_work() -> None:
    shown = subprocess.run(COMMANDS["remanifold --help"], check=True, capture_output=True, text=True).stdout
    if "audit" not in shown or "phases" not in shown:
        raise SystemExit("remanifold --help does not list its commands; there is nothing worth timing")


def _summary(seconds: list[float]) -> dict[str, float]:
    low, median, high = statistics.quantiles(seconds, n=4)
    return {"median": median, "quartile_low": low, "quartile_high": high, "min": min(seconds), "max": max(seconds)}


def main() -> None:
    """Time the rounds, print the medians, write the result."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=21, help="rounds after one warm-up round, at least 11")
    rounds = parser.parse_args().rounds
    if rounds < 11:
        parser.error(f"a median needs at least 11 rounds, but got {rounds}")
    _check_the_commands_do_their_work()
    for command in COMMANDS.values():  # warm up: byte code and the disk cache
        _seconds(command)
    seconds: dict[str, list[float]] = {name: [] for name in COMMANDS}
    for _ in range(rounds):
        for name, command in COMMANDS.items():
            seconds[name].append(_seconds(command))
    summaries = {name: _summary(values) for name, values in seconds.items()}
    for name, summary in summaries.items():
        print(f"{name:18} {summary['median']:.3f} s  [{summary['quartile_low']:.3f}, {summary['quartile_high']:.3f}]")
    record = {
        "question": "wall time of a cold start, seconds",
        "rounds": rounds,
        "limit": LIMIT,
        "within_limit": all(summary["median"] < LIMIT for summary in summaries.values()),
        "cpu_count": os.cpu_count(),
        "load_average": os.getloadavg()[0],  # above cpu_count: other work slowed every round
        "machine": platform.machine(),
        "versions": {"python": platform.python_version()} | {name: version(name) for name in ("remanifold", "typer")},
        "seconds": summaries,
    }
    RESULT.parent.mkdir(exist_ok=True)
    RESULT.write_text(json.dumps(record, indent=2) + "\n")


if __name__ == "__main__":
    main()
