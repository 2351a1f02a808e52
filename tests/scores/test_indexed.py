"""The index: its bounds hold whatever the rounding, and every path gives what explicit differences give."""

import math

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from remanifold._core.progress import silent
from remanifold.manifolds import HiddenManifold
from remanifold.scores import EmpiricalScore
from remanifold.scores.centred import CentredData
from remanifold.scores.index.score_index import LEAF, build_index, index_bytes
from remanifold.scores.index.tree import bisection_order
from remanifold.scores.pruned import single_accuracy
from remanifold.scores.pruned.pruning import Pruning, Rows

_PROMISED = 2e-6  # of float32 queries, beside 1 plus the size of the result


def _adversarial(kind: str, seed: int, width: int) -> np.ndarray:
    """600 points meant to break a bound."""
    rng = np.random.default_rng(seed)
    if kind == "near ties":
        return np.repeat(rng.normal(size=(6, width)), 100, axis=0) + 1e-4 * rng.normal(size=(600, width))
    if kind == "duplicates":
        return np.repeat(rng.normal(size=(60, width)), 10, axis=0)
    if kind == "far outlier":
        points = rng.normal(size=(600, width))
        points[17] *= 1e4
        return points
    if kind == "large mean":
        return rng.normal(size=(600, width)) + 1e3
    if kind == "all equal but one":
        points = np.tile(rng.normal(size=width), (600, 1))
        points[300] += 1
        return points
    subspace = rng.normal(size=(min(5, width), width))
    return rng.normal(size=(600, len(subspace))) @ subspace


KINDS = ("near ties", "duplicates", "far outlier", "large mean", "all equal but one", "subspace")


def _queries(points: np.ndarray, t: float, log_far: float, seed: int) -> np.ndarray:
    """Noisy points, and points far off the data."""
    rng = np.random.default_rng(seed + 1)
    noisy = points[::40] + math.sqrt(t) * rng.normal(size=points[::40].shape)
    off = points.mean(0) + 10.0**log_far * points.std() * rng.normal(size=(5, points.shape[1]))
    return np.concatenate([noisy, off])


@settings(max_examples=60)
@given(
    kind=st.sampled_from(KINDS),
    seed=st.integers(0, 2**31),
    width=st.sampled_from([1, 3, 40, 90, 300]),
    log_t=st.floats(-6, 3),
    log_far=st.floats(-2, 3),
    log_tolerance=st.floats(-9, -1),
    top=st.integers(0, 5),
    rows=st.booleans(),
)
def test_what_pruning_drops_weighs_less_than_the_tolerance(kind, seed, width, log_t, log_far, log_tolerance, top, rows):
    points, tolerance = _adversarial(kind, seed, width), 10.0**log_tolerance
    data = CentredData(points, torch.device("cpu"), 10**9)
    t = 10.0**log_t * float(points.var())
    x = torch.tensor(_queries(points, t, log_far, seed))
    index = build_index(data, 100, rows=rows, room=2**40, progress=silent)
    noise = torch.full((len(x),), t / data.radius**2, dtype=torch.float64)
    window = noise * math.log(len(points) / tolerance)
    found = Pruning(index, data.scaled(x), noise, window, top, Rows(index, data)).survivors(
        lambda alive, fine, exact: fine > 600
    )
    xi = (points.astype(np.longdouble) - data.mean.numpy()) / np.longdouble(data.radius)
    overlap = data.scaled(x).numpy().astype(np.longdouble) @ xi.T - (xi**2).sum(1) / 2
    kept = np.zeros(overlap.shape, bool)
    kept[found.query, index.order[found.place]] = True
    logits = overlap / noise.numpy()[:, None]
    w = np.exp(logits - logits.max(1, keepdims=True))
    dropped = (w * ~kept).sum(1) / w.sum(1)
    listed = ~found.dense.numpy()
    assert (dropped[listed] <= tolerance).all()
    if top:
        kth = np.sort(overlap, axis=1)[:, -top]
        better = (overlap > kth[:, None] + 1e-12) & ~kept
        assert not better[listed].any()


def test_without_the_rounding_margin_points_that_matter_are_dropped():
    points = _adversarial("near ties", 0, 300)
    data = CentredData(points, torch.device("cpu"), 10**9)
    index = build_index(data, 100, rows=True, room=2**40, progress=silent)
    t = 1e-9
    x = torch.tensor(_queries(points, t, 0.0, 0))[:15]
    noise = torch.full((15,), t / data.radius**2, dtype=torch.float64)
    kept = []
    for factor in (1.0, 0.0):
        pruning = Pruning(index, data.scaled(x), noise, noise * 20, 0, Rows(index, data))
        pruning.margin *= factor  # planted: rounding ignored
        found = pruning.survivors(lambda alive, fine, exact: fine > 600)
        nearest = ((x[:, None] - torch.tensor(points)) ** 2).sum(2).argmin(1)
        pairs = set(zip(found.query.tolist(), index.order[found.place].tolist()))
        kept.append(all((q, int(p)) in pairs for q, p in enumerate(nearest)))
    assert kept == [True, False]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("log_t", [-6, -3, -1, 0, 1, 3])
def test_float32_queries_are_right_to_two_millionths(kind, log_t, reference):
    points, t = _adversarial(kind, 1, 90).astype(np.float32), 10.0**log_t
    x = _queries(points, t, 0.3, 1).astype(np.float32)
    expected, engine = reference(points, x, t), EmpiricalScore(points)
    mean, log_density = engine.denoise(x, t), engine.log_density(x, t)
    miss = np.abs(mean - expected["denoise"]).max() / (1 + np.abs(expected["denoise"]).max())
    assert miss <= _PROMISED
    assert (np.abs(log_density - expected["log_density"]) / (1 + np.abs(expected["log_density"]))).max() <= _PROMISED
    np.testing.assert_allclose(engine.participation(x, t), expected["participation"], rtol=1e-3)


@pytest.mark.parametrize("activation", ["linear", "tanh"])
@pytest.mark.parametrize("t", [0.01, 0.3, 3.0, 30.0])
def test_single_and_double_queries_and_streams_agree(activation, t):
    manifold = HiddenManifold(ambient_dim=200, latent_dim=20, n_points=3000, activation=activation, seed=3)
    points = manifold.points().astype(np.float32)
    x = (points[:40] + math.sqrt(t) * np.random.default_rng(0).normal(size=(40, 200))).astype(np.float32)
    engine, streamed = EmpiricalScore(points), EmpiricalScore(points, expected_queries=1)
    plan = engine.plan(t, x)
    assert plan.indexed
    assert plan.rank == (20 if activation == "linear" else None)
    for name in ("denoise", "log_density", "mean_energy"):
        exact = getattr(streamed, name)(x.astype(float), t)
        single, double = getattr(engine, name)(x, t), getattr(engine, name)(x.astype(float), t)
        np.testing.assert_allclose(double, exact, rtol=3e-6, atol=3e-6 * np.abs(exact).max())
        np.testing.assert_allclose(single, exact, rtol=0, atol=_PROMISED * (1 + np.abs(exact).max()))
    assert np.array_equal(engine.weights(x, t, top=3)[1], streamed.weights(x, t, top=3)[1])


def test_a_plan_tells_what_each_way_would_cost_and_takes_the_cheapest():
    points = HiddenManifold(ambient_dim=200, latent_dim=20, n_points=20000, activation="linear", seed=3).points()
    engine = EmpiricalScore(points.astype(np.float32))
    low, high = engine.plan(0.01), engine.plan(300.0)
    assert low.pruned == high.single == 64
    for plan, cheapest in ((low, "pruned"), (high, "single")):
        assert min(plan.milliseconds, key=lambda way: plan.milliseconds[way]) == cheapest
        assert f"on one core: pruned {plan.milliseconds['pruned']:.2g} ms" in str(plan)
    assert high.milliseconds["pruned"] > 100 * low.milliseconds["pruned"], "hardly any point is ruled out"
    assert EmpiricalScore(points[:100]).plan(0.01).milliseconds == {}, "few points are held, there is one way"


def test_an_index_without_rows_and_small_batches_give_the_same():
    points = np.random.default_rng(0).normal(size=(3000, 60)).astype(np.float32)
    x = points[:30] + 0.3 * np.random.default_rng(1).normal(size=(30, 60)).astype(np.float32)
    large, small = EmpiricalScore(points), EmpiricalScore(points, memory=4.76e6)
    plans = [engine.plan(0.3) for engine in (large, small)]
    assert all(plan.indexed for plan in plans), "keys with and without rows"
    assert plans[0].index_bytes - plans[1].index_bytes == points.nbytes
    for t in (0.01, 0.3, 3.0):
        np.testing.assert_allclose(small.denoise(x, t), large.denoise(x, t), atol=4e-6, rtol=4e-6)
        one_by_one = np.concatenate([large.denoise(row[None], t) for row in x])
        np.testing.assert_allclose(one_by_one, large.denoise(x, t), atol=4e-6, rtol=4e-6)


@pytest.mark.parametrize("t", [0.3, 3.0, 10.0, 100.0])
@pytest.mark.parametrize("kind", ["near ties", "spread"])
def test_single_sums_over_many_points_are_right_to_two_millionths(kind, t, reference):
    rng = np.random.default_rng(1)
    points = rng.normal(size=(9000, 40))
    if kind == "near ties":
        points = np.repeat(points[:6], 1500, axis=0) + 1e-4 * points
    points = points.astype(np.float32)
    x = (points[::500] + math.sqrt(t) * rng.normal(size=(18, 40))).astype(np.float32)
    engine, expected = EmpiricalScore(points), reference(points, x, t)["denoise"]
    assert np.abs(engine.denoise(x, t) - expected).max() <= _PROMISED * (1 + np.abs(expected).max())


def _miss(points: np.ndarray, x: np.ndarray, t: float) -> float:
    """Largest miss of a mean beside 1 plus the means, from logits without |x|^2/2, which would take their digits."""
    centre = points.astype(float).mean(0)
    rows, far = points - centre, x - centre
    logits = (far @ rows.T - (rows * rows).sum(1) / 2) / t
    w = np.exp(logits - logits.max(1, keepdims=True))
    mean = centre + w @ rows / w.sum(1, keepdims=True)
    return float(np.abs(EmpiricalScore(points).denoise(x, t) - mean).max() / (1 + np.abs(mean).max()))


@pytest.mark.parametrize("width", [20, 24])
def test_two_far_clusters_along_one_coordinate_are_told_apart(width):
    rng = np.random.default_rng(2)
    points = (1e-2 * rng.normal(size=(9001, width))).astype(np.float32)
    points[:, 0] += np.where(np.arange(9001) < 4500, -5, 5).astype(np.float32)
    x = (5e-3 * rng.normal(size=(16, width))).astype(np.float32)
    assert _miss(points, x, 1.0) <= _PROMISED


@pytest.mark.parametrize("width", [2, 8])
def test_far_queries_among_duplicates_keep_their_digits(width):
    rng = np.random.default_rng(0)
    points = np.repeat(rng.normal(size=(90, width)), 100, axis=0).astype(np.float32)
    x = rng.normal(size=(16, width))
    x = (2.5e5 * x / np.linalg.norm(x, axis=1, keepdims=True)).astype(np.float32)
    assert _miss(points, x, 0.1) <= _PROMISED


def test_rough_single_sums_are_done_again_in_double(monkeypatch, reference):
    points = np.random.default_rng(0).normal(size=(9000, 30)).astype(np.float32)
    x = points[:20] + 3 * np.random.default_rng(1).normal(size=(20, 30)).astype(np.float32)
    expected = reference(points, x, 9.0)["denoise"]
    quick = EmpiricalScore(points).denoise(x, 9.0)
    monkeypatch.setattr(single_accuracy, "_ALLOWED", 0.0)  # planted: none is believed
    slow = EmpiricalScore(points).denoise(x, 9.0)
    assert 0 < np.abs(quick - expected).max() < _PROMISED
    assert np.abs(slow - expected).max() < 2e-7  # the rounding of the result itself


def test_build_is_done_once_and_can_be_forced(monkeypatch):
    calls = []
    points = np.random.default_rng(0).normal(size=(1000, 5))
    engine = EmpiricalScore(points, progress=lambda stage, done, total: calls.append(stage))
    assert "indexing" not in calls
    engine.build()
    built = calls.count("indexing")
    assert built > 0
    engine.denoise(points[:2], 0.1)
    engine.build()
    assert calls.count("indexing") == built


def test_order_is_a_permutation_in_blocks_of_neighbours():
    rng = np.random.default_rng(0)
    centres = 100 * rng.normal(size=(8, 3))
    points = (centres[rng.integers(0, 8, 5000)] + rng.normal(size=(5000, 3))).astype(np.float32)
    order = bisection_order(points, LEAF)
    assert np.array_equal(np.sort(order), np.arange(5000))
    spread = np.mean([points[order[a : a + LEAF]].var(0).sum() for a in range(0, 5000 - LEAF, LEAF)])
    assert spread < 0.1 * points.var(0).sum()
    assert np.array_equal(np.sort(bisection_order(np.zeros((300, 2), np.float32), LEAF)), np.arange(300))


def test_index_size_is_as_budgeted():
    points = np.random.default_rng(0).normal(size=(2000, 300))
    data = CentredData(points, torch.device("cpu"), 10**9)
    for rows in (False, True):
        index = build_index(data, 256, rows=rows, room=2**40, progress=silent)
        fixed = index.basis.numel() * 8
        assert index.bytes - fixed <= index_bytes(2000, 300, rows=rows) * 1.01
