"""Where the best stop lies inside the memorization phase: the table of finite-size.md, and its trend."""

import math

import pytest

from remanifold import HiddenManifold, InvalidInput, open_points
from remanifold.measures import ensemble_times
from remanifold.theory import fewest_dimensions
from remanifold.theory.finite.order import log_gap


@pytest.mark.parametrize(("n_points", "dim"), [(500, 12), (2000, 14), (50_000, 19)])
def test_the_dimensions_of_the_table(n_points, dim):
    assert fewest_dimensions(n_points) == dim
    assert log_gap(n_points, dim - 2) < 0 < log_gap(n_points, dim + 2)


def test_empty_directions_bring_the_order_early_and_bad_ratios_are_refused():
    assert fewest_dimensions(500, 0.5) < fewest_dimensions(500, 0.9) <= 12
    with pytest.raises(InvalidInput, match="latent ratio"):
        fewest_dimensions(500, 0.0)


@pytest.mark.parametrize(("ambient_dim", "latent_dim"), [(8, 4), (8, 8)])
def test_brute_force_has_the_same_order(ambient_dim, latent_dim):
    sizes = {"ambient_dim": ambient_dim, "latent_dim": latent_dim, "n_points": 500, "ensemble": "isometric"}
    times = ensemble_times(
        lambda seed: open_points(HiddenManifold(**sizes, seed=seed).points()), n_draws=8, max_queries=200
    )
    measured = math.log(times.t_collapse.value / times.t_generalization.value)
    error = math.hypot(times.t_collapse.between, times.t_generalization.between) / math.sqrt(8)
    predicted = log_gap(500, latent_dim, ambient_dim)
    assert abs(measured - predicted) < 4 * error
    assert abs(predicted) > 4 * error  # the other order would be seen
