"""What an audit says of a trained network, noise level by noise level."""

from dataclasses import dataclass, field

from remanifold._core.estimate import Estimate
from remanifold._core.shown import short_repr
from remanifold.audits.records.captions import CaptionsRecord
from remanifold.measures.memory.group_tests import GroupTest
from remanifold.measures.memory.near_groups import NearGroup
from remanifold.noise import MeasuredLevel, NoiseLevel


@dataclass(frozen=True)
class NetworkLevel:
    """One noise level; losses are E|m(x_t) - xi|^2/N in squared data units, each with its error over rows.

    Attributes:
        t: Noise variance.
        training_loss, holdout_loss: Of the network.
        exact_training_loss, exact_holdout_loss: Of the exact empirical score of the training data, same noise.
        index: Memory index: 0 no memory, 1 the empirical score; None where the exact gap is not resolved.
        used: Whether the level counts in the summary.
    """

    __repr__ = short_repr

    t: NoiseLevel
    training_loss: Estimate
    holdout_loss: Estimate
    exact_training_loss: Estimate
    exact_holdout_loss: Estimate
    index: Estimate | None
    used: bool


@dataclass(frozen=True)
class RowGap:
    """A training row that the network remembers.

    Attributes:
        row: Row number in the data.
        gap: log(expected loss / own loss), mean over levels up to t_c, nats; 0 without memory.
        p_value: Against hold-out rows.
        duplicated: Whether it has copies in the data.
    """

    row: int
    gap: float
    p_value: float
    duplicated: bool


@dataclass(frozen=True)
class Agreement:
    """Rank correlation of the rows' exposure, computed before any training, with what this network remembers.

    Attributes:
        value: Spearman's correlation.
        interval: 95 % interval.
        n: Rows that it was measured on.
    """

    value: float
    interval: tuple[float, float]
    n: int


@dataclass(frozen=True)
class TurnLevel:
    """U-turns: rows noised to t and led back by the reverse SDE under the network.

    Attributes:
        t: Noise variance of the turn.
        training, holdout: Share that returned: no training point is nearer to the end than the row itself.
        exact_training: E[w_own], the share of training rows under the exact empirical score.
        exact_holdout: The same of hold-out rows, each as one point more.
        captured: Share of hold-out rows that are at most 1/3 as far from a training point as from any other, after
            rounds 0, 1, .. of noising to t and back; None at t where no rounds were run.
    """

    __repr__ = short_repr

    t: NoiseLevel
    training: Estimate
    holdout: Estimate
    exact_training: Estimate
    exact_holdout: Estimate
    captured: tuple[float, ...] | None = None


@dataclass(frozen=True)
class NetworkRecord:
    """Does this network remember its training rows?

    Estimates keep no count of their own (``n`` is 0): the rows behind them are ``n_training`` and ``n_holdout``.

    Attributes:
        source: What was audited.
        description: How it was made a denoiser.
        n_training, n_holdout: Distinct rows looked at.
        evaluations: Rows that the network was asked about, in all.
        budget: The most that it might be asked about.
        draws: Noise draws a row.
        index: Memory index over all used levels: 0 no memory, 1 the empirical score; None with ``reason``.
        interval: 95 % interval of the index.
        told_apart: P(loss of a training row < loss of a hold-out row), 1/2 without memory.
        p_value: Of the rank test at and below t_c; null: training and hold-out rows are exchangeable.
        level: Rate of false alarms of that test.
        control_p_value: The same from 8 t_c on, two-sided: small says that the hold-out is from elsewhere.
        levels: Noise levels, ascending.
        remembered: Rows named at the false discovery rate ``rate``, largest gap first.
        rate: See ``remembered``.
        fewest_named: With so few hold-out rows, fewer rows than this cannot be named.
        gap_alone, gap_duplicated: Mean gap of rows without and with copies.
        agreement: With the exposure of the data audit; None with ``agreement_reason``.
        turns: U-turns; empty in the cheap mode or without a hold-out.
        basin: (delta_b of the network, of the exact score) for starts xi + sqrt(delta) w led back from t_c; the error
            is nan where too few rows have a basin of their own.
        distance: RMS distance of the network to the exact empirical score at hold-out rows, over sigma, by level.
        population_distance: Likewise to the score of the law behind the rows; empty where that is not given.
        scores_apart: Likewise of the empirical score to that of the law.
        flow_same: Share of probability-flow trajectories that end nearest to the same training point as those of the
            exact empirical score from the same noise; and of the other model, where one was given.
        flow_distance: Mean distance of the two ends over that of ends from different noise, likewise.
        reason: Why there is no index.
        agreement_reason: Why there is no agreement.
        notes: What else to know.
        tests: Of all rows, of a few rows, and of groups that are known beforehand.
        outstanding: Rows whose loss lies so far below what is expected of them that too few hold-out rows cannot
            explain it; no test.
        near_copies: Groups of near copies, farther apart than duplicates, largest gap first.
        detectable: Least share of rows found with 80 % power, by strength: "rows", "rows_half"; or of groups, see
            `Verdict`.
        captions: What captions add, of a text-conditional network; absent for others.
    """

    __repr__ = short_repr

    source: str
    description: str
    n_training: int
    n_holdout: int
    evaluations: int
    budget: int
    draws: int
    index: Estimate | None
    interval: tuple[float, float] | None
    told_apart: Estimate | None
    p_value: float | None
    level: float
    control_p_value: float | None
    levels: tuple[NetworkLevel, ...] = ()
    remembered: tuple[RowGap, ...] = ()
    rate: float = 0.1
    fewest_named: int | None = None
    gap_alone: Estimate | None = None
    gap_duplicated: Estimate | None = None
    agreement: Agreement | None = None
    turns: tuple[TurnLevel, ...] = ()
    basin: tuple[MeasuredLevel | None, MeasuredLevel | None] | None = None
    distance: tuple[Estimate, ...] = ()
    population_distance: tuple[Estimate, ...] = ()
    scores_apart: tuple[Estimate, ...] = ()
    flow_same: tuple[float | None, float | None] = (None, None)
    flow_distance: tuple[float | None, float | None] = (None, None)
    reason: str | None = None
    agreement_reason: str | None = None
    notes: tuple[str, ...] = ()
    tests: tuple[GroupTest, ...] = ()
    outstanding: tuple[int, ...] = ()
    near_copies: tuple[NearGroup, ...] = ()
    detectable: dict[str, float | None] = field(default_factory=dict)
    captions: CaptionsRecord | None = None
