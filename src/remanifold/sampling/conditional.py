"""The exact score of labelled data, given the label: one empirical score a class behind one denoiser."""

from dataclasses import replace
from os import PathLike
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from remanifold._core.errors import refusal, require
from remanifold.data import Points, PointsLike, RowsLike, open_points
from remanifold.data.rows import LEAST_POINTS, SlicedRows
from remanifold.scores import EmpiricalScore
from remanifold.scores.denoiser import ArrayT, Noise


class ClassScores:
    """Posterior mean of a point of a given class, (x, t, labels) -> m: the points of other classes have no weight.

    What a class-conditional diffusion model approximates. `given` is a `Denoiser` of one class.

    Attributes:
        labels: The classes, ascending.
        shape: Of one point.
        fingerprint: SHA-256 of the stored rows of each class, one after another.
    """

    def __init__(self, data: PointsLike, labels: str | PathLike[str] | RowsLike | None = None, **options: Any) -> None:
        """Open ``data`` (as `open_points` does) and index each class.

        Args:
            data: Points; ``labels`` may come with them.
            labels: One a point, an array or a file.
            **options: Of each `EmpiricalScore`.

        Raises:
            InvalidInput: if there are no labels, or a class has fewer than 3 points.
        """
        points = open_points(data, labels=labels)
        require(points.labels is not None, "scores of classes need labels", "none", "pass labels=")
        self.labels, owner = np.unique(np.asarray(points.labels), return_inverse=True)
        members = [np.flatnonzero(owner == k) for k in range(len(self.labels))]
        for label, rows in zip(self.labels, members):
            if len(rows) < LEAST_POINTS:
                need = f"every class must have at least {LEAST_POINTS} points"
                raise refusal(need, f"{len(rows)} in class {label}", "leave it out or merge classes")
        self._scores = [
            EmpiricalScore(_part(points, rows, str(name)), **options) for name, rows in zip(self.labels, members)
        ]
        self.shape = points.shape
        self.fingerprint = "+".join(score.fingerprint for score in self._scores)

    def __call__(self, x: ArrayT, t: Noise, labels: ArrayLike) -> ArrayT:
        """Posterior mean at ``x`` (batch, *shape) for noise variance ``t``, given ``labels`` (batch,).

        Raises:
            InvalidInput: if there is not one known label a query.
        """
        owner = self._owner(labels, len(x))
        out: Any = x.copy() if isinstance(x, np.ndarray) else x.clone()
        for k in np.unique(owner):
            rows = np.flatnonzero(owner == k)
            noise = t if np.ndim(t) == 0 else t[rows]  # pyright: ignore[reportIndexIssue]
            out[rows] = self._scores[k](x[rows], noise)
        return out

    def given(self, label: Any) -> EmpiricalScore:
        """The score of one class.

        Raises:
            InvalidInput: if there is no such class.
        """
        return self._scores[int(self._owner([label], 1)[0])]

    def _owner(self, labels: ArrayLike, count: int) -> NDArray[np.intp]:
        names = np.asarray(labels)
        if names.shape != (count,):
            raise refusal(f"there must be {count} labels, one a query", names.shape, "match them")
        if (names.dtype.kind in "biuf") != (self.labels.dtype.kind in "biuf"):
            raise refusal(f"labels must be like those of the data ({self.labels.dtype})", names.dtype, "convert them")
        place = np.minimum(np.searchsorted(self.labels, names), len(self.labels) - 1)
        known = self.labels[place] == names
        if not known.all():
            raise refusal("labels must be classes of the data", names[~known][:1], f"pass e.g. {self.labels[0]}")
        return place


def _part(points: Points, rows: NDArray[np.int64], name: str) -> Points:
    """The points at ``rows``, still read from where they are."""
    shape = (len(rows), *points.shape)
    view = SlicedRows(
        shape, np.dtype(points.rows.dtype), lambda a, b: points.rows[rows[a:b]], lambda at: points.rows[rows[at]]
    )
    record = replace(points.record, shape=shape, source=f"{points.record.source}, class {name}")
    return Points(view, record, None, None, points.files)
