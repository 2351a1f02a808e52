"""A verdict: what theory says of a quantity beside what was measured, with errors."""

import math
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from remanifold._core.estimate import Estimate, mean_estimate

EXACT = "finite size: exact reverse diffusion of {} other draws, whose scatter gives all errors"
COLUMNS = ("quantity", "theory", "finite_size", "measured", "stderr", "z", "comment")


@dataclass(frozen=True)
class Verdict:
    """One row of the table of verdicts.

    Attributes:
        quantity: What was measured, with its parameters.
        theory: Its value in the limit of large dimension, or None.
        finite_size: The prediction for the very size, or a value that must be met exactly; None with the reason in
            ``comment``.
        measured: The measured value.
        stderr: Its standard error over draws, same unit; None where there is none.
        z: (measured - finite_size) in standard errors of the difference; None without either.
        comment: Unit, reason, explanation; whatever is needed to read the numbers honestly.
    """

    quantity: str
    theory: float | None = None
    finite_size: float | None = None
    measured: float | None = None
    stderr: float | None = None
    z: float | None = None
    comment: str = ""

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON."""
        return asdict(self)


def against(
    quantity: str,
    measured: Estimate,
    *,
    theory: float | None = None,
    finite_size: Estimate | float | None = None,
    comment: str = "",
) -> Verdict:
    """A verdict on a number: z from its error and that of the prediction (0 for a plain number)."""
    predicted = Estimate(finite_size, 0.0, 1) if isinstance(finite_size, float | int) else finite_size
    stderr = measured.stderr if math.isfinite(measured.stderr) else None
    z = None
    if predicted is not None and stderr is not None:
        z = Estimate(measured.value, math.hypot(stderr, predicted.stderr), measured.n).z(predicted.value)
        z = z if math.isfinite(z) else None
    return Verdict(quantity, theory, predicted and predicted.value, measured.value, stderr, z, comment)


def must_vanish(quantity: str, excess: Estimate, comment: str) -> Verdict:
    """A verdict on a number that is 0 in the limit and at any size."""
    return against(quantity, excess, theory=0.0, finite_size=0.0, comment=comment)


def against_draws(
    quantity: str,
    measured: ArrayLike,
    *,
    theory: float | None = None,
    predicted: ArrayLike | None = None,
    shared_error: float = 0.0,
    comment: str = "",
) -> Verdict:
    """A verdict on positive numbers of several draws, each beside the prediction for that very draw.

    Compared is the mean of log(measured/predicted) over draws, with the error from its own scatter: what the draw's
    spectrum does to both drops out. The table holds geometric means.

    Args:
        quantity: What was measured.
        measured: One value a draw, (draws,).
        theory: The limit.
        predicted: One prediction a draw, (draws,), or None.
        shared_error: Of the logarithms of all predictions alike, which their scatter does not show.
        comment: As in `Verdict`.
    """
    logs = np.log(np.asarray(measured, dtype=np.float64))
    log = mean_estimate(logs)
    value = math.exp(log.value)
    stderr = value * log.stderr if math.isfinite(log.stderr) else None
    if predicted is None:
        return Verdict(quantity, theory, None, value, stderr, None, comment)
    expected = np.log(np.asarray(predicted, dtype=np.float64))
    gap = mean_estimate(logs - expected)
    error = math.hypot(gap.stderr, shared_error)
    z = gap.value / error if math.isfinite(error) and error else None
    return Verdict(quantity, theory, math.exp(float(expected.mean())), value, stderr, z, comment)


def against_exact_draws(
    quantity: str,
    measured: ArrayLike,
    exact: ArrayLike,
    *,
    theory: float | None = None,
    logs: bool = False,
    trials: int | None = None,
    comment: str = "",
) -> Verdict:
    """A verdict on numbers of several draws, beside the same numbers of other draws that have the law predicted.

    Both means take their error from the scatter of the ``exact`` ones, which are more: few draws that agree by chance,
    such as shares that are all 1, tell no error of their own.

    Args:
        quantity: What was measured.
        measured: One value a draw, (draws,).
        exact: One value of each other draw, (more draws,), at least 2.
        theory: The limit.
        logs: Compare means of logarithms; the table holds geometric means.
        trials: Of the share that each number is: the scatter counts as at least that of binomial shares, where few
            draws have seen what is rare.
        comment: As in `Verdict`.
    """
    own, others = (np.asarray(values, dtype=np.float64) for values in (measured, exact))
    if logs:
        own, others = np.log(own), np.log(others)
    scatter = float(others.std(ddof=1))
    if trials is not None:
        share = float(np.concatenate([own, others]).mean())
        scatter = max(scatter, math.sqrt(share * (1 - share) / trials))
    error, shared = scatter / math.sqrt(len(own)), scatter / math.sqrt(len(others))
    value, predicted = float(own.mean()), float(others.mean())
    z = (value - predicted) / math.hypot(error, shared) if scatter else None
    if logs:
        value, predicted = math.exp(value), math.exp(predicted)
        error *= value
    return Verdict(quantity, theory, predicted, value, error, z, f"{comment}; {EXACT.format(len(others))}")
