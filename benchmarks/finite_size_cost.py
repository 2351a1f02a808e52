"""Question: what do the sampled finite-size times cost, against N, D, the accuracy asked for, and P?

Processor seconds of one thread, the error reached, and the points x that looked. Each question changes one number of
N = 30, D = 9, P = 403, tanh, 3 %; some stand for other g. Finished cases are kept, and an interrupted run resumes.
"""

import argparse
import json
import time
from pathlib import Path
from typing import Any

from harness import RESULTS

from remanifold._core.version import __version__
from remanifold.theory.finite.sampled.family import HiddenFamily
from remanifold.theory.finite.sampled.times import sampled_times

USUAL: dict[str, Any] = {"activation": "tanh", "ambient_dim": 30, "latent_dim": 9, "n_points": 403, "accuracy": 0.03}
CASES: tuple[dict[str, Any], ...] = (
    {},
    {"ambient_dim": 15},
    {"ambient_dim": 60},
    {"ambient_dim": 120},
    {"latent_dim": 3},
    {"latent_dim": 18},
    {"latent_dim": 30},
    {"accuracy": 0.1},
    {"accuracy": 0.01},
    {"n_points": 20},
    {"n_points": 162755},
    {"n_points": 10**12},
    {"activation": "relu"},
    {"activation": "sign"},
    {"ambient_dim": 60, "latent_dim": 18, "n_points": 162755},
)


def cost(activation: str, ambient_dim: int, latent_dim: int, n_points: int, accuracy: float) -> dict[str, Any]:
    """Seconds, and what was reached."""
    start = time.process_time()
    found = sampled_times(HiddenFamily(ambient_dim, latent_dim, activation), n_points, accuracy)
    seconds = time.process_time() - start
    times = (found.onset, found.collapse, found.generalization)
    reached = {"error": round(max(one.stderr for one in times), 4), "points": max(one.n for one in times)}
    return {"seconds": round(seconds, 1)} | reached


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--result", type=Path, default=RESULTS / "finite_size_cost.json")
    result: Path = parser.parse_args().result
    known = json.loads(result.read_text()) if result.exists() else {"version": __version__, "usual": USUAL, "cases": {}}
    for changed in CASES:
        name = ", ".join(f"{key} {value}" for key, value in changed.items()) or "as usual"
        if name not in known["cases"]:
            known["cases"][name] = cost(**(USUAL | changed))
            result.write_text(json.dumps(known, indent=1) + "\n")
        print(name, known["cases"][name], flush=True)


if __name__ == "__main__":
    main()
