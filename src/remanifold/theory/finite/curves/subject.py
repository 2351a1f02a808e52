"""What is predicted: Gaussian data, whose law is known, or any family of maps, whose law is sampled."""

import math
from typing import TypeVar

import numpy as np

from remanifold._core.checks import whole
from remanifold._core.errors import refusal
from remanifold._core.types import Floats
from remanifold.manifolds.hidden import HiddenManifold
from remanifold.noise.given import NoiseLevels, noise_variances
from remanifold.theory.finite.gaussian import FEWEST_DIM, LARGEST_DIM, LARGEST_LOAD
from remanifold.theory.finite.sampled.asked import BRACKETED_ABOVE
from remanifold.theory.finite.sampled.family import Family, HiddenFamily, OneManifold
from remanifold.theory.finite.sampled.given import Generator, given_family
from remanifold.theory.landscapes.linear import LinearLandscape

_LARGEST_NOISE = 1e30

AnyFamily = TypeVar("AnyFamily", HiddenFamily, OneManifold)

Subject = Generator | HiddenFamily
"""One map, as `remanifold.theory.finite_size_of_generator` takes it, or all draws of F of a hidden manifold."""


def known_spectrum(subject: Subject, n_points: int) -> Floats | None:
    """Eigenvalues of the covariance of Gaussian data, (D,); None where the law must be sampled.

    Raises:
        InvalidInput: if there are fewer than 3 points.
    """
    load = math.log(whole("`n_points`", n_points, least=3))
    if subject_is_linear(subject):
        spectrum = _spectrum(subject)
        if spectrum is not None and FEWEST_DIM <= len(spectrum) <= LARGEST_DIM and load <= LARGEST_LOAD * len(spectrum):
            return spectrum
    return None


def subject_is_linear(subject: Subject) -> bool:
    """Whether points are Gaussian: linear g, one mode."""
    if isinstance(subject, HiddenManifold):
        return subject.activation == "linear" and subject.mixture is None
    return isinstance(subject, HiddenFamily) and subject.activation == "linear"


def _spectrum(subject: Subject) -> Floats | None:
    if isinstance(subject, HiddenManifold):
        values = np.linalg.svd(subject.factor / math.sqrt(subject.latent_dim), compute_uv=False) ** 2
        return np.asarray(values[values > 1e-12 * values.max()], dtype=np.float64)
    if not isinstance(subject, HiddenFamily) or subject.ensemble not in ("isometric", "power-law"):
        return None
    n, d = subject.ambient_dim, subject.latent_dim
    if subject.ensemble == "isometric":
        return np.full(d, n / d)
    return LinearLandscape.power_law(d, n, math.nan if subject.exponent is None else subject.exponent).eigenvalues


def noise_levels(t: NoiseLevels | None, sigma: NoiseLevels | None) -> Floats:
    """Noise variances above 0, (levels,), from either clock.

    Raises:
        InvalidInput: if there are none, or one is not above 0.
    """
    levels = noise_variances(t, sigma)
    if not len(levels) or not (levels > 0).all():
        need = "predictions at finite size need at least one noise level, all above 0"
        raise refusal(
            need, "none" if not len(levels) else "0", "give the noise variances as t, or their roots as sigma"
        )
    if levels.max() > _LARGEST_NOISE:
        need = f"noise variances must be at most {_LARGEST_NOISE:g}, where single precision holds them"
        raise refusal(need, f"{levels.max():.3g}", "lower them, or give the data in other units")
    return levels


def ambient_dim_of(subject: Subject, family: Family | None) -> int:
    """N."""
    return family.ambient_dim if family is not None else subject.ambient_dim  # type: ignore[union-attr]


def family_of(subject: Subject, latent_dim: int | None) -> Family:
    """The maps to sample.

    Raises:
        InvalidInput: if the map cannot be used, or has more latent dimensions than were validated.
    """
    return _sampled(subject) if isinstance(subject, HiddenFamily) else sampled_map(subject, latent_dim)


def sampled_map(generator: Generator, latent_dim: int | None) -> OneManifold:
    """The one map to sample; raises as `family_of` does."""
    return _sampled(given_family(generator, latent_dim))


def _sampled(family: AnyFamily) -> AnyFamily:
    if family.latent_dim > BRACKETED_ABOVE:
        need = f"finite-size predictions of sampled maps need at most {BRACKETED_ABOVE} latent dimensions"
        raise refusal(need, family.latent_dim, "measure the data instead, with `noise_profile`")
    return family
