"""The numbers, notes and named samples of an audit of copies."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr

from remanifold._core.compute import Compute
from remanifold._core.estimate import Estimate
from remanifold.audits.records.samples import CopyNumber, FlaggedSample
from remanifold.audits.samples.sets import EqualRows, RowSet, nearest_other
from remanifold.measures.copies.cell_test import LEAST_A_CELL, CellTest
from remanifold.measures.copies.ratio_test import RatioTest
from remanifold.measures.copies.share_test import ShareTest
from remanifold.measures.estimates.proportions import exact_interval
from remanifold.measures.neighbours.near_rows import NearRows

_MORE, _LESS = "higher: more copying", "lower: more copying"
_NORMAL_95 = 1.96
_CLOSEST = 24  # samples listed whether or not they are named
_AUTHENTIC = (
    "AuthPct: samples farther from their training {row} than its nearest other {row} is; never compare at other n"
)


def numbers_alone(train: RowSet, near: NearRows, equal: EqualRows, compute: Compute, row: str) -> list[CopyNumber]:
    """Numbers that need no hold-out; ``near``: the nearest training rows of the samples."""
    m = len(near.rows)
    rows, place = np.unique(near.rows[:, 0], return_inverse=True)
    own = nearest_other(train, rows, compute)
    copies, third = int((equal.of >= 0).sum()), int((near.ratio < 1 / 3).sum())
    authentic = int((near.nearest > own.nearest[place]).sum())
    low, high = exact_interval(authentic, m)
    copied = float(len(np.unique(equal.of[equal.of >= 0])))
    exact = f"share of samples equal to a training {row}"
    return [
        CopyNumber("exact_copies", exact, copies / m, _MORE, "share", None, m, exact_interval(copies, m)),
        CopyNumber("copied_rows", f"distinct training {row}s that a sample equals", copied, _MORE, f"{row}s", None, m),
        CopyNumber(
            "third_rule", "share with d1/d2 < 1/3", third / m, _MORE, "share", None, m, exact_interval(third, m)
        ),
        CopyNumber(
            "auth_pct", _AUTHENTIC.format(row=row), 100 * authentic / m, _LESS, "%", None, m, (100 * low, 100 * high)
        ),
    ]


@dataclass(frozen=True)
class CopyTests:
    """Tests of samples against a hold-out; None where too few rows are left for one.

    Attributes:
        closer: Samples nearer to training than to hold-out rows.
        ratio: Samples nearer to single rows.
        cells: Ranks of distances.
        of: The samples that `ratio` and `cells` compare.
        outstanding: `near_copy_test` of all together and of each.
    """

    closer: ShareTest | None
    ratio: RatioTest | None
    cells: CellTest | None
    of: NDArray[np.int64]
    outstanding: tuple[float, NDArray[np.float64]] | None = None


def numbers_of_tests(
    tests: CopyTests, equal: CopyNumber | None, near: NearRows, alpha: float, row: str
) -> list[CopyNumber]:
    """Numbers that rest on a hold-out; ``equal``: those that equal a training row, if that is known."""
    share, ratio, cells, numbers = tests.closer, tests.ratio, tests.cells, []
    if share is not None:
        m, what = (
            share.n,
            "share of samples nearer to training than to hold-out, ties split; p of more only (one-sided)",
        )
        numbers = [
            CopyNumber("closer_share", what, share.share, _MORE, "share", share.null, m, share.interval, share.p_value),
            CopyNumber("dcr_share", "DCR share: the same in %", 100 * share.share, _MORE, "%", 100 * share.null, m),
        ]
    if ratio is not None:
        m, named = len(ratio.rates), float((ratio.rates <= alpha).sum())
        what = f"samples named at a false discovery rate {alpha}"
        numbers.append(CopyNumber("named_samples", what, named, _MORE, f"{row}s", 0.0, m))
        if ratio.threshold is not None:
            below = int((near.ratio[tests.of] < ratio.threshold).sum())
            what, ends = f"share with d1/d2 below {ratio.threshold:.4g}", exact_interval(below, m)
            numbers.append(
                CopyNumber("ratio_below_threshold", what, below / m, _MORE, "share", alpha, m, ends, ratio.p_value)
            )
    if cells is not None:
        n, what = cells.n_samples, f"C_T as published, {cells.cells} cells"
        numbers.append(CopyNumber("c_t", what, cells.raw, _LESS, "z", 0.0, n))
        what = "C_T with unit variance"
        numbers.append(CopyNumber("c_t_corrected", what, cells.z, _LESS, "z", 0.0, n, None, cells.p_value))
    p_values = [number.p_value for number in numbers if number.p_value is not None]
    if tests.outstanding is not None:
        p_value, each = tests.outstanding
        what = f"share of samples far nearer to one training {row} than the law of hold-out {row}s carried on explains"
        part = float((each * len(each) <= alpha).mean())
        numbers.append(CopyNumber("outstanding_samples", what, part, _MORE, "share", 0.0, len(each), None, p_value))
    if equal is not None:
        numbers.append(equal)
        if equal.p_value is not None and (equal.value > 0 or equal.null or not p_values):
            p_values.append(equal.p_value)
    if not p_values:
        return numbers
    together = min(1.0, len(p_values) * min(p_values))  # holds whatever the dependence of the tests
    what = f"-log10 of the p-value of all {len(p_values)} tests together (Bonferroni)"
    evidence, n = abs(math.log10(together)), len(near.rows)
    return [*numbers, CopyNumber("evidence", what, evidence, _MORE, "decades", None, n, None, together)]


def certain_copies(copies: NDArray[np.bool_], row: str) -> CopyNumber:
    """Samples that equal a training row where chance cannot make them equal, (m,)."""
    what = f"samples that equal a training {row}, where chance cannot make them equal"
    return CopyNumber("certain_copies", what, float(copies.sum()), _MORE, "samples", 0.0, len(copies))


def rounding_notes(equal: EqualRows, row: str) -> list[str]:
    """How many samples equal a training row but for rounding; nothing where none does."""
    rounded = int((np.isfinite(equal.distances) & (equal.distances > 0)).sum())
    if not rounded:
        return []
    return [
        f"Of the samples that equal a training {row}, {rounded} {'does' if rounded == 1 else 'do'} so up to rounding "
        f"(largest difference {equal.difference:.2g}): {row}s within {equal.rounding:.2g} of each other count as "
        f"equal, since training {row}s lie more than 100 times as far apart."
    ]


def control_number(share: Estimate, n: int, row: str) -> CopyNumber:
    """How alike hold-out and training rows are: what the tests rest on."""
    what = (
        f"share of pairs in which a hold-out {row} is nearer to the training {row}s than a training {row} to the others"
    )
    direction = "no change: a check of the hold-out"
    if not math.isfinite(share.stderr) or share.stderr <= 0:
        return CopyNumber("holdout_closer_share", what, share.value, direction, "share", 0.5, n)
    reach = _NORMAL_95 * share.stderr
    ends = (max(0.0, share.value - reach), min(1.0, share.value + reach))
    p_value = float(2 * ndtr(-abs(share.value - 0.5) / share.stderr))
    return CopyNumber("holdout_closer_share", what, share.value, direction, "share", 0.5, n, ends, p_value)


def notes_of_tests(tests: CopyTests, found: float | None, compared: tuple[int, int], row: str, unit: str) -> list[str]:
    """What these tests cannot see, and which of them so few hold-out rows do not allow.

    Args:
        tests: The tests.
        found: Least share of near copies that those of the verdict find with 80 % power.
        compared: How many samples and hold-out rows.
        row: What a row is called.
        unit: What is counted in the hold-out.
    """
    ratio, (n_samples, n_holdout) = tests.ratio, compared
    power = (
        ""
        if found is None
        else f"the tests have 80 % power only if at least {100 * found:.3g} % of the samples are copies"
    )
    notes = [
        f"With these sample sizes {power or 'no test has 80 % power, whatever share of the samples are copies'}; each "
        f"copy is taken to be nearer to its {row} than all hold-out {row}s are to theirs.",
        f"Samples that differ from hold-out {row}s for another reason than copying, such as less variety, are rejected "
        "too.",
    ]
    if ratio is None or tests.closer is None:
        notes.append(f"Too few {row}s do not recur for every test of distances: those left out have no number.")
    if ratio is not None and ratio.threshold is None:
        least = math.ceil(1 / ratio.alpha * (1 - 1e-12)) - 1
        notes.append(
            f"The hold-out is too small for a threshold of d1/d2: at alpha {ratio.alpha:.4g} it takes {least} distinct "
            f"{unit}, and there are {n_holdout}; ratio_below_threshold is left out."
        )
    if ratio is not None and ratio.fewest_named > 1:
        named = f"can be named only if there are {ratio.fewest_named} or more"
        named = named if ratio.fewest_named <= n_samples else "cannot be named"
        notes.append(f"With {n_holdout} {unit}, individual copies {named}.")
    if tests.cells is None:
        notes.append(
            f"C_T is left out: no cell holds {LEAST_A_CELL} samples and {LEAST_A_CELL} hold-out {row}s with distances "
            "that differ."
        )
    return notes


def samples_beside(
    near: NearRows, equal: EqualRows, copies: NDArray[np.bool_], rates: NDArray[np.float64] | None, alpha: float
) -> tuple[tuple[FlaggedSample, ...], tuple[FlaggedSample, ...]]:
    """Samples beside their training rows, smallest d1/d2 first; d1/d2 is 0 for copies, also those up to rounding.

    First all ``copies`` and samples named at the false discovery rate ``alpha``; then the closest, named or not.
    """
    at = equal.of >= 0
    ratio, distance = np.where(at, 0.0, near.ratio), np.where(at, equal.distances, near.nearest)
    train, order = np.where(at, equal.of, near.rows[:, 0]), np.argsort(ratio, kind="stable")
    named = order[(copies if rates is None else copies | (rates <= alpha))[order]]

    def beside(i: int) -> FlaggedSample:
        rate = None if rates is None else float(rates[i])
        return FlaggedSample(i, int(train[i]), float(distance[i]), float(ratio[i]), rate)

    return tuple(map(beside, named.tolist())), tuple(map(beside, order[:_CLOSEST].tolist()))
