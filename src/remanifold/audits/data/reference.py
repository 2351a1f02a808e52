"""A Gaussian with the data's own covariance, through linear theory."""

import math

import numpy as np
from numpy.typing import NDArray

from remanifold._core.errors import InvalidInput, NotConverged
from remanifold._core.memory import bytes_of
from remanifold._core.progress import Progress
from remanifold.audits.inputs import AuditOptions
from remanifold.audits.records.models import FiniteSizeReference, GaussianReference
from remanifold.data import Points
from remanifold.measures import Duplicates, NoiseProfile, covariance_spectrum, thread_count
from remanifold.theory import LinearLandscape, t_collapse, t_generalization, t_onset
from remanifold.theory.finite.gaussian import finite_size_times


def gaussian_reference(
    eigenvalues: NDArray[np.float64], ambient_dim: int, n_points: int, exact: bool, measured: float | None
) -> GaussianReference:
    """Times of ``n_points`` Gaussian points with these covariance eigenvalues.

    Asymptotic ones (docs/theory.md, section 5) and those of this very size (docs/finite-size.md).

    Args:
        eigenvalues: Of the data's covariance, zeros allowed.
        ambient_dim: N.
        n_points: Distinct points.
        exact: Whether the eigenvalues came from all rows.
        measured: Measured t_collapse, or None.

    Raises:
        NotConverged: if a time is not found.
    """
    held = eigenvalues[eigenvalues > 0]
    landscape = LinearLandscape.from_eigenvalues(held, ambient_dim)
    load = math.log(n_points) / ambient_dim
    onset, collapse, best = (
        math.nan if time is None else time
        for time in (t_onset(landscape, load), t_collapse(landscape, load), t_generalization(landscape, load))
    )
    ratio = math.nan if measured is None else measured / collapse
    spread = float(held.sum() ** 2 / (held**2).sum())
    finite_size, reason = _finite_size(landscape.eigenvalues, ambient_dim, n_points, measured)
    return GaussianReference(onset, collapse, best, ratio, len(held), spread, exact, finite_size, reason)


def _finite_size(
    held: NDArray[np.float64], ambient_dim: int, n_points: int, measured: float | None
) -> tuple[FiniteSizeReference | None, str | None]:
    try:
        found = finite_size_times(held, n_points, ambient_dim)
    except (InvalidInput, NotConverged) as error:
        return None, str(error)
    times = (found.t_onset, found.t_collapse, found.t_generalization)
    ratio = math.nan if measured is None else measured / found.t_collapse.value
    (onset, collapse, best), errors = (time.value for time in times), [time.stderr for time in times]
    return FiniteSizeReference(onset, collapse, best, errors[0], errors[1], errors[2], ratio), None


def reference_of(
    points: Points, options: AuditOptions, twins: Duplicates, profile: NoiseProfile, progress: Progress
) -> tuple[GaussianReference | None, str | None]:
    """The Gaussian reference of the distinct points, or None and the reason why there is none."""
    values, exact = covariance_spectrum(
        points,
        twins.distinct,
        seed=options.seed,
        memory=bytes_of(options.memory),
        threads=thread_count(options.threads),
        progress=progress,
    )
    measured = None if profile.t_collapse is None else profile.t_collapse.value
    try:
        return gaussian_reference(values, points.ambient_dim, profile.n_points, exact, measured), None
    except NotConverged as error:
        return None, str(error)
