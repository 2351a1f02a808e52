"""Which training rows a network remembers: each row's loss against that of hold-out rows that are as hard."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from remanifold._core.checks import share
from remanifold._core.errors import refusal
from remanifold._core.estimate import Estimate, mean_estimate
from remanifold._core.seeds import generator
from remanifold._core.types import Floats, Integers
from remanifold.measures.estimates.persons import Persons
from remanifold.measures.estimates.rank_agreement import RankAgreement, fisher, rank_agreement, spearman
from remanifold.measures.memory.audited_rows import AuditedRows
from remanifold.measures.memory.denoising_loss import DenoisingLosses
from remanifold.measures.memory.nearest_training import NearestTraining, nearest_training
from remanifold.measures.neighbours.duplicates import Duplicates, exact_copies
from remanifold.measures.profile.exposure import RowExposure

_TINY = 1e-300
_EDGE = 1 + 1e-9
_ROWS_A_COLUMN = 5
_OUTSTANDING = 0.01  # expected number of rows that stand out by chance, with exponential tails
_LEAST_FACTOR = 1.5
_FIFTH, _FACTOR_SHARE = 5, 0.8  # the ratio is 1.3 to 1.5 for light tails already
_MARGIN = 0.25  # of the range of the hold-out rows, by which the fit is carried on


@dataclass(frozen=True, eq=False)
class Hardness:
    """Mean log losses up to t_c, and what tells how hard a row is.

    Attributes:
        own: Of training rows, (n,).
        others: Of hold-out rows, (m,).
        of_own: Columns of training rows, (n, k), the first of them 1.
        of_others: Of hold-out rows, (m, k).
    """

    own: Floats
    others: Floats
    of_own: Floats
    of_others: Floats

    def gaps(self, persons: Integers | None = None) -> tuple[Floats, Floats]:
        """Expected minus own number of training rows, and of hold-out rows, each of these from a fit without it.

        With ``persons`` (m,) of the hold-out rows: from a fit without its person.
        """
        inverse = np.linalg.pinv(self.of_others)
        fit = inverse @ self.others
        if persons is not None:
            residual = self.of_others @ fit - self.others
            for person in np.unique(persons):
                k = np.flatnonzero(persons == person)
                block = np.eye(len(k)) - self.of_others[k] @ inverse[:, k]
                residual[k] = np.linalg.lstsq(block, residual[k], rcond=1e-9)[0]
            return self.of_own @ fit - self.own, residual
        leverage = np.minimum(np.einsum("ij,ji->i", self.of_others, inverse), 1 - 1e-9)
        without = (self.of_others @ fit - self.others) / (1 - leverage)
        return self.of_own @ fit - self.own, without

    def drawn_again(
        self, kept: Integers, rng: np.random.Generator, persons: Persons | None = None
    ) -> tuple[NDArray, NDArray]:
        """``kept`` training rows (or persons) drawn with replacement, and gaps from hold-out rows drawn likewise."""
        if persons is not None:
            rows = kept[_drawn_persons(persons.training[kept], rng)]
            others = _drawn_persons(persons.holdout, rng)
        else:
            rows, others = rng.choice(kept, len(kept)), rng.integers(len(self.others), size=len(self.others))
        again = Hardness(self.own[rows], self.others[others], self.of_own[rows], self.of_others[others])
        return rows, again.gaps()[0]


@dataclass(frozen=True, eq=False)
class RowMemory:
    """Loss gaps of training rows, in nats of the loss: log(expected loss / own loss), mean over levels up to t_c.

    The expectation is a least-squares fit over the hold-out rows on what tells how hard a row is: the logarithms of its
    losses above t_c and of its distance to the nearest other training point, each brought into the range of the
    hold-out rows, give or take a quarter of it: near copies
    lie far below it, where the fit would be carried on to nowhere.

    Attributes:
        rows: Training rows, (n,).
        gap: Loss gap of each, (n,): 0 on average without memory.
        holdout_gap: The same of each hold-out row, fitted without it, (m,).
        p_value: Share of hold-out rows with at least this gap, itself counted among them, (n,): no smaller than
            1/(m + 1), uniform for rows that are not remembered.
        rate: Bound on the expected share of false names in `remembered`.
        duplicated: Whether the row has copies in the training data, (n,).
        fit: What the gaps were computed from.
    """

    rows: Integers
    gap: Floats
    holdout_gap: Floats
    p_value: Floats
    rate: float
    duplicated: NDArray[np.bool_]
    fit: "Hardness"

    @property
    def remembered(self) -> Integers:
        """Rows named at the false discovery rate (Benjamini and Hochberg), largest gap first."""
        named = named_at(self.p_value, self.rate)
        return self.rows[named[np.argsort(-self.gap[named], kind="stable")]]

    @property
    def outstanding(self) -> Integers:
        """Rows whose gap is so far beyond that of every hold-out row that too few of these cannot explain it.

        A gap counts from the middle of the hold-out gaps, in units of their largest, times its ratio to their fifth
        largest, which is large where their tail is heavy. With exponential tails one of n rows exceeds
        log(100 n)/log(m) of the largest with a chance of about 1 %. This extrapolates a law, which the tests do not:
        such rows are no proof, but no all-clear either.
        """
        beyond = far_beyond(self.gap, self.holdout_gap)
        return self.rows[np.flatnonzero(beyond)[np.argsort(-self.gap[beyond], kind="stable")]]

    @property
    def fewest_named(self) -> int:
        """With so few hold-out rows no fewer rows than this can be named at once."""
        return fewest_at_once(len(self.rows), len(self.holdout_gap), self.rate)

    def mean_gaps(self) -> tuple[Estimate | None, Estimate | None]:
        """Mean gap of rows without and with copies; None where there are none."""
        sides = self.gap[~self.duplicated], self.gap[self.duplicated]
        first, second = (mean_estimate(side) if len(side) else None for side in sides)
        return first, second

    def agreement(
        self, exposure: Sequence[RowExposure], *, resamples: int = 200, seed: int = 0, persons: Persons | None = None
    ) -> RankAgreement:
        """Did the rows that the data audit ranks first (highest own collapse) gain most? Rows without copies only.

        The interval is a bootstrap's over training and hold-out rows: what is expected of a row has an error, which all
        rows share. With ``persons`` of both sides it draws persons.

        Raises:
            InvalidInput: if fewer than five rows are in both.
        """
        times = {ranked.row: math.log(ranked.time.value) for ranked in exposure}
        kept = np.flatnonzero([row in times and not copied for row, copied in zip(self.rows.tolist(), self.duplicated)])
        order = np.array([times.get(row, math.nan) for row in self.rows.tolist()])
        rank_agreement(order[kept], self.gap[kept])  # refuses what has no ranking
        rng, drawn = generator(seed, "bootstrap of rows"), []
        for _ in range(resamples):
            rows, gaps = self.fit.drawn_again(kept, rng, persons)
            drawn.append(fisher(spearman(order[rows], gaps)))
        return rank_agreement(order[kept], self.gap[kept], stderr=float(np.std(drawn, ddof=1)))


def row_memory(
    losses: DenoisingLosses,
    rows: AuditedRows,
    t_collapse: float,
    *,
    rate: float = 0.1,
    duplicates: Duplicates | None = None,
    nearest: NearestTraining | None = None,
) -> RowMemory:
    """Loss gaps of the training rows of ``losses``.

    Args:
        losses: Of the network.
        rows: The rows that they were measured on.
        t_collapse: t_c of the training data.
        rate: False discovery rate of `RowMemory.remembered`.
        duplicates: Groups of near copies; by default equal rows only.
        nearest: `nearest_training` of these, where it is known.

    Raises:
        InvalidInput: if no level lies at or below ``t_collapse``, there are fewer than ten hold-out rows, or the rate
            is not in (0, 1).
    """
    rate = share("the false discovery rate", rate, example=0.1)
    low = losses.t <= t_collapse * _EDGE
    do = "pass memory_levels(t_collapse)"
    if not low.any():
        raise refusal(f"some level must lie at or below the collapse at {t_collapse:.6g}", f"{losses.t[0]:.6g} up", do)
    need = f"an expectation needs at least {2 * _ROWS_A_COLUMN} hold-out rows"
    if not (len(losses.holdout) >= 2 * _ROWS_A_COLUMN):
        raise refusal(need, len(losses.holdout), "pass a larger hold-out")
    own, others = (_logs(side[:, low]).mean(axis=1) for side in (losses.training, losses.holdout))
    fit = Hardness(own, others, *_columns(losses, nearest or nearest_training(losses, rows), ~low))
    gap, holdout_gap = fit.gaps(None if losses.persons is None else losses.persons.holdout)
    copies = _with_copies(rows, losses.training_rows, duplicates)
    return RowMemory(losses.training_rows, gap, holdout_gap, shares_above(gap, holdout_gap), rate, copies, fit)


def shares_above(gap: Floats, holdout_gap: Floats) -> Floats:
    """Share of hold-out gaps (m,) at least as large as each ``gap`` (n,), itself counted among them."""
    order = np.sort(holdout_gap)
    return (1 + len(order) - np.searchsorted(order, gap, "left")) / (len(order) + 1)


def named_at(p_value: Floats, rate: float) -> Integers:
    """Places named at the false discovery ``rate`` (Benjamini and Hochberg), smallest p-value first."""
    n, order = len(p_value), np.argsort(p_value, kind="stable")
    passed = np.flatnonzero(p_value[order] <= rate * np.arange(1, n + 1) / n)
    return order[: passed[-1] + 1] if len(passed) else order[:0]


def fewest_at_once(n: int, m: int, rate: float) -> int:
    """The least number of n that m hold-out numbers can name at once."""
    return int(np.ceil(n / (rate * (m + 1)) - 1e-9))


def far_beyond(gap: Floats, holdout_gap: Floats) -> NDArray[np.bool_]:
    """Which gaps stand out; see `RowMemory.outstanding`."""
    order = np.sort(holdout_gap - np.median(holdout_gap))
    largest, fifth = float(order[-1]), float(order[-min(_FIFTH, len(order) // 2)])
    factor = max(_LEAST_FACTOR, math.log(len(gap) / _OUTSTANDING) / math.log(len(order)))
    heavy = largest / fifth if fifth > 0 else math.inf
    return gap - float(np.median(holdout_gap)) > _FACTOR_SHARE * factor * heavy * max(largest, 1e-12)


def _drawn_persons(persons: Integers, rng: np.random.Generator) -> Integers:
    """Places of all rows of as many persons as there are, drawn with replacement."""
    order = np.argsort(persons, kind="stable")
    groups = np.split(order, np.flatnonzero(np.diff(persons[order])) + 1)
    return np.concatenate([groups[k] for k in rng.integers(len(groups), size=len(groups))])


def _logs(values: Floats) -> Floats:
    return np.log(np.maximum(values, _TINY))


def _columns(losses: DenoisingLosses, nearest: NearestTraining, high: NDArray[np.bool_]) -> tuple[Floats, Floats]:
    """Columns of `Hardness`; fewer levels where the hold-out rows are few."""
    levels = np.flatnonzero(high)[: len(losses.holdout) // _ROWS_A_COLUMN - 2]
    sides = zip((nearest.own, nearest.others), (losses.training, losses.holdout))
    own, others = (np.column_stack([_logs(d), _logs(side[:, levels])]) for d, side in sides)
    low, high = others.min(axis=0), others.max(axis=0)
    inside = np.clip(own, low - _MARGIN * (high - low), high + _MARGIN * (high - low))
    first, second = (np.column_stack([np.ones(len(side)), side]) for side in (inside, others))
    return first, second


def _with_copies(rows: AuditedRows, training_rows: Integers, duplicates: Duplicates | None) -> NDArray[np.bool_]:
    if duplicates is None:
        origin, counts = np.unique(exact_copies(rows.training), return_counts=True)
        return np.isin(training_rows, origin[counts > 1])
    return np.isin(training_rows, [member for group in duplicates.groups for member in group.members])
