"""Compute the tables of the explorer's third part once: the three times over load and latent ratio, in the limit and at
finite size.

    python examples/make_explorer_tables.py src/remanifold/explorer/tables.json     (about five minutes on one core)

The finite sizes of nonlinear maps are sampled by make_explorer_sizes.py, which is to be run after it.
Every time is stored as its logarithm in units of the variance along the manifold's directions, log(t D / N): the unit
in which the collapse of a linear manifold does not know N. Null: no such time exists.
"""

import json
import math
import sys
from pathlib import Path

import numpy as np

from remanifold.theory import phase_diagram
from remanifold.theory.finite.gaussian import finite_size_times_of_ensemble

LOADS = np.geomspace(0.05, 4.6, 14)  # log(P)/D, nats per latent dimension
RATIOS = np.array([1 / 64, 1 / 32, 1 / 16, 1 / 8, 1 / 4, 0.5, 0.75, 1.0])  # D/N
DIMS, FINITE_RATIOS = (4, 8, 16, 32, 64), (1 / 64, 1 / 16, 1 / 4, 1 / 2, 2 / 3, 1.0)
LOG10_POINTS = (1, 2, 3, 4, 5, 6, 7, 8)
ENSEMBLES = {"linear": "isometric", "tanh": "gaussian", "relu": "gaussian", "sign": "gaussian"}
TIMES = ("t_onset", "t_collapse", "t_generalization")


def main(target: Path) -> None:
    """Compute and write both tables."""
    tables = {
        "loads": LOADS.round(6).tolist(),
        "ratios": RATIOS.tolist(),
        "limit": {name: limit(name, ensemble) for name, ensemble in ENSEMBLES.items()},
        "finite": {"linear": finite()},
    }
    target.write_text(json.dumps(tables, separators=(",", ":"), allow_nan=False) + "\n", encoding="utf-8")


def limit(activation: str, ensemble: str) -> dict[str, list[list[float | None]]]:
    """Name of the time -> its table, (ratios, loads)."""
    rows: dict[str, list[list[float | None]]] = {name: [] for name in TIMES}
    for ratio in RATIOS:
        diagram = phase_diagram(LOADS * ratio, [ratio], activation, ensemble)
        for name in TIMES:
            rows[name].append([_log(t, ratio) for t in getattr(diagram, name)[0].tolist()])
        print(activation, ratio, flush=True)
    return rows


def finite() -> dict[str, object]:
    """The times of P points on an isometric linear manifold of D dimensions in N: tables (dims, ratios, points)."""
    tables: dict[str, list[list[list[float | None]]]] = {name: [] for name in TIMES}
    for dim in DIMS:
        planes = {name: [] for name in TIMES}
        for ratio in FINITE_RATIOS:
            times = [_finite_times(dim, round(dim / ratio), 10**power) for power in LOG10_POINTS]
            for place, name in enumerate(TIMES):
                planes[name].append([None if one is None else one[place] for one in times])
        for name in TIMES:
            tables[name].append(planes[name])
        print("finite", dim, flush=True)
    return {"latent_dims": DIMS, "ratios": FINITE_RATIOS, "log10_points": LOG10_POINTS, **tables}


def _finite_times(latent_dim: int, ambient_dim: int, n_points: int) -> list[float | None] | None:
    if math.log(n_points) > 4.6 * latent_dim:
        return None
    found = finite_size_times_of_ensemble(latent_dim, ambient_dim, n_points, "isometric")
    return [_log(getattr(found, name).value, latent_dim / ambient_dim) for name in TIMES]


def _log(t: float, ratio: float) -> float | None:
    return round(math.log(t * ratio), 5) if t > 0 else None  # nan, of a time that does not exist, is not above 0


if __name__ == "__main__":
    main(Path(sys.argv[1]))
