"""Question: are the errors that the sampled finite-size times state as large as what the times are off by?

Isometric linear maps have exact times. They are sampled all the same, as if g were any other, in independent runs of
four sizes, and each time's distance from the exact one is counted in stated errors. Honest errors give a standard
deviation of 1 and 5 % beyond 2. Finished runs are kept, and an interrupted run resumes.
"""

import argparse
import json
import math
import time
from pathlib import Path
from typing import Any

import numpy as np
from harness import RESULTS

from remanifold._core.version import __version__
from remanifold.theory.finite.gaussian import finite_size_times
from remanifold.theory.finite.sampled.family import HiddenFamily
from remanifold.theory.finite.sampled.recalled import forget
from remanifold.theory.finite.sampled.times import sampled_times

SIZES = ((12, 4, 200), (16, 6, 400), (20, 8, 1000), (14, 5, 300))  # N, D, P
NAMES = ("onset", "collapse", "generalization")
SEED, APART, REFERENCES = 9_000_000, 1000, 4


def exact_logs(dim: int, latent_dim: int, n_points: int) -> dict[str, float]:
    """Mean over seeds of the points x, known to .0005."""
    times = [finite_size_times([dim / latent_dim] * latent_dim, n_points, dim, seed=k) for k in range(REFERENCES)]
    return {name: float(np.mean([math.log(getattr(one, f"t_{name}").value) for one in times])) for name in NAMES}


def run_of(number: int, accuracy: float) -> dict[str, Any]:
    """One run: off by how much, error, shift with effort of log t."""
    dim, latent_dim, n_points = SIZES[number % len(SIZES)]
    start = time.process_time()
    family = HiddenFamily(dim, latent_dim, "linear", "isometric", seed=SEED + APART * number)
    found = sampled_times(family, n_points, accuracy, APART + number)
    record: dict[str, Any] = {"sizes": [dim, latent_dim, n_points], "seconds": round(time.process_time() - start, 2)}
    for name, right in exact_logs(dim, latent_dim, n_points).items():
        one = getattr(found, name)
        numbers = {"off": one.log_t - right, "error": one.stderr, "effort_shift": one.effort_shift}
        numbers["raw_shift"] = one.raw_shift
        record[name] = {key: round(value, 6) for key, value in numbers.items()} | {"points": one.n}
    forget()
    return record


def with_every_shift(run: dict[str, Any], name: str) -> tuple[float, float]:
    """(statistical error, error with the whole shift added to it), were the scatter of the shift not taken off."""
    one = run[name]
    statistical = math.sqrt(max(one["error"] ** 2 - one["effort_shift"] ** 2, 0.0))
    return statistical, statistical + abs(one["raw_shift"])


def summary(runs: list[dict[str, Any]]) -> dict[str, Any]:
    """Standard deviation, root mean square and share beyond 2 of off/error; mean of off, with its error.

    "z_rms_added" is that of errors with every measured shift added; "doubled" counts the runs where it is above a third
    of the statistical error, which would be done again with twice the effort.
    """
    told = {}
    for name in NAMES:
        off, error = (np.array([run[name][key] for run in runs]) for key in ("off", "error"))
        z = off / error
        told[name] = {
            "z_sd": round(float(z.std(ddof=1)), 3),
            "z_rms": round(float(np.sqrt(np.mean(z**2))), 3),
            "beyond_2": int((abs(z) > 2).sum()),
            "largest": round(float(abs(z).max()), 2),
            "mean_off": round(float(off.mean()), 5),
            "error_of_mean": round(float(off.std(ddof=1)) / math.sqrt(len(off)), 5),
            "rms_off": round(float(np.sqrt(np.mean(off**2))), 5),
            "rms_error": round(float(np.sqrt(np.mean(error**2))), 5),
        }
        if all("raw_shift" in run[name] for run in runs):
            statistical, added = np.array([with_every_shift(run, name) for run in runs]).T
            told[name] |= {
                "z_rms_added": round(float(np.sqrt(np.mean((off / added) ** 2))), 3),
                "doubled": int((added - statistical > statistical / 3).sum()),
            }
    return told


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=60)
    parser.add_argument("--accuracy", type=float, default=0.05)
    parser.add_argument("--result", type=Path, default=RESULTS / "finite_size_coverage.json")
    options = parser.parse_args()
    result: Path = options.result
    empty = {"version": __version__, "accuracy": options.accuracy, "runs": []}
    known = json.loads(result.read_text()) if result.exists() else empty
    for number in range(len(known["runs"]), options.runs):
        known["runs"].append(run_of(number, known["accuracy"]))
        if number > 0:
            known["summary"] = summary(known["runs"])
        result.write_text(json.dumps(known, indent=1) + "\n")
    print(json.dumps(known["summary"], indent=1))


if __name__ == "__main__":
    main()
