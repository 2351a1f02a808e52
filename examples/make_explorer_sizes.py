"""Add to the explorer's tables what nonlinear maps do at finite size: their three times, sampled, with errors.

    python examples/make_explorer_sizes.py src/remanifold/explorer/tables.json     (about half an hour on one core)

Run it after make_explorer_tables.py. Sizes reach N = 60. Units are those of that script, log(t D / N); the error is the
standard error of log t. Null: no such time exists, theory has no limit there to which the page could
add it, or it was not computed yet: the page then draws the limit alone.
Entries that the tables have already are kept, so that a second run goes on where the first one stopped; each size is
written when it is ready. To compute all anew, run make_explorer_tables.py before.
"""

import json
import math
import sys
from copy import deepcopy
from pathlib import Path
from typing import Any

import numpy as np

from remanifold import NotConverged
from remanifold.theory.finite.prediction import sampled
from remanifold.theory.finite.sampled.family import HiddenFamily
from remanifold.theory.finite.size_times import FiniteSizeTimes

ACTIVATIONS = ("tanh", "relu", "sign")
DIMS, WIDTHS, MOST_WIDE = (4, 8, 16), (3.75, 1), 60  # D; N over D; N
LOG10_POINTS = (1, 2, 3, 4, 6, 8)
MOST_LOAD = 4.6  # log(P)/D, where the tables of the limit end
MOST_COPIED = 0.02  # chance that a point of binary data has a copy: theory is about points without one
ACCURACY = 0.1  # of log t that is aimed at; what is reached is told, and is mostly better
TIMES = ("t_onset", "t_collapse", "t_generalization")


def main(target: Path) -> None:
    """Compute the tables and write them beside the others, one size after another."""
    tables = json.loads(target.read_text(encoding="utf-8"))
    for activation in ACTIVATIONS:
        if not _fits(tables["finite"].get(activation, {})):
            tables["finite"][activation] = _empty()
    for width in WIDTHS:
        for dim in DIMS:
            for activation in ACTIVATIONS:
                _fill(tables["finite"][activation], activation, dim, width)
                print(activation, dim, round(width * dim), flush=True)
                text = json.dumps(tables, separators=(",", ":"), allow_nan=False)
                target.write_text(f"{text}\n", encoding="utf-8")


def _fits(tables: dict[str, Any]) -> bool:
    """Whether they are tables of these sizes."""
    return all(tables.get(name) == json.loads(json.dumps(value)) for name, value in _sizes().items())


def _sizes() -> dict[str, Any]:
    sizes = {"latent_dims": DIMS, "ratios": [1 / width for width in WIDTHS], "log10_points": LOG10_POINTS}
    return {**sizes, "most_ambient": MOST_WIDE}


def _empty() -> dict[str, Any]:
    """Tables of the times and of their errors (dims, widths, points), without entries yet."""
    plane = [[[None] * len(LOG10_POINTS) for _ in WIDTHS] for _ in DIMS]
    tables = {f"{name}{kind}": deepcopy(plane) for name in TIMES for kind in ("", "_error")}
    return {**_sizes(), **tables}


def _fill(tables: dict[str, Any], activation: str, dim: int, width: float) -> None:
    """Write the times of one size into ``tables``."""
    i, j, ambient = DIMS.index(dim), WIDTHS.index(width), round(width * dim)
    for k, power in enumerate(LOG10_POINTS):
        kept = tables[TIMES[0]][i][j][k] is not None
        found = None if kept else _times(activation, dim, ambient, 10**power)
        for name in TIMES if found is not None else ():
            t = getattr(found, name)
            tables[name][i][j][k] = round(math.log(t * dim / ambient), 4)
            tables[f"{name}_error"][i][j][k] = round(t.log_stderr, 3)


def _times(activation: str, latent_dim: int, ambient_dim: int, n_points: int) -> FiniteSizeTimes | None:
    copied = n_points * _chance_of_a_copy(latent_dim, ambient_dim) if activation == "sign" else 0.0
    if ambient_dim > MOST_WIDE or math.log(n_points) > MOST_LOAD * latent_dim or copied > MOST_COPIED:
        return None
    try:
        return sampled(HiddenFamily(ambient_dim, latent_dim, activation, "gaussian"), n_points, ACCURACY)
    except NotConverged as error:
        print(activation, latent_dim, ambient_dim, n_points, error, flush=True)
        return None


def _chance_of_a_copy(latent_dim: int, ambient_dim: int) -> float:
    """That N random planes leave two random latents on the same sides: E (1 - angle/pi)^N, from 10^5 pairs."""
    pairs = np.random.default_rng(0).normal(size=(2, 10**5, latent_dim))
    cosines = (pairs[0] * pairs[1]).sum(1) / np.linalg.norm(pairs[0], axis=1) / np.linalg.norm(pairs[1], axis=1)
    return float(((1 - np.arccos(cosines) / np.pi) ** ambient_dim).mean())


if __name__ == "__main__":
    main(Path(sys.argv[1]))
