"""Conditional denoisers (x, t, labels): each row is asked for with its own class, and held against its class."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from remanifold._core.errors import refusal
from remanifold._core.types import Floats, Integers
from remanifold.data import PointsLike
from remanifold.sampling import ClassScores


@dataclass(frozen=True, eq=False)
class RowConditions:
    """What a network is asked with for each row, of both sides: its class, or the number of its caption.

    Attributes:
        training: Of all training points, (P,).
        holdout: Of all hold-out rows, (Q,).
    """

    training: NDArray[Any]
    holdout: NDArray[Any]

    def of(self, side: str) -> NDArray[Any]:
        """Of "training" or "holdout"."""
        return self.training if side == "training" else self.holdout


@dataclass(frozen=True, eq=False)
class RowClasses(RowConditions):
    """Classes of training points and of hold-out rows; make them by `row_classes`.

    Attributes:
        score: The class-conditional empirical score of the training points, (x, t, labels) -> mean.
        sizes: Training points of each class of ``score``, (classes,).
    """

    score: ClassScores
    sizes: Integers

    def of_rows(self, side: str, rows: NDArray[np.integer]) -> "OwnClass":
        """Of the rows ``rows`` of "training" or "holdout"."""
        return OwnClass(self, self.of(side)[rows])


@dataclass(frozen=True, eq=False)
class OwnClass:
    """The class of each of some rows, ``labels`` (n,), among ``classes``."""

    classes: RowClasses
    labels: NDArray[np.generic]

    def weight(self, x: Floats, t: float, own: Floats, *, among: bool) -> Floats:
        """Weight of each row ``own`` seen from ``x`` at noise ``t`` among the training points of its class alone.

        ``among``: it is one of them; otherwise it counts as one point more. See `TrainingPoints.own_weight`.
        """
        out = np.empty(len(x))
        for label, size in zip(self.classes.score.labels, self.classes.sizes):
            k = np.flatnonzero(self.labels == label)
            if not len(k):
                continue
            gap = (x[k] - own[k]).reshape(len(k), -1)
            normaliser = np.log(size) + gap.shape[1] / 2 * np.log(2 * np.pi * t)
            log_all = normaliser + self.classes.score.given(label).log_density(x[k], t)
            log_own = -(gap * gap).sum(axis=1) / (2 * t)
            out[k] = np.exp(np.minimum(log_own - (log_all if among else np.logaddexp(log_own, log_all)), 0.0))
        return out


def row_classes(points: PointsLike, training: ArrayLike, holdout: ArrayLike) -> RowClasses:
    """Classes of ``points`` and of the hold-out.

    Raises:
        InvalidInput: if a class has fewer than 3 training points, or the hold-out has one that the training data lack.
    """
    names, other_names = np.asarray(training), np.asarray(holdout)
    score = ClassScores(points, names)
    missing = np.setdiff1d(other_names, score.labels)
    if len(missing):
        got = f"class {missing[0]} in the hold-out alone"
        raise refusal("the hold-out must have classes of the training data", got, "leave its rows out")
    return RowClasses(names, other_names, score, np.unique(names, return_counts=True)[1])
