"""The hidden manifold whose theory comes nearest to a measured profile."""

import math
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.interpolate import CubicSpline
from scipy.optimize import minimize_scalar
from scipy.special import ndtri

from remanifold._core.errors import NotConverged
from remanifold._core.estimate import Estimate
from remanifold._core.progress import Progress, silent
from remanifold.audits.records.models import ManifoldCandidate, ManifoldFit
from remanifold.manifolds import activation_of
from remanifold.measures import NoiseProfile
from remanifold.measures.estimates.series import mean_of
from remanifold.noise import NoiseLevel
from remanifold.theory import LinearLandscape, t_collapse, t_generalization, t_onset
from remanifold.theory.landscapes.landscape import Landscape
from remanifold.theory.landscapes.replica.landscape import ReplicaLandscape

_ACTIVATIONS = ("linear", "tanh", "relu", "erf", "sine", "sign")
_LEVELS = 10  # of the profile that a fit uses
_ABOVE = 2.0  # times t_collapse: closer to it the leave-one-out information is biased by finite size
_BLOCKS = 8  # of queries, left out in turn for the error
_TOLERANCE = 1e-5  # of the landscape: far below what a fit can tell apart
_NODES_PER_E = 2  # latent ratios per factor e at which the theory is computed
_NODES = 200_001  # of the average of g over its field
_TOLD_APART = 3.0  # standard errors of the difference of two misfits
_FINITE_SIZE = 0.15  # nats times D: how far a theory of large D may put the true activation behind (audit.md)


@dataclass(frozen=True)
class _Trial:
    """One activation fitted to all queries and with each block left out: (latent ratio, misfit) of each."""

    activation: str
    all_queries: tuple[float, float]
    left_out: NDArray[np.float64]  # (blocks, 2)


def nearest_manifold(
    profile: NoiseProfile, std: float, progress: Progress = silent
) -> tuple[ManifoldFit | None, str | None]:
    """Fit latent ratio and activation to the measured information I(xi; x_t) above the collapse.

    Only well above it is the leave-one-out information that of the population. The scale is not fitted: every candidate
    has the data's variance per coordinate. One number, the latent ratio, is left for each activation (least squares).

    Args:
        profile: With levels above its t_collapse.
        std: Standard deviation of the data per coordinate.
        progress: Told the activations done.

    Returns:
        The fit, or None and the reason why there is none.
    """
    collapse = profile.t_collapse
    above = (
        np.flatnonzero(profile.t >= _ABOVE * collapse.value) if collapse is not None else np.array([], dtype=np.int64)
    )
    if len(above) < 3:
        return None, "the profile has too few levels above its collapse"
    chosen = above[np.unique(np.linspace(0, len(above) - 1, _LEVELS).round().astype(int))]
    levels, gaps = profile.t[chosen] / std**2, profile.query_gap[:, chosen] + math.log(profile.n_points - 1)
    trials: list[_Trial] = []
    for k, name in enumerate(_ACTIVATIONS):
        with suppress(NotConverged):  # an activation whose theory does not converge here is no candidate
            trials.append(_trial(name, _theory(name, levels, profile.ambient_dim), gaps, profile.weights))
        progress("nearest manifold", k + 1, len(_ACTIVATIONS))
    if not trials:
        return None, "the theory of no candidate converged at these noise levels"
    return _fit(sorted(trials, key=lambda trial: trial.all_queries[1]), profile, std), None


def landscape_of(name: str, latent_ratio: float) -> Landscape:
    """Gaussian ensemble, unit field."""
    if name == "linear":
        return LinearLandscape.gaussian(latent_ratio)
    return ReplicaLandscape.of(latent_ratio, name, tolerance=_TOLERANCE)


def variance_of(name: str) -> float:
    """Variance of g(u), u ~ N(0, 1): that of one coordinate of the manifold."""
    field = ndtri((np.arange(_NODES) + 0.5) / _NODES)
    return float(np.var(activation_of(name)[1](field)))


def _theory(name: str, levels: NDArray[np.float64], ambient_dim: int) -> CubicSpline:
    """Information (nats) at ``levels`` (variance of the data: 1) as a smooth function of log latent ratio."""
    lowest = math.log(0.5 / ambient_dim)
    nodes = np.linspace(lowest, 0.0, max(6, math.ceil(-_NODES_PER_E * lowest)))
    scaled = levels * variance_of(name)
    table = []
    for node in nodes:
        landscape = landscape_of(name, math.exp(node))
        table.append([ambient_dim * landscape.entropy_deficit(1 / t, t) for t in scaled])
    return CubicSpline(nodes, np.array(table))


def _best(theory: CubicSpline, measured: NDArray[np.float64]) -> tuple[float, float]:
    """(latent ratio, misfit) of least root mean square error."""

    def misfit(log_ratio: float) -> float:
        return math.sqrt(float(np.mean((theory(log_ratio) - measured) ** 2)))

    ends = (float(theory.x[0]), float(theory.x[-1]))
    best = minimize_scalar(misfit, bounds=ends, method="bounded", options={"xatol": 1e-5})
    return math.exp(float(best.x)), float(best.fun)


def _trial(
    name: str, theory: CubicSpline, information: NDArray[np.float64], weights: NDArray[np.float64] | None = None
) -> _Trial:
    """Fit to ``information`` (queries, levels) of queries that stand for ``weights`` rows each."""
    block = np.arange(len(information)) % _BLOCKS

    def fitted(kept: NDArray[np.bool_]) -> tuple[float, float]:
        return _best(theory, mean_of(information[kept], None if weights is None else weights[kept]))

    parts = [fitted(block != k) for k in range(_BLOCKS)]
    return _Trial(name, fitted(block >= 0), np.array(parts))


def _jackknife(parts: NDArray[np.float64]) -> float:
    """Standard error from values with one block left out, (blocks,)."""
    return math.sqrt((_BLOCKS - 1) * float(np.var(parts)))


def _candidate(trial: _Trial, best: _Trial, ambient_dim: int) -> ManifoldCandidate:
    """The record of ``trial``: errors of both misfits come from the same queries, so that theirs cancel largely."""
    ratio, misfit = trial.all_queries
    error = _jackknife(trial.left_out[:, 1] - best.left_out[:, 1])
    behind = misfit - best.all_queries[1]
    alike = behind - _TOLD_APART * error <= _FINITE_SIZE / (ratio * ambient_dim)
    return ManifoldCandidate(trial.activation, ratio, misfit, Estimate(behind, error, 0), alike)


def _fit(trials: list[_Trial], profile: NoiseProfile, std: float) -> ManifoldFit:
    candidates = tuple(_candidate(trial, trials[0], profile.ambient_dim) for trial in trials)
    ratios = [candidate.latent_ratio for candidate in candidates if candidate.alike]
    best = candidates[0]
    landscape = landscape_of(best.activation, best.latent_ratio)
    load = math.log(profile.n_points) / profile.ambient_dim
    unit = std**2 / variance_of(best.activation)

    def in_data_units(time: Callable[[Landscape, float], float | None]) -> NoiseLevel | None:
        try:
            value = time(landscape, load)
        except NotConverged:
            return None
        return None if value is None else NoiseLevel(unit * value)

    share = best.misfit / math.log(profile.n_points)
    latent_dim = best.latent_ratio * profile.ambient_dim
    return ManifoldFit(
        activation=best.activation,
        latent_ratio=Estimate(best.latent_ratio, _jackknife(trials[0].left_out[:, 0]), 0),
        latent_dim=latent_dim,
        misfit=best.misfit,
        misfit_share=share,
        t_onset=in_data_units(t_onset),
        t_collapse=in_data_units(t_collapse),
        t_generalization=in_data_units(t_generalization),
        candidates=candidates,
        latent_ratio_range=(min(ratios), max(ratios)),
    )
