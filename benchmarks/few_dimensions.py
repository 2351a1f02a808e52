"""Question: do times in one and two latent dimensions, predicted from drawn data sets, hold against measured sets?

Hidden manifolds in 20 dimensions; every measured set has its own F. Finished cases are kept in
benchmarks/results/few_dimensions.json; a second call goes on.
"""

import json
import math
import time
from typing import Any

from harness import RESULTS, write_record

from remanifold import HiddenManifold, phases
from remanifold.measures import ensemble_times

_NAME = "few_dimensions"
_DIM, _SEED = 20, 5000
_CASES = (  # activation, D, P, sets
    ("linear", 1, 100, 300),
    ("linear", 1, 1000, 60),
    ("relu", 1, 100, 200),
    ("tanh", 1, 100, 300),
    ("sine", 1, 300, 100),
    ("linear", 2, 100, 200),
    ("linear", 2, 1000, 100),
    ("relu", 2, 100, 200),
    ("tanh", 2, 100, 400),
    ("tanh", 2, 1000, 60),
)
_NAMES = ("t_onset", "t_collapse", "t_generalization")


def _row(activation: str, latent_dim: int, n_points: int, sets: int) -> dict[str, Any]:
    sizes = {"ambient_dim": _DIM, "latent_dim": latent_dim, "n_points": n_points, "activation": activation}
    measured = ensemble_times(
        lambda seed: HiddenManifold(**sizes, seed=seed).points(),
        sets,
        seed=_SEED,
        max_queries=min(n_points, 500),
        threads=1,
    )
    start = time.process_time()
    predicted = phases(**sizes, threads=1).finite_size
    seconds = time.process_time() - start
    if predicted is None:
        raise RuntimeError("no prediction")
    row: dict[str, Any] = sizes | {"sets": sets, "seconds": round(seconds, 1)}
    for name in _NAMES:
        brute, told = getattr(measured, name).level, getattr(predicted, name)
        gap = math.log(brute.value / told.value)
        error = math.hypot(brute.log_stderr, told.log_stderr)
        row[name] = {
            "measured": brute.value,
            "measured_error": brute.log_stderr,
            "predicted": told.value,
            "predicted_error": told.log_stderr,
            "gap": gap,
            "z": gap / error,
        }
    return row


def main() -> None:
    file = RESULTS / f"{_NAME}.json"
    rows = json.loads(file.read_text())["rows"] if file.exists() else []
    for case in _CASES[len(rows) :]:
        rows.append(_row(*case))
        write_record(_NAME, __doc__, ("numpy", "scipy"), rows=rows)


if __name__ == "__main__":
    main()
