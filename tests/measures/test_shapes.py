# ruff: noqa: F722, F821  (shapes in quotes are no forward references)
"""Shapes of public array functions, written once more as jaxtyping annotations and checked by beartype.

The package itself needs neither: its docstrings state the shapes, and here they are held to them. A dimension's name
stands for one size within a call.
"""

from collections.abc import Callable
from typing import Any

import jaxtyping
import numpy as np
import pytest
import torch
from beartype import beartype
from jaxtyping import Float64, Int64, jaxtyped

from remanifold import EmpiricalScore, GaussianScore, HiddenManifold, open_points
from remanifold.measures import NoiseProfile, covariance_spectrum, nearest_points, noise_profile
from remanifold.measures.profile.noise_profile import gap_dimension, nll_slope
from remanifold.scores import SoftmaxSums

checked = jaxtyped(typechecker=beartype)
MANIFOLD = HiddenManifold(ambient_dim=6, latent_dim=3, n_points=50, seed=0)
POINTS, FRESH = MANIFOLD.points(), MANIFOLD.fresh(7)
Array, Tensor = np.ndarray, torch.Tensor


@checked
def denoised(score: Any, x: Float64[Array, "batch *shape"], t: float) -> Float64[Array, "batch *shape"]:
    return score.denoise(x, t)


@checked
def scored(score: Any, x: Float64[Array, "batch *shape"], t: float) -> Float64[Array, "batch *shape"]:
    return score.score(x, t)


@checked
def log_density(score: Any, x: Float64[Array, "batch *shape"], t: float) -> Float64[Array, " batch"]:
    return score.log_density(x, t)


@checked
def denoised_tensor(
    score: Any, x: Float64[Tensor, "batch *shape"], t: Float64[Tensor, " batch"]
) -> Float64[Tensor, "batch *shape"]:
    return score.denoise(x, t)


@checked
def participation(score: EmpiricalScore, x: Float64[Array, "batch *shape"], t: float) -> Float64[Array, " batch"]:
    return score.participation(x, t)


@checked
def top_weights(
    score: EmpiricalScore, x: Float64[Array, "batch *shape"], t: float, top: int
) -> tuple[Float64[Array, "batch {top}"], Int64[Array, "batch {top}"]]:
    weights, rows = score.weights(x, t, top=top)
    return weights, rows


@checked
def mean_and_top(
    logits: Float64[Tensor, "batch n"], values: Float64[Tensor, "n width"], names: Int64[Tensor, " n"], top: int
) -> tuple[Float64[Tensor, " batch"], Float64[Tensor, "batch width"], Float64[Tensor, "batch {top}"]]:
    sums = SoftmaxSums.of_logits(logits, values, -logits, names, top)
    return sums.log_sum, sums.mean, sums.top_weights


@checked
def manifold_slice(
    manifold: HiddenManifold, start: int, stop: int
) -> Float64[Array, "{stop-start} {manifold.ambient_dim}"]:
    return manifold.points(start, stop)


@checked
def nearest(
    points: Any, columns: Int64[Array, " n"], queries: Any, rows: Int64[Array, " q"]
) -> tuple[Int64[Array, " q"], Float64[Array, " q"]]:
    return nearest_points(points, columns, queries, rows, same=False)


@checked
def spectrum(points: Any, rows: Int64[Array, " n"]) -> Float64[Array, "{points.ambient_dim}"]:
    return covariance_spectrum(points, rows)[0]


@checked
def gap_and_dimension(
    profile: NoiseProfile, t: Float64[Array, " levels"], queries: Int64[Array, " q"]
) -> tuple[
    Float64[Array, "q levels"], Float64[Array, "q levels"], Float64[Array, "q levels"], Float64[Array, " levels"]
]:
    return profile.query_gap, profile.query_dimension, profile.query_nll_slope, profile.gap.stderr


@checked
def dimension_of(
    t: Float64[Array, " levels"],
    half_squared: Float64[Array, "*queries levels branches"],
    projection: Float64[Array, "*queries levels branches"],
) -> Float64[Array, "*queries levels"]:
    return gap_dimension(t, half_squared, projection)


@checked
def slope_of(
    t: Float64[Array, " levels"], half: Float64[Array, "*queries levels branches"]
) -> Float64[Array, "*queries levels"]:
    return nll_slope(t, half, 6)


@pytest.mark.parametrize("score", [EmpiricalScore(POINTS), GaussianScore.of(MANIFOLD)])
def test_scores_keep_the_shape_of_their_points(score: Any) -> None:
    assert denoised(score, FRESH, 0.3).shape == scored(score, FRESH, 0.3).shape == (7, 6)
    assert log_density(score, FRESH, 0.3).shape == (7,)
    t = torch.linspace(0.1, 1.0, 7, dtype=torch.float64)
    assert denoised_tensor(score, torch.from_numpy(FRESH), t).shape == (7, 6)


def test_empirical_scores_of_images_and_their_weights() -> None:
    score, x = EmpiricalScore(POINTS.reshape(50, 1, 2, 3)), FRESH.reshape(7, 1, 2, 3)
    assert denoised(score, x, 0.3).shape == (7, 1, 2, 3)
    assert participation(score, x, 0.3).shape == (7,)
    assert top_weights(score, x, 0.3, 4)[0].shape == (7, 4)


def test_softmax_sums() -> None:
    logits, values = torch.zeros(4, 9, dtype=torch.float64), torch.ones(9, 3, dtype=torch.float64)
    assert mean_and_top(logits, values, torch.arange(9), 2)[1].shape == (4, 3)


def test_profiles_distances_and_spectra() -> None:
    points, rows = open_points(POINTS), np.arange(50)
    profile = noise_profile(points, max_queries=20, threads=1)
    assert gap_and_dimension(profile, profile.t, profile.queries)[0].shape == (20, len(profile.t))
    assert len(nearest(points, rows, open_points(FRESH), np.arange(7))[1]) == 7
    assert spectrum(points, rows).shape == (6,)
    table = np.ones((5, len(profile.t), 3))
    assert dimension_of(profile.t, table, table).shape == slope_of(profile.t, table).shape == (5, len(profile.t))
    assert manifold_slice(MANIFOLD, 10, 14).shape == (4, 6)


@pytest.mark.parametrize(
    "wrong",
    [
        lambda: denoised(_Wrong(), FRESH, 0.3),
        lambda: log_density(_Wrong(), FRESH, 0.3),
        lambda: dimension_of(np.ones(4), np.ones((5, 4, 3)), np.ones((5, 4, 2))),
        lambda: nearest(open_points(POINTS), np.arange(50.0), open_points(FRESH), np.arange(7)),
    ],
)
def test_a_wrong_shape_is_seen(wrong: Callable[[], object]) -> None:
    with pytest.raises(jaxtyping.TypeCheckError):
        wrong()


class _Wrong:
    """A score that forgets a row, or keeps a dimension."""

    def denoise(self, x: Any, t: float) -> Any:
        return x[:-1]

    def log_density(self, x: Any, t: float) -> Any:
        return x
