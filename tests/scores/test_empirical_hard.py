"""Where products lose their digits: near duplicates, large means, pixels, tiny noise; and data beyond memory."""

import numpy as np
import pytest
import torch

from remanifold.scores import EmpiricalScore

_RELATIVE = 1e-7  # promised for the log density


def _clusters(rng, width, mean, spread, jitter, copies):
    """3 groups of near duplicates around distant centres."""
    centres = mean + spread * rng.normal(size=(3, 1, width))
    return (centres + jitter * rng.normal(size=(3, copies, width))).reshape(-1, width)


@pytest.mark.parametrize("t", [1e-8, 1e-6, 1e-4, 1e-2])
@pytest.mark.parametrize(("width", "copies"), [(784, 700), (3072, 100)])
def test_near_duplicates_with_a_large_mean(reference, t, width, copies):
    rng = np.random.default_rng(0)
    # jitter of the size of the noise: thousands of points compete for every query
    data = _clusters(rng, width, mean=100.0, spread=50.0, jitter=np.sqrt(t / width), copies=copies)
    x = data[:: copies // 2] + np.sqrt(t) * rng.normal(size=data[:: copies // 2].shape)
    expected, engine = reference(data, x, t), EmpiricalScore(data)
    plan = EmpiricalScore(data, expected_queries=1).plan(t, x)
    assert (plan.fine, plan.pruned) == ((len(x), 0) if width == 784 else (0, len(x)))
    assert expected["participation"].max() < 0.05  # many points do compete
    error = np.abs(engine.log_density(x, t) - expected["log_density"])
    assert (error < _RELATIVE * np.abs(expected["log_density"])).all()
    assert error.max() < 5e-3
    assert error.max() < 2e-6  # measured: the neglected weight is all there is
    np.testing.assert_allclose(engine.denoise(x, t), expected["denoise"], rtol=1e-12)
    size = np.abs(expected["score"]).max()
    np.testing.assert_allclose(engine.score(x, t), expected["score"], atol=2e-6 * size)
    np.testing.assert_allclose(engine.participation(x, t), expected["participation"], rtol=5e-6)


def test_plain_products_would_fail_there(reference):
    """The same case by float32 distances from products, as commonly done, misses by nats."""
    rng, t, width = np.random.default_rng(0), 1e-4, 784
    data = _clusters(rng, width, mean=100.0, spread=50.0, jitter=np.sqrt(t / width), copies=100)
    x = data[:3] + np.sqrt(t) * rng.normal(size=(3, width))
    a, b = torch.tensor(x).float(), torch.tensor(data).float()
    squared = (a**2).sum(1)[:, None] + (b**2).sum(1) - 2 * a @ b.T
    naive = (
        torch.logsumexp(-squared / (2 * t), 1).double().numpy() - np.log(len(data)) - width / 2 * np.log(2 * np.pi * t)
    )
    assert np.abs(naive - reference(data, x, t)["log_density"]).max() > 5e-3


@pytest.mark.parametrize("t", [1e-8, 1e-2, 100.0, 1e4])
def test_bytes_of_pictures(reference, t):
    rng = np.random.default_rng(1)
    data = rng.integers(0, 256, size=(600, 8, 8, 3), dtype=np.uint8)
    data[300:] = data[:300]  # near and exact duplicates
    data[300:500, 0, 0, 0] ^= 1
    x = data[::50].astype(float) + np.sqrt(t) * rng.normal(size=data[::50].shape)
    expected, engine = reference(data, x, t), EmpiricalScore(data)
    np.testing.assert_allclose(engine.log_density(x, t), expected["log_density"], rtol=1e-9)
    np.testing.assert_allclose(engine.denoise(x, t).reshape(12, -1), expected["denoise"], rtol=2e-6, atol=1e-12)
    single = engine.log_density(x.astype(np.float32), t)
    rounded = reference(data, x.astype(np.float32), t)["log_density"]
    np.testing.assert_allclose(single, rounded, rtol=_RELATIVE)  # float32 out: half a unit in the last place, 6e-8


def test_exact_duplicates_share_the_weight_and_come_in_order():
    data = np.random.default_rng(2).normal(size=(50, 5))
    data[[7, 20, 33]] = data[4]
    weights, points = EmpiricalScore(data).weights(data[4:5], 1e-6, top=5)
    np.testing.assert_allclose(weights, [[0.25, 0.25, 0.25, 0.25, 0.0]], atol=1e-12)
    assert points[0, :4].tolist() == [4, 7, 20, 33]
    assert (EmpiricalScore(data).score(data[4:5], 1e-6) == 0).all()


@pytest.mark.parametrize("t", [5e-324, 1e-300, 1e-200, 1e-100])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_vanishing_noise_gives_the_nearest_point_and_no_nan(t, dtype):
    rng = np.random.default_rng(3)
    data = (rng.normal(size=(200, 30)) * 300).astype(dtype)
    x = np.concatenate([data[:3], (rng.normal(size=(5, 30)) * 300).astype(dtype)])
    nearest = ((x[:, None].astype(float) - data) ** 2).sum(2).argmin(1)
    engine = EmpiricalScore(data)
    np.testing.assert_allclose(engine.denoise(x, t), data[nearest], rtol=1e-11)  # round-off of x + (xi - x)
    assert np.array_equal(engine.weights(x, t, top=1)[1][:, 0], nearest)
    assert (engine.participation(x, t) == 1).all()
    assert not np.isnan(engine.score(x, t)).any()
    assert not np.isnan(engine.log_density(x, t)).any()
    assert np.isfinite(engine.log_density(x.astype(float), t)).all()


def test_small_noise_limit_is_the_nearest_neighbour():
    rng = np.random.default_rng(4)
    data, x = rng.normal(size=(500, 10)), rng.normal(size=(20, 10))
    nearest = ((x[:, None] - data) ** 2).sum(2).argmin(1)
    np.testing.assert_allclose(EmpiricalScore(data).denoise(x, 1e-6), data[nearest], rtol=1e-12)


@pytest.mark.parametrize("t", [1e12, 1e300])
def test_large_noise_limit_is_the_mean(t):
    rng = np.random.default_rng(5)
    data, x = rng.normal(size=(500, 10)) + 3, rng.normal(size=(20, 10))
    engine = EmpiricalScore(data)
    np.testing.assert_allclose(engine.denoise(x, t), np.broadcast_to(data.mean(0), x.shape), rtol=1e-10)
    np.testing.assert_allclose(engine.participation(x, t), 1 / 500, rtol=1e-10)


def test_a_large_mean_costs_no_digits(reference):
    data = np.random.default_rng(6).normal(size=(300, 20)) + 1e6
    x = data[:5] + 0.5
    for t in (1e-3, 0.3, 10.0):
        expected = reference(data, x, t)
        np.testing.assert_allclose(EmpiricalScore(data).log_density(x, t), expected["log_density"], rtol=1e-8)


def test_mapped_data_larger_than_the_budget(tmp_path, reference):
    rng = np.random.default_rng(7)
    data = rng.integers(0, 256, size=(4000, 300), dtype=np.uint8)
    np.save(tmp_path / "data.npy", data)
    mapped = np.load(tmp_path / "data.npy", mmap_mode="r")
    x = data[:6] + rng.normal(size=(6, 300))
    small, large = EmpiricalScore(mapped, memory="2MB"), EmpiricalScore(data)  # the keys alone would take 4.8 MB
    for t in (1.0, 1e4):
        expected = reference(data, x, t)["log_density"]
        np.testing.assert_allclose(small.log_density(x, t), expected, rtol=1e-10)
        np.testing.assert_allclose(small.denoise(x, t), large.denoise(x, t), rtol=1e-10)
        assert small.weights(x, t, top=3)[1].tolist() == large.weights(x, t, top=3)[1].tolist()
