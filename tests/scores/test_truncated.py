"""Truncated scores and the errors they report, against explicit sums in extended precision."""

import numpy as np
import pytest
import torch

from remanifold._core.errors import InvalidInput
from remanifold.scores import EmpiricalScore, random_subset_mean, top_k_mean

P, N, B = 400, 6, 12
TIMES = (1e-3, 0.1, 1.0, 30.0)


def problem(t, seed=0):
    rng = np.random.default_rng(seed)
    data = 2 * rng.normal(size=(P, N)) + 3.0
    return data, data[:B] + np.sqrt(t) * rng.normal(size=(B, N))


def expected(reference, data, x, t, used):
    """What a truncated mean must report, ``used`` (batch, P) saying which points it takes, and by which P divides."""
    exact = reference(data, x, t)
    kept = np.where(used, exact["weights"], 0.0)
    share = kept.sum(1)
    mean = kept @ data / share[:, None]
    error = np.linalg.norm(mean - exact["denoise"], axis=1) / np.sqrt(N * t)
    return {"mean": mean, "exact_mean": exact["denoise"], "neglected": 1 - share, "mean_error": error, "share": share}


def assert_reports(found, want, log_density_error):
    for name in ("mean", "exact_mean", "neglected", "mean_error"):
        # 1e-12 of the weight may be neglected by the engine; far from it errors are round-off over sqrt(N t)
        np.testing.assert_allclose(getattr(found, name), want[name], rtol=1e-7, atol=1e-9, err_msg=name)
    np.testing.assert_allclose(found.log_density_error, log_density_error, rtol=1e-7, atol=1e-9)


def nearest(data, x, k):
    distances = ((x[:, None] - data) ** 2).sum(2)
    used = np.zeros(distances.shape, bool)
    np.put_along_axis(used, np.argsort(distances, axis=1)[:, :k], True, axis=1)
    return used


@pytest.mark.parametrize("t", TIMES)
@pytest.mark.parametrize("k", [1, 7, 100])
def test_nearest_points(reference, k, t):
    data, x = problem(t)
    want = expected(reference, data, x, t, nearest(data, x, k))
    found = top_k_mean(EmpiricalScore(data, tolerance=1e-12), x, t, k)
    assert found.n_used == k
    assert_reports(found, want, np.log(want["share"]))
    assert (found.log_density_error <= 0).all()


def test_the_comparison_would_see_weights_that_were_not_scaled_to_one(reference):
    data, x = problem(1.0)
    want = expected(reference, data, x, 1.0, nearest(data, x, 7))
    found = top_k_mean(EmpiricalScore(data, tolerance=1e-12), x, 1.0, 7)
    for planted in ({"mean": want["mean"] * want["share"][:, None]}, {"neglected": want["share"]}):
        with pytest.raises(AssertionError):
            assert_reports(found, want | planted, np.log(want["share"]))


@pytest.mark.parametrize("t", TIMES)
def test_all_points_are_the_exact_mean(t):
    data, x = problem(t)
    engine = EmpiricalScore(data, tolerance=1e-12)
    for found in (top_k_mean(engine, x, t, P), random_subset_mean(engine, x, t, P)):
        np.testing.assert_allclose(found.mean, engine.denoise(x, t), rtol=1e-11)
        for error in (found.neglected, found.mean_error, found.log_density_error):
            np.testing.assert_allclose(error, 0, atol=1e-9)


@pytest.mark.parametrize("t", TIMES)
@pytest.mark.parametrize("per_query", [False, True])
def test_random_points(reference, per_query, t):
    data, x = problem(t)
    m, used = 60, used_points(60, per_query)
    exact = reference(data, x, t)
    parts = [reference(data[row], x[i : i + 1], t) for i, row in enumerate(used)]
    mean = np.concatenate([part["denoise"] for part in parts])
    want = {
        "mean": mean,
        "exact_mean": exact["denoise"],
        "neglected": np.where(used, 0.0, exact["weights"]).sum(1),
        "mean_error": np.linalg.norm(mean - exact["denoise"], axis=1) / np.sqrt(N * t),
    }
    found = random_subset_mean(EmpiricalScore(data, tolerance=1e-12), x, t, m, seed=5, per_query=per_query)
    assert_reports(found, want, [part["log_density"][0] for part in parts] - exact["log_density"])


def used_points(m, per_query):
    """Which points the subsets of seed 5 hold: at high noise the mean of the values e_mu is 1/m on each of them."""
    engine = EmpiricalScore(np.eye(P))
    found = random_subset_mean(engine, np.zeros((B, P)), 1e12, m, seed=5, per_query=per_query)
    used = found.mean > 0.5 / m
    assert (used.sum(1) == m).all()
    assert (used != used[0]).any() == per_query
    return used


def test_the_log_density_of_a_subset_is_low_on_average_and_its_sum_is_right():
    data, x = problem(1.0)
    engine = EmpiricalScore(data)
    queries, draws = np.repeat(x[:1], 400, 0), 400
    errors = random_subset_mean(engine, queries, 1.0, 40, per_query=True).log_density_error
    ratios = np.exp(errors)  # of the estimated sum to the exact one: expectation 1
    assert abs(ratios.mean() - 1) < 5 * ratios.std(ddof=1) / np.sqrt(draws)
    assert abs(2 * ratios.mean() - 1) > 5 * 2 * ratios.std(ddof=1) / np.sqrt(draws)  # a factor 2 would be seen
    assert errors.mean() < -3 * errors.std(ddof=1) / np.sqrt(draws)


def test_a_query_has_its_subset_in_every_batch():
    data, x = problem(0.1)
    engine = EmpiricalScore(data)
    whole = random_subset_mean(engine, x, 0.1, 30, per_query=True)
    parts = [random_subset_mean(engine, x[i : i + 5], 0.1, 30, per_query=True, first_query=i) for i in (0, 5, 10)]
    np.testing.assert_allclose(np.concatenate([part.mean for part in parts]), whole.mean, rtol=1e-12)
    other = random_subset_mean(engine, x, 0.1, 30, per_query=True, seed=1)
    assert np.abs(other.mean - whole.mean).max() > 0.1


def test_exact_sums_at_hand_give_the_same():
    data, x = problem(1.0)
    engine = EmpiricalScore(data)
    exact = engine.sums(x, 1.0, 20, displacements=True)
    np.testing.assert_array_equal(top_k_mean(engine, x, 1.0, 7, exact=exact).mean, top_k_mean(engine, x, 1.0, 7).mean)
    ours = random_subset_mean(engine, x, 1.0, 7, exact=exact)
    np.testing.assert_allclose(ours.mean_error, random_subset_mean(engine, x, 1.0, 7).mean_error, rtol=1e-6)


def test_shapes_kinds_and_noise_per_query():
    data, x = problem(0.5)
    t = np.geomspace(1e-3, 10, B)
    engine = EmpiricalScore(data.reshape(P, 2, 3).astype(np.float32))
    queries = torch.tensor(x, dtype=torch.float32).reshape(B, 2, 3)
    for found in (top_k_mean(engine, queries, t, 3), random_subset_mean(engine, queries, t, 3)):
        assert isinstance(found.mean, torch.Tensor)
        assert (found.mean.dtype, found.mean.shape) == (torch.float32, (B, 2, 3))
        assert found.neglected.shape == found.mean_error.shape == found.log_density_error.shape == (B,)
        error = (
            torch.linalg.vector_norm((found.mean - found.exact_mean).reshape(B, -1), dim=1) / torch.tensor(6 * t).sqrt()
        )
        torch.testing.assert_close(found.mean_error, error.float(), rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("count", [0, P + 1, 3.5])
def test_counts_that_cannot_be_used(count):
    data, x = problem(0.1)
    engine = EmpiricalScore(data)
    with pytest.raises(InvalidInput, match=r"`k` must be a whole number from 1 to 400.*pass"):
        top_k_mean(engine, x, 0.1, count)
    with pytest.raises(InvalidInput, match=r"`m` must be a whole number from 3 to 400.*pass"):
        random_subset_mean(engine, x, 0.1, count)


def test_exact_sums_that_do_not_fit():
    data, x = problem(0.1)
    engine = EmpiricalScore(data)
    exact = engine.sums(x, 0.1, 5, displacements=True)
    with pytest.raises(InvalidInput, match=r"exact must hold sums.* but got .*top 5; pass"):
        top_k_mean(engine, x, 0.1, 6, exact=exact)
    with pytest.raises(InvalidInput, match="exact must hold sums"):
        random_subset_mean(engine, x[:3], 0.1, 6, exact=exact)
