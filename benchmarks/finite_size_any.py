"""Question: does the sampled finite-size theory of nonlinear manifolds predict what brute force measured?

The measured times are those of docs/results/nonlinear.csv: gaussian F, latent ratio 0.3, log(P)/N = 0.2, up to 64 draws
of F and data at each size. Predicted are the same draws of F, so that what F scatters cancels, with points of their
own. For linear manifolds the closed form stands beside. Finished rows are kept, and an interrupted run resumes.
"""

import argparse
import csv
import json
import math
import time
from pathlib import Path
from typing import Any

import numpy as np
from harness import RESULTS

from remanifold._core.version import __version__
from remanifold.theory.finite.sampled.family import HiddenFamily
from remanifold.theory.finite.sampled.times import sampled_times

MEASURED = Path(__file__).parent.parent / "docs" / "results" / "nonlinear.csv"
NAMES = {"t_onset": "onset", "t_collapse": "collapse", "t_generalization": "generalization"}
A_MAP = 8


def draws_of(activation: str, ambient_dim: int) -> list[dict[str, str]]:
    """Rows of the measurement."""
    with MEASURED.open(encoding="utf-8") as file:
        rows = list(csv.DictReader(line for line in file if not line.startswith("#")))
    return [row for row in rows if row["activation"] == activation and row["ambient_dim"] == str(ambient_dim)]


def compared(activation: str, ambient_dim: int) -> dict[str, Any]:
    """log(measured/predicted) of the three times, its error and z."""
    rows = draws_of(activation, ambient_dim)
    first = rows[0]
    family = HiddenFamily(ambient_dim, int(first["latent_dim"]), activation, seed=int(first["seed"]))
    start = time.process_time()
    found = sampled_times(family, int(first["n_points"]), 1e-3, a_map=A_MAP, most=A_MAP * len(rows))
    record: dict[str, Any] = {"draws": len(rows), "points": int(first["n_points"]), "latent_dim": family.latent_dim}
    record["seconds"] = round(time.process_time() - start, 1)
    for column, name in NAMES.items():
        mine, logs = getattr(found, name), np.log([float(row[column]) for row in rows])
        own = mine.stderr**2 - mine.spread**2 / len(rows)  # what F scatters is the same on both sides
        theirs = max(float(logs.var(ddof=1)) - mine.spread**2, 0.0) / len(rows)
        off, error = float(logs.mean()) - mine.log_t, math.sqrt(max(own, mine.effort_shift**2) + theirs)
        record[column] = {
            "measured": math.exp(logs.mean()),
            "predicted": math.exp(mine.log_t),
            "limit": float(first[f"{column}_limit"]),
            "log_ratio": round(off, 4),
            "error": round(error, 4),
            "z": round(off / error, 2),
            "effort_shift": round(mine.effort_shift, 4),
            "spread": round(mine.spread, 4),
        }
    return record


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--activations", nargs="*", default=["linear", "tanh", "erf", "relu", "sign"])
    parser.add_argument("--sizes", nargs="*", type=int, default=[20, 30, 40])
    parser.add_argument("--result", type=Path, default=RESULTS / "finite_size_any.json")
    options = parser.parse_args()
    known = json.loads(options.result.read_text()) if options.result.exists() else {"version": __version__, "cases": {}}
    for size in options.sizes:
        for activation in options.activations:
            name = f"{activation}, N = {size}"
            if name not in known["cases"]:
                known["cases"][name] = compared(activation, size)
                options.result.write_text(json.dumps(known, indent=1) + "\n")
            case = known["cases"][name]
            print(
                name,
                *(f"{case[k]['log_ratio']:+.4f} ± {case[k]['error']:.4f}" for k in NAMES),
                case["seconds"],
                flush=True,
            )


if __name__ == "__main__":
    main()
