"""Onset, collapse and best generalization at finite sizes: what an experiment with P points in N dimensions measures.

For data that are Gaussian on a linear manifold these are exact: no large-N step is taken, and the only error is that
of an average over the points x from which the sums are seen, which is reported. Source: finite-size.md.
"""

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import eigvalsh_tridiagonal

from remanifold._core.checks import whole
from remanifold._core.errors import refusal, require
from remanifold._core.estimate import Estimate
from remanifold._core.progress import Progress
from remanifold._core.seeds import generator
from remanifold._core.types import Floats
from remanifold.noise import MeasuredLevel
from remanifold.theory.finite.drawn.set_points import is_drawn, points_of_spectrum
from remanifold.theory.finite.drawn.set_times import times_of_sets
from remanifold.theory.finite.means import crossings, view
from remanifold.theory.finite.size_times import FiniteSizeTimes
from remanifold.theory.landscapes.linear import LinearLandscape
from remanifold.theory.landscapes.mixture import probabilities
from remanifold.theory.times import t_collapse, t_generalization, t_onset

FEWEST_DIM, LARGEST_DIM, LARGEST_LOAD = 3, 10_000, 40.0
_LARGEST_DRAWN_DIM = 2000  # beyond, drawing spectra takes longer than anybody waits
_FEWEST_POINTS = 3
_FEWEST_SEEN = 30  # points of a class; fewer, and exp(-30) of the draws leave a point alone in its class
_VIEWS, _VIEWS_OF_DRAW, _FEWEST_VIEWS = 512, 64, 16  # points x
_CHEAP_DRAWS, _CHEAP_WORK = 512, 4 * 10**6
_ACCURACY_OF_SETS = 0.03  # for `_VIEWS` points x, in one or two dimensions


def finite_size_times(
    eigenvalues: Sequence[float] | NDArray[np.floating],
    n_points: int,
    ambient_dim: int,
    *,
    n_views: int = _VIEWS,
    seed: int = 0,
) -> FiniteSizeTimes:
    """The times of P Gaussian points whose covariance has these eigenvalues.

    One or two eigenvalues: whole data sets are drawn, which takes some seconds, and far fewer at a low ``n_views``.

    Args:
        eigenvalues: Of the covariance, any order; zeros count as empty dimensions.
        n_points: P, at least 3; of one or two eigenvalues at most 10^6.
        ambient_dim: N, at least the number of eigenvalues.
        n_views: Number of points x that are averaged over, at least 16; the error falls with its square root.
        seed: Of the points x.

    Raises:
        InvalidInput: if the spectrum or a size cannot be used: at most 10000 positive eigenvalues, log(P)/D at most 40.
        NotConverged: if a crossing is not found.
    """
    landscape = LinearLandscape.from_eigenvalues(eigenvalues, ambient_dim)
    l = landscape.eigenvalues
    whole("`n_views`", n_views, least=_FEWEST_VIEWS, example=512)
    if len(l) < FEWEST_DIM:
        accuracy = _ACCURACY_OF_SETS * math.sqrt(_VIEWS / n_views)
        return times_of_spectrum(l, n_points, ambient_dim, accuracy, seed=seed)
    _require_sizes(len(l), n_points)
    starts = _starts(landscape, math.log(n_points) / ambient_dim)
    times = crossings([view(l, n_views, starts.min(), seed)], math.log(n_points - 1), ambient_dim, starts)
    return FiniteSizeTimes(*times, n_points, ambient_dim, len(l))


def times_of_spectrum(
    eigenvalues: Sequence[float] | NDArray[np.floating],
    n_points: int,
    ambient_dim: int,
    accuracy: float,
    *,
    seed: int = 0,
    progress: Progress | None = None,
) -> FiniteSizeTimes:
    """The times of Gaussian points of one or two eigenvalues, from data sets that are drawn.

    Args:
        eigenvalues, n_points, ambient_dim: As for `finite_size_times`.
        accuracy: Error of log t aimed at.
        seed: Of the data sets.
        progress: Called with the stage, and how many sets of those that are likely to be needed are done.

    Raises:
        InvalidInput: for more than 10^6 points.
        NotConverged: if a data set has no such time.
    """
    sizes = (whole("`n_points`", n_points, least=_FEWEST_POINTS), len(eigenvalues))
    is_drawn(*sizes, 1)  # refuses too many points
    points = points_of_spectrum(eigenvalues)
    found = times_of_sets(points, *sizes, ambient_dim, accuracy, of_map=1, seed=seed, progress=progress)
    return found.record(n_points, ambient_dim, len(eigenvalues), spreads=False)


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
    whole(f"the ambient dimension of {latent_dim} latent ones", ambient_dim, least=latent_dim)
    if ensemble == "isometric":
        return finite_size_times([ambient_dim / latent_dim] * latent_dim, n_points, ambient_dim, seed=seed)
    if ensemble == "power-law":
        a = math.nan if exponent is None else exponent
        l = LinearLandscape.power_law(latent_dim, ambient_dim, a).eigenvalues
        return finite_size_times(l, n_points, ambient_dim, seed=seed)
    if ensemble != "gaussian":
        raise refusal("the ensemble must be gaussian, isometric or power-law", repr(ensemble), "pass one of them")
    need = f"an average over gaussian F takes at most {_LARGEST_DRAWN_DIM} latent dimensions"
    require(latent_dim <= _LARGEST_DRAWN_DIM, need, latent_dim, "use the asymptotic times of `phases`")
    whole("the number of draws of F", n_draws, least=2)
    onset, collapse, generalization = _over_draws(latent_dim, ambient_dim, n_points, n_draws, seed)
    return FiniteSizeTimes(onset, collapse, generalization, n_points, ambient_dim, latent_dim)


def _over_draws(d: int, n: int, n_points: int, n_draws: int, seed: int) -> list[MeasuredLevel]:
    """Mean log t over draws of F.

    The asymptotic time of each spectrum takes nearly all of the scatter between draws, so the ratio to it needs few
    draws, while the asymptotic times themselves are cheap over many.
    """
    load, cheap = math.log(n_points) / n, max(n_draws, min(_CHEAP_DRAWS, _CHEAP_WORK // d**2))
    asymptotic, ratios = np.empty((cheap, 3)), np.empty((n_draws, 3))
    guess, log_others = np.zeros(3), math.log(n_points - 1)
    for k in range(cheap):
        landscape = LinearLandscape.from_eigenvalues(wishart_spectrum(d, n, seed, k), n)
        asymptotic[k] = np.log(_starts(landscape, load))
        if k < n_draws:
            here = [view(landscape.eigenvalues, _VIEWS_OF_DRAW, math.exp(asymptotic[k].min()), seed, k)]
            guess = ratios[k] = np.log(crossings(here, log_others, n, np.exp(asymptotic[k] + guess))) - asymptotic[k]
    logs = asymptotic.mean(0) + ratios.mean(0)
    errors = np.hypot(asymptotic.std(0, ddof=1) / math.sqrt(cheap), ratios.std(0, ddof=1) / math.sqrt(n_draws))
    return [MeasuredLevel.from_log(Estimate(a, e, n_draws)) for a, e in zip(logs.tolist(), errors.tolist())]


def wishart_spectrum(latent_dim: int, ambient_dim: int, seed: int, draw: int) -> Floats:
    """The D eigenvalues of F^T F / D for F (N, D) with iid N(0, 1) entries, N >= D, ascending.

    Householder reflections turn F into a bidiagonal matrix with independent chi-distributed entries (A. Edelman's
    reduction), so that the cost is D^2 whatever N is.
    """
    random = generator(seed, f"wishart {draw}")
    diagonal = random.chisquare(ambient_dim - np.arange(latent_dim))
    below = random.chisquare(np.arange(latent_dim - 1, 0, -1)) if latent_dim > 1 else np.empty(0)
    main = diagonal + np.concatenate([[0.0], below])
    values = eigvalsh_tridiagonal(main, np.sqrt(diagonal[:-1] * below))
    return np.maximum(values, values[-1] * np.finfo(np.float64).eps) / latent_dim


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
        ambient_dim, n_views, seed: As for `finite_size_times`, in each mode.

    Raises:
        InvalidInput: if spectra and weights do not fit each other, or a size cannot be used.
        NotConverged: if a crossing is not found.
    """
    whole("`n_views`", n_views, least=_FEWEST_VIEWS, example=512)
    shares = probabilities(weights, len(spectra))
    views, starts, log_others = [], np.zeros(3), math.log(n_points - 1)
    for k, (spectrum, share) in enumerate(zip(spectra, shares.tolist())):
        landscape = LinearLandscape.from_eigenvalues(spectrum, ambient_dim)
        l = landscape.eigenvalues
        _require_sizes(len(l), n_points)
        seen = share * (n_points - 1)
        if seen < _FEWEST_SEEN:
            need = f"each mode must hold at least {_FEWEST_SEEN} points on average"
            raise refusal(need, f"{seen:.3g}", "raise `n_points` or merge modes")
        mine = _starts(landscape, math.log(seen) / ambient_dim)
        views.append(view(l, n_views, mine.min(), seed, k, share))
        starts += share * np.log(mine)
    times = crossings(views, log_others, ambient_dim, np.exp(starts))
    return FiniteSizeTimes(*times, n_points, ambient_dim, max(int(mode.counts.sum()) for mode in views))


def _starts(landscape: LinearLandscape, load: float) -> Floats:
    times = (time(landscape, load) for time in (t_onset, t_collapse, t_generalization))
    return np.array([t for t in times if t is not None])  # linear landscapes have all three


def _require_sizes(latent_dim: Any, n_points: Any) -> None:
    need = f"finite-size times need {FEWEST_DIM} to {LARGEST_DIM} latent dimensions"
    do = "use the asymptotic times of `phases`"
    require(FEWEST_DIM <= whole("the latent dimension", latent_dim) <= LARGEST_DIM, need, latent_dim, do)
    load = math.log(whole("`n_points`", n_points, least=_FEWEST_POINTS)) / latent_dim
    if load > LARGEST_LOAD:
        raise refusal(f"finite-size times need log(P)/D of at most {LARGEST_LOAD:g}", f"{load:.4g}", do)
