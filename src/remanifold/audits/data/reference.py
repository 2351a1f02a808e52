"""A Gaussian with the data's own covariance, through linear theory."""

import math

import numpy as np
from numpy.typing import NDArray

from remanifold._core.errors import InvalidInput, NotConverged
from remanifold.audits.context import AuditContext
from remanifold.audits.records.models import FiniteSizeReference, GaussianReference
from remanifold.measures import covariance_spectrum
from remanifold.noise import MeasuredLevel, NoiseLevel
from remanifold.theory import LinearLandscape, t_collapse, t_generalization, t_onset
from remanifold.theory.finite.gaussian import FEWEST_DIM, finite_size_times

_FEWEST_VIEWS, _MOST_VIEWS = 64, 512  # points x of the finite-size means
_DRAWN = "in one or two dimensions it takes drawn data sets, some seconds: ask `phases` with the eigenvalues."
_PAIRS_OF_VIEW = 1000  # measured pairs of query and point: the reference takes no longer than what it is compared with


def reference_of(context: AuditContext) -> tuple[GaussianReference | None, str | None]:
    """The Gaussian reference of the distinct points, or None and the reason why there is none."""
    points, compute, profile = context.inputs.points, context.compute, context.profile
    eigenvalues, exact = covariance_spectrum(
        points,
        context.duplicates.distinct,
        seed=context.options.seed,
        memory=compute.memory_bytes,
        threads=compute.n_threads,
        progress=compute.progress,
    )
    try:
        return gaussian_reference(eigenvalues, points.ambient_dim, profile.n_points, exact, profile.t_collapse), None
    except NotConverged as error:
        return None, str(error)


def gaussian_reference(
    eigenvalues: NDArray[np.float64], ambient_dim: int, n_points: int, exact: bool, measured: MeasuredLevel | None
) -> GaussianReference:
    """Times of ``n_points`` Gaussian points with these covariance eigenvalues.

    Asymptotic ones (theory.md, section 5) and those of this very size (docs/explanation/finite-size.md).

    Args:
        eigenvalues: Of the data's covariance, zeros allowed.
        ambient_dim: N.
        n_points: Distinct points.
        exact: Whether the eigenvalues came from all rows.
        measured: Measured t_collapse, or None.

    Raises:
        NotConverged: if a time is not found.
    """
    positive = eigenvalues[eigenvalues > 0]
    landscape = LinearLandscape.from_eigenvalues(positive, ambient_dim)
    load = math.log(n_points) / ambient_dim
    onset, collapse, best = (time(landscape, load) for time in (t_onset, t_collapse, t_generalization))
    finite_size, reason = _finite_size(landscape.eigenvalues, ambient_dim, n_points, measured)
    return GaussianReference(
        _level(onset),
        _level(collapse),
        _level(best),
        collapse_ratio=math.nan if measured is None or collapse is None else measured / collapse,
        rank=len(positive),
        effective_dimension=float(positive.sum() ** 2 / (positive**2).sum()),
        exact=exact,
        finite_size=finite_size,
        finite_size_reason=reason,
    )


def _level(t: float | None) -> NoiseLevel | None:
    return None if t is None else NoiseLevel(t)


def _finite_size(
    eigenvalues: NDArray[np.float64], ambient_dim: int, n_points: int, measured: MeasuredLevel | None
) -> tuple[FiniteSizeReference | None, str | None]:
    if len(eigenvalues) < FEWEST_DIM:
        return None, _DRAWN
    pairs = 0 if measured is None else measured.n * n_points
    views = int(np.clip(pairs // _PAIRS_OF_VIEW, _FEWEST_VIEWS, _MOST_VIEWS))
    try:
        times = finite_size_times(eigenvalues, n_points, ambient_dim, n_views=views)
    except (InvalidInput, NotConverged) as error:
        return None, str(error)
    ratio = math.nan if measured is None else measured / times.t_collapse.value
    return FiniteSizeReference(times.t_onset, times.t_collapse, times.t_generalization, ratio), None
