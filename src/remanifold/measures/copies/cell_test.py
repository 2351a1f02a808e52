"""Meehan, Chaudhuri and Dasgupta's C_T with the variance that its weighted sum has."""

import math
from dataclasses import dataclass

import numpy as np
from scipy.special import ndtr

from remanifold._core.errors import refusal
from remanifold._core.types import Floats, Integers

LEAST_A_CELL = 5  # rows of either kind in a cell that counts: from there on ranks are near enough to normal
_LEAST_P = 1e-6


@dataclass(frozen=True)
class CellTest:
    """Whether samples lie nearer to training rows than hold-out rows do, cell by cell.

    Attributes:
        raw: C_T as published (arXiv 2004.05675): the mean of the cells' z, weighted by their share of hold-out rows;
            negative: nearer. Its standard deviation is below 1 wherever there is more than one cell.
        z: The same sum over its standard deviation under the null, sqrt of the sum of squared weights: standard normal.
        p_value: Chance of a z as low if samples were drawn as the hold-out rows were; never below 1e-6, since sums of
            few ranks are not normal so far out.
        cells: Cells that counted.
        n_samples: Samples in them.
        n_holdout: Hold-out rows in them.
    """

    raw: float
    z: float
    p_value: float
    cells: int
    n_samples: int
    n_holdout: int


def cell_test(samples: Floats, holdout: Floats, sample_cells: Integers, holdout_cells: Integers) -> CellTest | None:
    """Rank distances within cells of space.

    Args:
        samples: Distances of samples to their nearest training row, (m,).
        holdout: The same of hold-out rows, (n,).
        sample_cells: Cell of each sample, any whole numbers, (m,).
        holdout_cells: Cell of each hold-out row, (n,). Cells must not depend on samples or hold-out rows.

    Returns:
        The test, or None where no cell has five rows of both kinds with distances that differ.

    Raises:
        InvalidInput: if there are not as many cells as distances.
    """
    if len(samples) != len(sample_cells) or len(holdout) != len(holdout_cells):
        got = f"{len(sample_cells)} and {len(holdout_cells)} cells"
        raise refusal("every distance needs its cell", got, "pass both")
    scores, sizes, counted = [], [], 0
    for cell in np.unique(holdout_cells):
        inside, others = samples[sample_cells == cell], holdout[holdout_cells == cell]
        score = _rank_z(inside, others) if min(len(inside), len(others)) >= LEAST_A_CELL else math.nan
        if math.isfinite(score):
            scores.append(score)
            sizes.append(len(others))
            counted += len(inside)
    if not scores:
        return None
    weights = np.array(sizes) / sum(sizes)
    raw = float(weights @ np.array(scores))
    z = raw / math.sqrt(float(weights @ weights))
    return CellTest(raw, z, max(_LEAST_P, float(ndtr(z))), len(scores), counted, sum(sizes))


def _rank_z(samples: Floats, holdout: Floats) -> float:
    """Mann and Whitney's z of ``samples`` against ``holdout``, ties split, with the variance they leave, or nan."""
    from scipy.stats import rankdata  # scipy.stats takes a second to load

    m, n = len(samples), len(holdout)
    both = np.concatenate([samples, holdout])
    u = rankdata(both)[:m].sum() - m * (m + 1) / 2
    _, ties = np.unique(both, return_counts=True)
    total = m + n
    variance = m * n / 12 * (total + 1 - float((ties.astype(float) ** 3 - ties).sum()) / (total * (total - 1)))
    return (u - m * n / 2) / math.sqrt(variance) if variance > 1e-9 * m * n else math.nan
