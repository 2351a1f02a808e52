"""Does a network tell training rows from hold-out rows by its loss? A rank test, exact for exchangeable rows."""

from dataclasses import dataclass

import numpy as np

from remanifold._core.checks import share
from remanifold._core.estimate import Estimate
from remanifold._core.types import Floats
from remanifold.measures.estimates.person_numbers import person_numbers
from remanifold.measures.estimates.persons import Persons
from remanifold.measures.profile.holdout import closer_share

_TINY = 1e-300
_ROWS_A_COLUMN = 5
_OUTLYING = 4.0  # spreads from the median beyond which controls count as the value there
_BIWEIGHT = 4.685  # spreads from which on a row has no weight
_WEIGHINGS, _LEAST_WEIGHT = 12, 1e-3


@dataclass(frozen=True)
class MemoryTest:
    """Ranks of the losses of training rows among those of hold-out rows.

    Attributes:
        share: P(loss of a training row < loss of a hold-out row), ties split: 1/2 without memory, 1 where every
            training row is told from every hold-out row; the error is DeLong's.
        p_value: Of the Mann-Whitney test, null: training and hold-out rows are exchangeable for the network.
        level: Rate of false alarms of `rejected`.
        two_sided: Whether training losses that are too high count too.
    """

    share: Estimate
    p_value: float
    level: float
    two_sided: bool = False

    @property
    def rejected(self) -> bool:
        """Whether the rows are told apart, at ``level``."""
        return self.p_value < self.level


def memory_test(
    training: Floats,
    holdout: Floats,
    *,
    controls: tuple[Floats, Floats] | None = None,
    level: float = 0.05,
    two_sided: bool = False,
    persons: Persons | None = None,
    seed: int = 0,
) -> MemoryTest:
    """Test losses of training rows (n, levels) against those of hold-out rows (m, levels).

    A row's number is the rank of its mean log loss over the levels: so every level counts alike, whatever its scale.
    Some rows are harder than others; where their losses at noise above the collapse are given, what the ranks of these
    explain of that number, by least squares over the rows of both sides together, is taken off. That does not look at
    the sides, so it leaves exchangeable rows exchangeable: nothing is assumed but that rows are independent. A row's
    draws and levels are one row.

    Args:
        training: Losses at noise where memory may show.
        holdout: The same of hold-out rows.
        controls: Losses of both at noise where it hardly does, (n, k) and (m, k).
        level: Rate of false alarms.
        two_sided: Whether training losses that are too high count too.
        persons: Of the rows of both sides, where rows belong together: one number a person is ranked
            (`person_numbers`), and nothing is assumed but that persons are independent.
        seed: Of the choice of rows there.

    Raises:
        InvalidInput: if there are no rows on one side, or the level is not in (0, 1).
    """
    from scipy.stats import mannwhitneyu

    level = share("the level of a test", level, example=0.05)
    own, others = comparable_numbers(training, holdout, controls)
    if persons is not None:
        own, others = person_numbers(own, others, persons, seed)
    closer = closer_share(own, others)
    if np.ptp(np.concatenate([own, others])) == 0:
        return MemoryTest(closer, 1.0, level, two_sided)
    ranked = mannwhitneyu(own, others, alternative="two-sided" if two_sided else "less")
    return MemoryTest(closer, float(ranked.pvalue), level, two_sided)


def comparable_numbers(
    training: Floats, holdout: Floats, controls: tuple[Floats, Floats] | None = None
) -> tuple[Floats, Floats]:
    """The number of each row that `memory_test` ranks, of training rows (n,) and hold-out rows (m,): low if remembered.

    Args:
        training, holdout, controls: See `memory_test`.
    """
    from scipy.stats import rankdata

    logs = np.log(np.maximum(np.concatenate([training, holdout]), _TINY))
    numbers = rankdata(logs.mean(axis=1))
    if controls is not None:
        numbers = _unexplained(numbers, rankdata(np.concatenate(controls), axis=0))
    return numbers[: len(training)], numbers[len(training) :]


def unexplained_logs(
    training: Floats, holdout: Floats, controls: tuple[Floats, Floats] | None = None
) -> tuple[Floats, Floats]:
    """Mean log losses less what the losses above t_c explain, of training rows (n,) and hold-out rows (m,).

    For few rows among many: a rank forgets how low a loss is, and rows of a large share of the data are remembered at
    noise above t_c too, where a fit would take that for ease. So these are log losses, the controls are brought within
    4 spreads of their medians, and the fit is a robust one (Tukey's biweight), which rows far from it do not draw.
    None of this looks at the sides.

    Args:
        training, holdout, controls: See `memory_test`.
    """
    numbers = np.log(np.maximum(np.concatenate([training, holdout]), _TINY)).mean(axis=1)
    if controls is not None:
        by = np.log(np.maximum(np.concatenate(controls), _TINY))
        middle, spread = np.median(by, axis=0), _spread(by)
        inside = np.clip(by, middle - _OUTLYING * spread, middle + _OUTLYING * spread)
        numbers = _unexplained(numbers, inside, robust=True)
    return numbers[: len(training)], numbers[len(training) :]


def _unexplained(numbers: Floats, by: Floats, *, robust: bool = False) -> Floats:
    """Residuals of least squares on the columns ``by`` and a constant, where there are rows enough for that.

    Args:
        numbers: Of rows, (n,).
        by: What may explain them, (n, k).
        robust: Weigh rows by Tukey's biweight of their residuals, again and again, beginning with those of a constant.
    """
    columns = np.column_stack([np.ones(len(by)), by])
    if len(numbers) < _ROWS_A_COLUMN * columns.shape[1] or np.ptp(numbers) == 0:
        return numbers
    if not robust:
        return numbers - columns @ np.linalg.lstsq(columns, numbers)[0]
    left = numbers - np.median(numbers)  # least squares would begin with a fit that far rows have drawn already
    for _ in range(_WEIGHINGS):
        far = np.abs(left) / max(_BIWEIGHT * float(_spread(left)), _TINY)
        root = 1 - np.minimum(far, 1) ** 2 + _LEAST_WEIGHT  # of the weight
        left = numbers - columns @ np.linalg.lstsq(columns * root[:, None], numbers * root)[0]
    return left


def _spread(values: Floats) -> Floats:
    """Standard deviation of most rows: the median deviation from the median, of a Gaussian 1/1.4826 of it."""
    return 1.4826 * np.median(np.abs(values - np.median(values, axis=0)), axis=0)
