"""Question: how do the finite-size times approach their limits, at sizes that no one can enumerate?

Latent ratio 0.3, log(P)/N = 0.2. Nonlinear g and gaussian F by sampling, up to P = e^40 points in N = 200 dimensions;
linear g in closed form, isometric F up to N = 10000. Finished cases are kept, and an interrupted run resumes.
"""

import argparse
import json
import math
import time
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

from harness import RESULTS

from remanifold._core.version import __version__
from remanifold.theory import landscape_for, t_collapse, t_generalization, t_onset
from remanifold.theory.finite.gaussian import finite_size_times_of_ensemble
from remanifold.theory.finite.sampled.family import HiddenFamily
from remanifold.theory.finite.sampled.times import sampled_times

RATIO, LOAD = 0.3, 0.2
LIMITS = {"t_onset": t_onset, "t_collapse": t_collapse, "t_generalization": t_generalization}
SIZES = (80, 120, 200)
CLOSED = (20, 30, 40, 50, 60, 80, 120, 200, 400, 1000, 2000, 4000, 10000)


def limits(dim: int, activation: str, ensemble: str) -> dict[str, float]:
    """The three times for large dimension."""
    landscape = landscape_for(RATIO, activation, ensemble)
    return {name: limit(landscape, LOAD) for name, limit in LIMITS.items()}


def sampled(activation: str, dim: int, accuracy: float) -> dict[str, Any]:
    """log(finite size/limit) of the three times, by sampling."""
    latent_dim, start = round(RATIO * dim), time.process_time()
    found = sampled_times(HiddenFamily(dim, latent_dim, activation), math.exp(LOAD * dim), accuracy)
    record: dict[str, Any] = {"latent_dim": latent_dim, "seconds": round(time.process_time() - start, 1)}
    times = (found.onset, found.collapse, found.generalization)
    for (name, limit), mine in zip(limits(dim, activation, "gaussian").items(), times):
        record[name] = {
            "log_ratio": round(mine.log_t - math.log(limit), 5),
            "error": round(mine.stderr, 5),
            "effort_shift": round(mine.effort_shift, 5),
            "spread": round(mine.spread, 5),
            "points": mine.n,
        }
    return record


def closed(ensemble: str, dim: int) -> dict[str, Any]:
    """The same for linear g, in closed form."""
    latent_dim = round(RATIO * dim)
    found = finite_size_times_of_ensemble(latent_dim, dim, round(Decimal(str(LOAD * dim)).exp()), ensemble)
    record: dict[str, Any] = {"latent_dim": latent_dim}
    for name, limit in limits(dim, "linear", ensemble).items():
        mine = getattr(found, name)
        record[name] = {"log_ratio": round(math.log(mine.value / limit), 6), "error": round(mine.log_stderr, 6)}
    return record


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--activations", nargs="*", default=["tanh", "relu", "sign"])
    parser.add_argument("--sizes", nargs="*", type=int, default=SIZES)
    parser.add_argument("--accuracy", type=float, default=0.025)
    parser.add_argument("--result", type=Path, default=RESULTS / "finite_size_large.json")
    options = parser.parse_args()
    result: Path = options.result
    known = json.loads(result.read_text()) if result.exists() else {"version": __version__, "cases": {}}
    wanted: dict[str, Callable[[], dict[str, Any]]] = {}
    for ensemble in ("isometric", "gaussian"):
        for dim in CLOSED if ensemble == "isometric" else [dim for dim in CLOSED if dim <= 4000]:
            wanted[f"linear, {ensemble}, N = {dim}"] = lambda dim=dim, ensemble=ensemble: closed(ensemble, dim)
    for dim in options.sizes:
        for name in options.activations:
            wanted[f"{name}, gaussian, N = {dim}"] = lambda dim=dim, name=name: sampled(name, dim, options.accuracy)
    for case, find in wanted.items():
        if case not in known["cases"]:
            known["cases"][case] = find()
            result.write_text(json.dumps(known, indent=1) + "\n")
        found = known["cases"][case]
        print(case, *(f"{found[name]['log_ratio']:+.4f} ± {found[name]['error']:.4f}" for name in LIMITS), flush=True)


if __name__ == "__main__":
    main()
