"""The certificate of screening: bounds hold whatever the rounding, and what is dropped weighs less than promised."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from remanifold._core.progress import silent
from remanifold.scores.centred import CentredData
from remanifold.scores.screening import Keys, rounding_gamma
from remanifold.scores.streamed.candidates import screen


def _hard_data(seed, width, log_jitter):
    """Near duplicates of a few points far from their mean, one of them much farther than the rest."""
    rng = np.random.default_rng(seed)
    centres = rng.normal(size=(5, width))
    centres[0] *= 1e3
    points = np.repeat(centres, 30, axis=0)
    return points + 10.0**log_jitter * rng.normal(size=points.shape)


def _overlaps(data, scaled):
    """x.xi - |xi|^2/2 in extended precision from the exact points, in centred units."""
    xi = (data.points.chunk(0, data.n_points).astype(np.longdouble) - data.mean.numpy()) / np.longdouble(data.radius)
    return scaled.numpy().astype(np.longdouble) @ xi.T - (xi**2).sum(1) / 2


@settings(max_examples=40)
@given(
    seed=st.integers(0, 2**31),
    width=st.integers(1, 300),
    log_jitter=st.floats(-9, 0),
    dtype=st.sampled_from([torch.float32, torch.float64]),
    log_far=st.floats(-3, 3),
)
def test_upper_bounds_are_upper_bounds(seed, width, log_jitter, dtype, log_far):
    data = CentredData(_hard_data(seed, width, log_jitter), torch.device("cpu"), 10**9)
    rng = np.random.default_rng(seed + 1)
    x = data.raw(0, data.n_points)[::7] + 10.0**log_far * torch.tensor(rng.normal(size=(22, width)))
    scaled = data.scaled(x)
    keys = Keys(data, dtype, 64)
    exact = _overlaps(data, scaled)
    for start, rows in keys.chunks():
        upper = (keys.of_queries(scaled) @ rows.T).numpy()
        assert (upper >= exact[:, start : start + len(rows)]).all()


def test_without_the_margin_they_are_not():
    data = CentredData(_hard_data(0, 300, -6), torch.device("cpu"), 10**9)
    scaled = data.scaled(data.raw(0, data.n_points)[::7])
    keys = Keys(data, torch.float32, 200)
    keys.c = 0.0  # planted: rounding ignored
    _, rows = next(keys.chunks())
    assert ((keys.of_queries(scaled) @ rows.T).numpy() < _overlaps(data, scaled)).mean() > 0.05


@settings(max_examples=40)
@given(
    seed=st.integers(0, 2**31),
    log_jitter=st.floats(-6, 0),
    log_t=st.floats(-10, 2),
    log_tolerance=st.floats(-9, -1),
    top=st.integers(0, 20),
    chunk=st.integers(3, 160),
)
def test_what_is_dropped_weighs_less_than_the_tolerance(seed, log_jitter, log_t, log_tolerance, top, chunk):
    values, t, tolerance = _hard_data(seed, 20, log_jitter), 10.0**log_t, 10.0**log_tolerance
    data = CentredData(values, torch.device("cpu"), 10**9)
    rng = np.random.default_rng(seed + 1)
    x = values[::15] + np.sqrt(t) * rng.normal(size=(10, 20))
    window = torch.full((10,), t / data.radius**2 * np.log(len(values) / tolerance))
    keys = Keys(data, torch.float32, chunk)
    found = screen(keys, data.scaled(torch.tensor(x)), window.double(), top=top, limit=10**6, progress=silent)
    assert not found.many.any()
    kept = np.zeros((10, len(values)), dtype=bool)
    kept[found.query, found.point] = True
    energies = ((x[:, None].astype(np.longdouble) - values) ** 2).sum(2) / 2
    w = np.exp(-(energies - energies.min(1, keepdims=True)) / t)
    assert ((w * ~kept).sum(1) <= tolerance * w.sum(1)).all()
    nearest = np.argsort(energies, axis=1)[:, :top]
    assert np.take_along_axis(kept, nearest, 1).all()


def test_queries_with_many_candidates_are_given_up_whole():
    values = np.random.default_rng(0).normal(size=(100, 3))
    data = CentredData(values, torch.device("cpu"), 10**9)
    keys = Keys(data, torch.float32, 10)
    window = torch.tensor([1e-9, 1e9], dtype=torch.float64)
    found = screen(keys, data.scaled(data.raw(0, 2)), window, top=0, limit=50, progress=silent)
    assert found.many.tolist() == [False, True]
    assert found.query.tolist() == [0]
    assert found.point.tolist() == [0]


def test_gamma_bounds_products_and_knows_when_it_cannot():
    assert rounding_gamma(torch.float32, 784) == pytest.approx(792 * 2.0**-24, rel=1e-3)
    assert rounding_gamma(torch.float64, 3072) == pytest.approx(3080 * 2.0**-53, rel=1e-3)
    assert rounding_gamma(torch.float32, 10**7) == np.inf
    assert rounding_gamma(torch.float64, 10**7) < 1e-8
