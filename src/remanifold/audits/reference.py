"""A Gaussian with the data's own covariance, through linear theory."""

import math

import numpy as np
from numpy.typing import NDArray

from remanifold._core.errors import NotConverged
from remanifold._core.memory import bytes_of
from remanifold._core.progress import Progress
from remanifold.audits.inputs import AuditOptions
from remanifold.audits.report import GaussianReference
from remanifold.data import Points
from remanifold.measures import Duplicates, NoiseProfile, covariance_spectrum
from remanifold.measures.threads import thread_count
from remanifold.theory import LinearLandscape, t_collapse, t_generalization, t_onset


def gaussian_reference(
    eigenvalues: NDArray[np.float64], ambient_dim: int, n_points: int, exact: bool, measured: float | None
) -> GaussianReference:
    """Asymptotic times of ``n_points`` Gaussian points with these covariance eigenvalues (docs/theory.md, section 5).

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
    return GaussianReference(onset, collapse, best, ratio, len(held), spread, exact)


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
