"""The covariance spectrum against numpy, on both branches."""

import numpy as np
import pytest
from point_sets import hard_sets

from remanifold.data import open_points
from remanifold.measures import covariance_spectrum
from remanifold.measures.laws import spectrum

RNG = np.random.default_rng(0)


def by_numpy(data):
    return np.linalg.eigvalsh(np.cov(np.asarray(data, dtype=np.float64).T, bias=True).reshape(data.shape[1], -1))[::-1]


@pytest.mark.parametrize("name", hard_sets())
def test_all_rows_in_few_dimensions(name):
    data = hard_sets()[name]
    got, used_all = covariance_spectrum(open_points(data), np.arange(len(data)))
    want = by_numpy(data)
    assert used_all
    assert got == pytest.approx(want, rel=1e-7, abs=1e-12 * want[0])
    assert (np.diff(got) <= 0).all()


def test_chosen_rows_and_threads():
    data = RNG.normal(size=(500, 7)) + 100
    rows = np.arange(3, 500, 3)
    for threads in (1, 2):
        got, _ = covariance_spectrum(open_points(data), rows, threads=threads)
        assert got == pytest.approx(by_numpy(data[rows]), rel=1e-10)


WIDE = 4100  # coordinates: more than the matrix may have that is diagonalised


def test_many_dimensions_use_the_products_of_rows():
    data = RNG.normal(size=(30, WIDE)) + 5
    got, used_all = covariance_spectrum(open_points(data), np.arange(30))
    assert used_all
    singular = np.linalg.svd(data - data.mean(0), compute_uv=False)
    assert got[:29] == pytest.approx(singular[:29] ** 2 / 30, rel=1e-9)
    assert got[29:].tolist() == [0.0]


def test_many_rows_in_many_dimensions_are_a_random_part(monkeypatch):
    data = RNG.normal(size=(300, 60)) * np.sqrt(np.append(np.full(2, 400.0), np.full(58, 1.0)))
    monkeypatch.setattr(spectrum, "_LARGEST_MATRIX", 50)  # 4097 rows of 4097 numbers would take half a minute
    got, used_all = covariance_spectrum(open_points(data), np.arange(300), seed=4)
    assert not used_all
    assert len(got) == 50
    assert got[:2].sum() == pytest.approx(by_numpy(data)[:2].sum(), rel=0.6)  # 50 of 300 rows: relative sd .2
    again, _ = covariance_spectrum(open_points(data), np.arange(300), seed=4)
    assert np.array_equal(got, again)


def test_the_memory_budget_bounds_the_rows():
    data = RNG.normal(size=(100, WIDE))
    got, used_all = covariance_spectrum(open_points(data), np.arange(100), memory=32 * WIDE)
    assert 20 < len(got) <= 64 and not used_all
    got, used_all = covariance_spectrum(open_points(data), np.arange(100), memory=32 * WIDE * 20)  # in five readings
    assert len(got) == 100 and used_all


def test_round_off_is_zero_where_the_rank_is_small():
    data = RNG.normal(size=(200, 3)) @ RNG.normal(size=(3, 10)) + 1e3
    got, _ = covariance_spectrum(open_points(data), np.arange(200))
    assert (got[3:] < 1e-12 * got[0]).all()
    assert (got[:3] > 1e-3 * got[0]).all()
