"""Onset, collapse and best generalization at finite sizes: what an experiment with P points in N dimensions measures.

For data that are Gaussian on a linear manifold these are exact: no large-N step is taken, and the only error is that
of an average over the points x from which the sums are seen, which is reported. Source: docs/finite-size.md.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from remanifold._core.errors import refusal, require
from remanifold._core.estimate import Estimate
from remanifold.noise import NoiseLevel
from remanifold.theory import times
from remanifold.theory.finite.means import crossings, view
from remanifold.theory.finite.wishart import wishart_spectrum
from remanifold.theory.landscapes.linear import LinearLandscape

FEWEST_DIM, LARGEST_DIM, LARGEST_LOAD = 3, 10_000, 40.0
_LARGEST_DRAWN_DIM = 2000  # beyond, drawing spectra takes longer than anybody waits
_FEWEST_POINTS = 3
_FEWEST_SEEN = 30  # points of a class; fewer, and exp(-30) of the draws leave a point alone in its class
_VIEWS, _VIEWS_OF_DRAW, _FEWEST_VIEWS = 512, 64, 16  # points x
_CHEAP_DRAWS, _CHEAP_WORK = 512, 4 * 10**6


@dataclass(frozen=True)
class FiniteSizeTimes:
    """The three times as an experiment of this size measures them on average; noise variances, in the data's unit.

    Each `Estimate` carries the numerical error of the prediction (for an ensemble including the finite number of
    draws of F), not the scatter of one experiment around it. ``n`` counts the points x, or the draws of F.

    Attributes:
        t_onset: Mean of -R(xi) is zero; docs/theory.md (6.3).
        t_collapse: Mean of -|w|^2/2 - R(xi + sqrt(t) w) is zero; docs/theory.md (6.2).
        t_generalization: Least mean leave-one-out cross entropy; docs/theory.md (6.4).
        n_points: P.
        ambient_dim: N.
        latent_dim: D.
    """

    t_onset: Estimate
    t_collapse: Estimate
    t_generalization: Estimate
    n_points: int
    ambient_dim: int
    latent_dim: int

    def to_dict(self) -> dict[str, Any]:
        """Plain dictionaries and numbers; each time is {"value", "stderr", "clocks"}."""
        plain: dict[str, Any] = {}
        for name in ("t_onset", "t_collapse", "t_generalization"):
            time: Estimate = getattr(self, name)
            plain[name] = {"value": time.value, "stderr": time.stderr, "clocks": NoiseLevel(time.value).clocks()}
        return plain | {"n_points": self.n_points, "ambient_dim": self.ambient_dim, "latent_dim": self.latent_dim}


def finite_size_times(
    eigenvalues: Sequence[float] | NDArray[np.floating],
    n_points: int,
    ambient_dim: int,
    *,
    n_views: int = _VIEWS,
    seed: int = 0,
) -> FiniteSizeTimes:
    """The times of P Gaussian points whose covariance has these eigenvalues.

    Args:
        eigenvalues: Of the covariance, any order; zeros count as empty dimensions.
        n_points: P, at least 3.
        ambient_dim: N, at least the number of eigenvalues.
        n_views: Number of points x that are averaged over, at least 16; the error falls with its square root.
        seed: Of the points x.

    Raises:
        InvalidInput: if the spectrum or a size cannot be used: 3 to 10000 positive eigenvalues, log(P)/D at most 40.
        NotConverged: if a crossing is not found.
    """
    landscape = LinearLandscape.from_eigenvalues(eigenvalues, ambient_dim)
    l = landscape.eigenvalues
    _require_sizes(len(l), n_points)
    _require_views(n_views)
    starts = _starts(landscape, math.log(n_points) / ambient_dim)
    found = crossings([view(l, n_views, starts.min(), seed)], math.log(n_points - 1), ambient_dim, starts)
    return FiniteSizeTimes(*found, n_points, ambient_dim, len(l))


def finite_size_times_of_ensemble(
    latent_dim: int,
    ambient_dim: int,
    n_points: int,
    ensemble: str = "gaussian",
    n_draws: int = 8,
    *,
    exponent: float | None = None,
    seed: int = 0,
) -> FiniteSizeTimes:
    """The times of a linear hidden manifold, averaged over the draws of F.

    Averaged is log t, so that these are geometric means over F, as `remanifold.measures.ensemble_times` measures
    them. Only gaussian F has a spectrum that fluctuates: the others give `finite_size_times` of their fixed one.

    Args:
        latent_dim: D, from 3 to 10000, for gaussian F to 2000.
        ambient_dim: N.
        n_points: P.
        ensemble: "gaussian", "isometric" or "power-law".
        n_draws: Number of spectra drawn for gaussian F, at least 2.
        exponent: Of the power law.
        seed: Of the spectra and the points x.

    Raises:
        InvalidInput: if a size or name cannot be used.
        NotConverged: if a crossing is not found.
    """
    _require_sizes(latent_dim, n_points)
    need = f"the ambient dimension must be a whole number of at least {latent_dim}, the latent one"
    require(isinstance(ambient_dim, int) and ambient_dim >= latent_dim, need, ambient_dim, "raise it")
    if ensemble == "isometric":
        return finite_size_times([ambient_dim / latent_dim] * latent_dim, n_points, ambient_dim, seed=seed)
    if ensemble == "power-law":
        a = math.nan if exponent is None else exponent
        l = LinearLandscape.power_law(latent_dim, ambient_dim, a).eigenvalues
        return finite_size_times(l, n_points, ambient_dim, seed=seed)
    need = "the ensemble must be gaussian, isometric or power-law"
    if ensemble != "gaussian":
        raise refusal(need, repr(ensemble), "pass one of them")
    need = f"an average over gaussian F takes at most {_LARGEST_DRAWN_DIM} latent dimensions"
    require(latent_dim <= _LARGEST_DRAWN_DIM, need, latent_dim, "use the asymptotic times of `phases`")
    require(isinstance(n_draws, int) and n_draws >= 2, "an average over F needs at least 2 draws", n_draws, "raise it")
    onset, collapse, generalization = _over_draws(latent_dim, ambient_dim, n_points, n_draws, seed)
    return FiniteSizeTimes(onset, collapse, generalization, n_points, ambient_dim, latent_dim)


def _over_draws(d: int, n: int, n_points: int, n_draws: int, seed: int) -> list[Estimate]:
    """Mean log t over draws of F.

    The asymptotic time of each spectrum takes nearly all of the scatter between draws, so the ratio to it needs few
    draws, while the asymptotic times themselves are cheap over many.
    """
    load, cheap = math.log(n_points) / n, max(n_draws, min(_CHEAP_DRAWS, _CHEAP_WORK // d**2))
    asymptotic, ratios = np.empty((cheap, 3)), np.empty((n_draws, 3))
    guess = np.zeros(3)
    for k in range(cheap):
        landscape = LinearLandscape.from_eigenvalues(wishart_spectrum(d, n, seed, k), n)
        asymptotic[k] = np.log(_starts(landscape, load))
        if k < n_draws:
            here = [view(landscape.eigenvalues, _VIEWS_OF_DRAW, math.exp(asymptotic[k].min()), seed, k)]
            found = crossings(here, math.log(n_points - 1), n, np.exp(asymptotic[k] + guess))
            guess = ratios[k] = np.log([one.value for one in found]) - asymptotic[k]
    logs = asymptotic.mean(0) + ratios.mean(0)
    errors = np.hypot(asymptotic.std(0, ddof=1) / math.sqrt(cheap), ratios.std(0, ddof=1) / math.sqrt(n_draws))
    return [Estimate(math.exp(a), math.exp(a) * float(e), n_draws) for a, e in zip(logs, errors)]


def finite_size_times_of_classes(
    spectra: Sequence[Sequence[float] | NDArray[np.floating]],
    weights: Sequence[float],
    n_points: int,
    ambient_dim: int,
    *,
    n_views: int = _VIEWS,
    seed: int = 0,
) -> FiniteSizeTimes:
    """The times of a Gaussian mixture whose K modes lie so far apart that no point sees another mode's.

    Exact for that limit: mode k holds each of the other points with probability pi_k, so that q(u) of
    `remanifold.theory.finite.log_sum` becomes pi_k q_k(u); then the means over x are averaged over the modes.

    Args:
        spectra: Eigenvalues of the covariance within each mode.
        weights: pi_k, positive, sum 1; pi_k (P - 1) at least 30.
        n_points: P over all modes.
        ambient_dim: N.
        n_views: Number of points x in each mode, at least 16.
        seed: Of the points x.

    Raises:
        InvalidInput: if spectra and weights do not fit each other, or a size cannot be used.
        NotConverged: if a crossing is not found.
    """
    _require_views(n_views)
    shares = np.asarray(weights, dtype=np.float64)
    good = shares.shape == (len(spectra),) and bool((shares > 0).all()) and abs(float(shares.sum()) - 1) < 1e-9
    need = f"the weights must be {len(spectra)} positive numbers of sum 1, one for each spectrum"
    require(good, need, weights, "divide them by their sum")
    views, starts, log_others = [], np.zeros(3), math.log(n_points - 1)
    for k, (spectrum, share) in enumerate(zip(spectra, shares.tolist())):
        landscape = LinearLandscape.from_eigenvalues(spectrum, ambient_dim)
        l = landscape.eigenvalues
        _require_sizes(len(l), n_points)
        seen = share * (n_points - 1)
        need = f"each mode must hold at least {_FEWEST_SEEN} points on average"
        if not (seen >= _FEWEST_SEEN):
            raise refusal(need, f"{seen:.3g}", "raise `n_points` or merge modes")
        mine = _starts(landscape, math.log(seen) / ambient_dim)
        views.append(view(l, n_views, mine.min(), seed, k, share))
        starts += share * np.log(mine)
    found = crossings(views, log_others, ambient_dim, np.exp(starts))
    return FiniteSizeTimes(*found, n_points, ambient_dim, max(int(one.counts.sum()) for one in views))


def _starts(landscape: LinearLandscape, load: float) -> NDArray[np.float64]:
    found = (f(landscape, load) for f in (times.t_onset, times.t_collapse, times.t_generalization))
    return np.array([t for t in found if t is not None])  # linear landscapes have all three


def _require_views(n_views: Any) -> None:
    need = f"`n_views` must be a whole number of at least {_FEWEST_VIEWS}"
    require(isinstance(n_views, int) and n_views >= _FEWEST_VIEWS, need, n_views, "pass e.g. 512")


def _require_sizes(latent_dim: Any, n_points: Any) -> None:
    whole = isinstance(latent_dim, int) and FEWEST_DIM <= latent_dim <= LARGEST_DIM
    need = f"finite-size times need {FEWEST_DIM} to {LARGEST_DIM} latent dimensions"
    require(whole, need, latent_dim, "use the asymptotic times of `phases`")
    good = isinstance(n_points, int) and n_points >= _FEWEST_POINTS
    if not good:
        raise refusal(f"`n_points` must be a whole number of at least {_FEWEST_POINTS}", n_points, "pass more points")
    load = math.log(n_points) / latent_dim
    need = f"finite-size times need log(P)/D of at most {LARGEST_LOAD:g}"
    if not (load <= LARGEST_LOAD):
        raise refusal(need, f"{load:.4g}", "use the asymptotic times of `phases`")
