"""The factor F (N, D) of a hidden manifold: random ensembles, and directions for a given spectrum."""

from collections.abc import Sequence

import numpy as np

from remanifold._core.checks import number
from remanifold._core.errors import refusal, require
from remanifold._core.seeds import normals
from remanifold._core.types import Floats

ENSEMBLES = ("gaussian", "isometric", "power-law")


def power_law_spectrum(ambient_dim: int, latent_dim: int, exponent: float) -> Floats:
    """D eigenvalues l_i proportional to i^-exponent, i = 1..D, with sum N (docs/explanation/theory.md, section 1).

    Raises:
        InvalidInput: if the exponent is negative or not finite.
    """
    number("the exponent of a power-law spectrum", exponent, least=0, do="pass e.g. exponent=1.0")
    # scaled by the smallest index first, so that no power underflows to a zero sum
    l = np.exp(-exponent * np.log(np.arange(1, latent_dim + 1)))
    return l * (ambient_dim / l.sum())


def orthonormal_columns(seed: int, ambient_dim: int, latent_dim: int) -> Floats:
    """Uniformly (Haar) distributed orthonormal columns, shape (N, D), D <= N."""
    q, r = np.linalg.qr(normals(seed, "factor", 0, ambient_dim, latent_dim))
    return q * np.where(np.diag(r) >= 0, 1.0, -1.0)  # without the signs of R the law is not uniform


def factor_of_spectrum(seed: int, ambient_dim: int, spectrum: Floats) -> Floats:
    """F (N, D) such that F F^T / D has the D eigenvalues ``spectrum`` along random orthonormal directions."""
    latent_dim = len(spectrum)
    return orthonormal_columns(seed, ambient_dim, latent_dim) * np.sqrt(latent_dim * spectrum)


def draw_factor(ensemble: str, seed: int, ambient_dim: int, latent_dim: int, exponent: float | None) -> Floats:
    """F (N, D) of one of `ENSEMBLES`: iid N(0, 1) entries, F^T F = N I_D, or a power-law spectrum.

    Raises:
        InvalidInput: if the ensemble is unknown, or an exponent is missing or given in vain.
    """
    known = ", ".join(ENSEMBLES)
    if ensemble not in ENSEMBLES:
        raise refusal(f"the ensemble must be one of {known}", repr(ensemble), "pass one of these, factor= or spectrum=")
    if ensemble == "power-law":
        require(exponent is not None, "a power-law ensemble needs an exponent", exponent, "pass e.g. exponent=1.0")
        values = power_law_spectrum(ambient_dim, latent_dim, float(exponent or 0.0))
        return factor_of_spectrum(seed, ambient_dim, values)
    require(exponent is None, "an exponent belongs to the power-law ensemble only", exponent, "leave it out")
    if ensemble == "isometric":
        return factor_of_spectrum(seed, ambient_dim, np.full(latent_dim, ambient_dim / latent_dim))
    return normals(seed, "factor", 0, ambient_dim, latent_dim)


def own_factor(factor: Sequence[Sequence[float]] | Floats, ambient_dim: int | None) -> Floats:
    """The user's F as a checked float64 (N, D) array; ``ambient_dim``, if given, must be its N.

    Raises:
        InvalidInput: if it is not a finite two-dimensional array of N rows.
    """
    f = _checked("factor", factor, "an (N, D) array", 2)
    need = f"the ambient dimension of this factor is {len(f)}"
    require(ambient_dim in (None, len(f)), need, ambient_dim, "leave it out")
    return f


def own_spectrum(seed: int, ambient_dim: int, spectrum: Sequence[float] | Floats) -> Floats:
    """F (N, D) for the user's D eigenvalues, along random orthonormal directions.

    Raises:
        InvalidInput: if they are not at most N finite numbers >= 0.
    """
    l = _checked("spectrum", spectrum, "a list of D eigenvalues", 1)
    if not (l >= 0).all():
        raise refusal("the spectrum must be >= 0", l.min(), "pass eigenvalues of a covariance")
    need = f"the spectrum must have at most {ambient_dim} values, the ambient dimension"
    if not (len(l) <= ambient_dim):
        raise refusal(need, len(l), "pass fewer")
    return factor_of_spectrum(seed, ambient_dim, l)


def _checked(name: str, values: Sequence[object] | Floats, form: str, ndim: int) -> Floats:
    array = np.array(values, dtype=np.float64)
    if not (array.ndim == ndim and array.size > 0):
        raise refusal(f"the {name} must be {form}", f"shape {array.shape}", f"pass {form}")
    if not np.isfinite(array).all():
        raise refusal(f"the {name} must be finite", "nan or inf", "remove them")
    return array
