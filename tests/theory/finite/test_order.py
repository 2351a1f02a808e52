"""Where the best stop lies inside the memorization phase: the table of docs/finite-size.md, and its trend."""

import pytest

from remanifold import InvalidInput
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
