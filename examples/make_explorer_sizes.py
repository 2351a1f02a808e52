"""Add to the explorer's tables what nonlinear maps do at finite size: their three times, sampled, with errors.

    python examples/make_explorer_sizes.py src/remanifold/explorer/tables.json     (about half an hour on one core)

Run it after make_explorer_tables.py. Sizes reach N = 60. Units are those of that script, log(t D / N); the error is the
standard error of log t. Null: no time was found, or theory has no limit there to which the page could add
it; "why" has the reason in words, which the page shows where it draws the limit alone.
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
MANY_COPIES = 4.6  # a point that has so many on average has one in 99 of 100 cases
# Copies that a point of binary data has on average. Theory is about points without one; where a few have one, merging
# them, as an audit does, moved log t by .03 at most (brute force, D, N, P = 4, 15, 10; 8, 8, 10; 8, 30, 1000; 16, 16,
# 1000; 3 to 15 % of the points with a copy): that is part of the error.
FEW_COPIED, MOST_COPIED, MERGED = 0.02, 0.2, 0.03
ACCURACY = 0.1  # of log t that is aimed at; what is reached is told, and is mostly better
TIMES = ("t_onset", "t_collapse", "t_generalization")


def main(target: Path) -> None:
    """Compute the tables and write them beside the others, one size after another."""
    tables = json.loads(target.read_text(encoding="utf-8"))
    for activation in ACTIVATIONS:
        if not _fits(tables["finite"].get(activation, {})):
            tables["finite"][activation] = _empty()
        tables["finite"][activation].setdefault("why", _empty()["why"])
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
    return {**_sizes(), **tables, "why": plane}


def _fill(tables: dict[str, Any], activation: str, dim: int, width: float) -> None:
    """Write the times of one size into ``tables``."""
    i, j, ambient = DIMS.index(dim), WIDTHS.index(width), round(width * dim)
    for k, power in enumerate(LOG10_POINTS):
        kept = tables[TIMES[0]][i][j][k] is not None
        found = None if kept else _times(activation, dim, ambient, 10**power)
        if not kept:
            tables["why"][i][j][k] = found if isinstance(found, str) else None
        for name in TIMES if isinstance(found, FiniteSizeTimes) else ():
            t = getattr(found, name)
            tables[name][i][j][k] = round(math.log(t * dim / ambient), 4)
            merged = MERGED if _copies(activation, dim, ambient, 10**power) > FEW_COPIED else 0.0
            tables[f"{name}_error"][i][j][k] = round(math.hypot(t.log_stderr, merged), 3)


def _times(activation: str, latent_dim: int, ambient_dim: int, n_points: int) -> FiniteSizeTimes | str:
    """The times, or why there are none."""
    if math.log(n_points) > MOST_LOAD * latent_dim:
        return f"log P / D lies above {MOST_LOAD}, where the tables of the limit end"
    copied = _copies(activation, latent_dim, ambient_dim, n_points)
    if copied > MOST_COPIED:
        share = f"{-100 * math.expm1(-copied):.2g} %" if copied < MANY_COPIES else "nearly all"
        return f"{share} of {n_points:,} such points have a copy; sampled times are of points without one"
    try:
        return sampled(HiddenFamily(ambient_dim, latent_dim, activation, "gaussian"), n_points, ACCURACY)
    except NotConverged as error:
        print(activation, latent_dim, ambient_dim, n_points, error, flush=True)
        return str(error).rstrip(".")


def _copies(activation: str, latent_dim: int, ambient_dim: int, n_points: int) -> float:
    """Copies that a point has on average, as far as they count: those of relu are one point, at zero.

    That N random planes leave two random latents on the same sides has the chance E (1 - angle/pi)^N, from 10^5 pairs.
    """
    if activation != "sign":
        return 0.0
    pairs = np.random.default_rng(0).normal(size=(2, 10**5, latent_dim))
    cosines = (pairs[0] * pairs[1]).sum(1) / np.linalg.norm(pairs[0], axis=1) / np.linalg.norm(pairs[1], axis=1)
    return n_points * float(((1 - np.arccos(cosines) / np.pi) ** ambient_dim).mean())


if __name__ == "__main__":
    main(Path(sys.argv[1]))
