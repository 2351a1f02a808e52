"""Rows that no measure can use are refused in one sentence, never passed on to a library that stumbles over them."""

import numpy as np
import pytest

import remanifold as rm
from remanifold import measures

ROWS = np.random.default_rng(0).normal(size=(60, 4))
HOLE, ENDLESS = ROWS.copy(), ROWS.copy()
HOLE[5, 1], ENDLESS[7, 0] = np.nan, np.inf
WRONG = {
    "nan": (HOLE, "finite numbers"),
    "inf": (ENDLESS, "finite numbers"),
    "too large": (1e200 * ROWS, "below 1e\\+150|fit a float"),
    "text": (ROWS.astype(str), "real numbers"),
    "complex": (ROWS + 1j, "real numbers"),
}
CALLS = {
    "find_duplicates": lambda x: rm.find_duplicates(x, 0.5),
    "default_distance": measures.default_distance,
    "exact_copies": measures.exact_copies,
    "covariance_spectrum": measures.covariance_spectrum,
    "noise_profile": rm.noise_profile,
    "energy_distance": lambda x: measures.energy_distance(x, ROWS),
    "row_pairs": lambda x: measures.row_pairs(x, within=0.1),
}


@pytest.mark.parametrize("kind", WRONG)
@pytest.mark.parametrize("name", CALLS)
def test_wrong_rows_are_refused(name, kind):
    rows, words = WRONG[kind]
    with pytest.raises(rm.InvalidInput, match=words):
        CALLS[name](rows)


@pytest.mark.parametrize("name", CALLS)
def test_the_same_calls_take_good_rows(name):
    CALLS[name](ROWS)


def test_queries_of_another_dimension_are_refused():
    with pytest.raises(rm.InvalidInput, match="4 numbers a row"):
        measures.nearest_points(ROWS, np.arange(60), ROWS[:, :3], np.arange(3), same=False)


@pytest.mark.parametrize("wrong", [(None, np.eye(3)), (np.zeros(3), None)])
def test_a_gaussian_score_needs_numbers(wrong):
    with pytest.raises(rm.InvalidInput, match="must be real numbers"):
        rm.GaussianScore(*wrong)


@pytest.mark.parametrize(
    "sigma", [0.2, np.float32(0.2), np.array(0.2), [0.2], rm.NoiseLevel(0.04), [rm.NoiseLevel(0.04)]]
)
def test_a_target_is_one_level_however_it_is_named(sigma):
    report = rm.audit(ROWS, target_sigma=sigma, max_queries=20, threads=1)
    assert [need.t for need in report.samples_needed] == [pytest.approx(0.04, rel=1e-6)]
