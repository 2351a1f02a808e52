"""The empirical score against the reference on every path, and its conventions."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from remanifold._core.errors import InvalidInput
from remanifold.scores import Denoiser, EmpiricalScore

_METHODS = ("denoise", "score", "log_density", "participation", "mean_energy")


def _data(n_points=1000, width=12, seed=0):
    rng = np.random.default_rng(seed)
    return rng.normal(size=(n_points, 3)) @ rng.normal(size=(3, width)) + 5.0


def _queries(data, t, batch=8, seed=1):
    rng = np.random.default_rng(seed)
    return data[:batch] + np.sqrt(t) * rng.normal(size=data[:batch].shape)


def _assert_agrees(engine, expected, x, t, rtol=1e-9):
    for name in _METHODS:
        ours = getattr(engine, name)(x, t)
        scale = np.abs(expected[name]).max()
        np.testing.assert_allclose(ours, expected[name].reshape(ours.shape), rtol=rtol, atol=rtol * scale, err_msg=name)


@pytest.mark.parametrize("t", [1e-12, 1e-6, 1e-3, 0.03, 0.3, 3.0, 30.0, 1e4])
@pytest.mark.parametrize("n_points", [3, 40, 1000])
def test_all_quantities_agree_with_explicit_differences(reference, t, n_points):
    data = _data(n_points)
    x = _queries(data, t)
    # tolerance: 1e-6 of the weight may be neglected, in practice orders less
    _assert_agrees(EmpiricalScore(data), reference(data, x, t), x, t, rtol=2e-6)
    _assert_agrees(EmpiricalScore(data, tolerance=1e-13), reference(data, x, t), x, t, rtol=1e-10)


def test_the_comparison_would_see_a_mistake(reference):
    data = _data()
    x = _queries(data, 0.3)
    engine = EmpiricalScore(data)
    for planted in (reference(data, x, 0.3 * (1 + 1e-4)), reference(data[:-40], x, 0.3)):
        with pytest.raises(AssertionError):
            _assert_agrees(engine, planted, x, 0.3, rtol=2e-6)


@settings(max_examples=30)
@given(
    seed=st.integers(0, 2**31),
    n_points=st.integers(3, 60),
    width=st.integers(1, 20),
    log_t=st.floats(-12, 6),
    log_scale=st.floats(-8, 8),
    offset=st.sampled_from([0.0, 1.0, 1e4]),
)
def test_any_scale_any_place(reference, seed, n_points, width, log_t, log_scale, offset):
    rng = np.random.default_rng(seed)
    scale, t = 10.0**log_scale, 10.0 ** (log_t + 2 * log_scale)
    data = (rng.normal(size=(n_points, width)) + offset) * scale
    x = data[:3] + np.sqrt(t) * rng.normal(size=(3, width))
    expected, engine = reference(data, x, t), EmpiricalScore(data, tolerance=1e-12)
    # float64 rounding of the input itself: a relative 1e-16 of |xi| moves a logit by |xi||xi - x| 1e-16 / t
    np.testing.assert_allclose(engine.log_density(x, t), expected["log_density"], rtol=1e-9, atol=1e-9)
    np.testing.assert_allclose(engine.denoise(x, t), expected["denoise"], rtol=1e-9, atol=1e-9 * scale)


def test_noise_per_query(reference):
    data = _data()
    t = np.array([1e-6, 1e-3, 0.1, 1.0, 10.0, 100.0, 1e-3, 10.0])
    x = _queries(data, t[:, None])
    _assert_agrees(EmpiricalScore(data), reference(data, x, t), x, t, rtol=2e-6)
    one_by_one = [EmpiricalScore(data).log_density(x[i : i + 1], t[i])[0] for i in range(len(t))]
    np.testing.assert_allclose(EmpiricalScore(data).log_density(x, torch.tensor(t)), one_by_one, rtol=1e-12)


@pytest.mark.parametrize("t", [1e-3, 0.3, 30.0])
def test_top_weights_and_their_points(reference, t):
    data = _data()
    x = _queries(data, t)
    w = reference(data, x, t)["weights"]
    ours, points = EmpiricalScore(data).weights(x, t, top=7)
    order = np.argsort(-w, axis=1, kind="stable")[:, :7]
    np.testing.assert_allclose(ours, np.take_along_axis(w, order, 1), rtol=2e-6, atol=1e-300)
    assert points.dtype == np.int64
    # where weights underflow to 0 in the reference their order is that of the distances
    distance = ((x[:, None] - data) ** 2).sum(2)
    assert np.array_equal(points, np.argsort(distance, axis=1, kind="stable")[:, :7])
    all_of_them, _ = EmpiricalScore(data).weights(x, t, top=1000)
    np.testing.assert_allclose(all_of_them.sum(1), 1, rtol=1e-12)


def test_sums_hold_all_quantities(reference):
    data = _data()
    x = _queries(data, 0.3)
    engine = EmpiricalScore(data)
    sums = engine.sums(x, 0.3, top=2)
    np.testing.assert_allclose(sums.mean.numpy(), engine.denoise(x, 0.3), rtol=1e-12)
    np.testing.assert_allclose(sums.participation.numpy(), engine.participation(x, 0.3), rtol=1e-12)
    assert sums.top_indices.shape == (8, 2)


def test_displacements_keep_the_digits_of_tiny_noise():
    data = 1e6 + _data(50, 3)
    x, t = data[:4] + 1e-9, 1e-12
    engine = EmpiricalScore(data)
    sums = engine.sums(x, t, displacements=True)
    np.testing.assert_array_equal(sums.mean.numpy() / t, engine.score(x, t))
    np.testing.assert_allclose(sums.shifted(torch.tensor(x)).mean, engine.denoise(x, t), rtol=1e-15)


def test_sums_of_two_halves_merge_to_the_whole():
    data = _data()
    x = _queries(data, 0.3)
    whole = EmpiricalScore(data, tolerance=1e-12).sums(x, 0.3)
    halves = [EmpiricalScore(part, tolerance=1e-12).sums(x, 0.3) for part in (data[:300], data[300:])]
    merged = halves[0].merge(halves[1])
    torch.testing.assert_close(merged.log_sum, whole.log_sum, rtol=1e-12, atol=0)
    torch.testing.assert_close(merged.mean, whole.mean, rtol=1e-10, atol=1e-10)


def test_kind_precision_and_shape_of_the_result():
    data = _data(50, 12).reshape(50, 3, 4)
    engine = EmpiricalScore(data)
    assert engine.shape == (3, 4)
    assert isinstance(engine, Denoiser)
    x = data[:5]
    for dtype, out in ((np.float64, np.float64), (np.float32, np.float32), (np.float16, np.float32), (int, np.float64)):
        for name in _METHODS:
            ours = getattr(engine, name)(x.astype(dtype), 0.5)
            assert isinstance(ours, np.ndarray)
            assert ours.dtype == out
            assert ours.shape == ((5, 3, 4) if name in ("denoise", "score") else (5,))
    half = torch.tensor(x).bfloat16().requires_grad_()
    ours = engine(half, torch.tensor(0.5))
    assert (ours.dtype, ours.shape, ours.requires_grad) == (torch.float32, (5, 3, 4), False)
    weights, points = engine.weights(torch.tensor(x), 0.5, top=2)
    assert (weights.dtype, points.dtype) == (torch.float64, torch.int64)


def test_data_of_any_kind_are_the_same_data(tmp_path):
    data = np.round(_data(60, 6) * 4).astype(np.float32)
    np.save(tmp_path / "data.npy", data)
    x = _queries(data.astype(float), 0.5)
    expected = EmpiricalScore(data).log_density(x, 0.5)
    others = (
        torch.tensor(data),
        data.astype(float),
        data.astype(np.int16),
        data.astype(np.float16),
        tmp_path / "data.npy",
    )
    for other in others:
        np.testing.assert_allclose(EmpiricalScore(other).log_density(x, 0.5), expected, rtol=1e-12)


@pytest.mark.parametrize("expected_queries", [None, 1])
def test_plan_says_which_path(expected_queries):
    data = _data(2000, 12)
    engine = EmpiricalScore(data, expected_queries=expected_queries)
    low, high = engine.plan(1e-9, data[:4]), engine.plan(1e3, data[:4])
    assert (low.pruned, low.survivors, low.dense, low.fine) == (4, 1.0, 0, 0)
    assert (high.pruned, high.dense, high.fine) == (0, 4, 0)
    assert low.indexed == high.indexed == (expected_queries is None)
    assert engine.plan(1e-9).queries == 64  # noisy data points
    near = np.repeat(data[:2], 500, axis=0) + 1e-9 * np.random.default_rng(0).normal(size=(1000, 12))
    fine = EmpiricalScore(near, expected_queries=expected_queries).plan(1e-12, data[:1].repeat(4, 0))
    assert (fine.dense, fine.fine) == (0, 4)
    how = (
        "no index, the points stream past"
        if expected_queries
        else "index of 0 MB, built in memory; the data fill 3 dimensions"
    )
    words = f"4 queries ({how}): 4 pruned to 1.0 points each and rescored in float64; neglected weight <= 1e-06"
    assert str(low).partition("; estimated cost of a query")[0] == words
    assert "summed over all points by float64 products" in str(high)
    assert "4 screened in float64 among near duplicates" in str(fine)


def test_float32_products_are_used_only_where_asked_and_allowed(reference):
    data = _data(2000, 12)
    x = _queries(data, 1e3).astype(np.float32)
    expected = reference(data, x, 1e3)
    loose = EmpiricalScore(data, tolerance=1e-3, expected_queries=1)
    tight = EmpiricalScore(data, tolerance=1e-9, expected_queries=1)
    np.testing.assert_allclose(loose.sums(x, 1e3).log_sum, tight.sums(x, 1e3).log_sum, atol=1e-3)
    np.testing.assert_allclose(tight.denoise(x.astype(float), 1e3), expected["denoise"], rtol=1e-9)
    assert not torch.equal(loose.sums(x, 1e3).log_sum, tight.sums(x, 1e3).log_sum)


def test_coarse_float32_products_are_not_trusted(reference):
    data = _data(500, 12)
    x = _queries(data, 0.01)
    before = torch.get_float32_matmul_precision()
    torch.set_float32_matmul_precision("high")
    try:
        engine = EmpiricalScore(data)
        plan = engine.plan(0.01, x)
        assert (plan.indexed, plan.pruned) == (False, 0)
        _assert_agrees(engine, reference(data, x, 0.01), x, 0.01, rtol=2e-6)
    finally:
        torch.set_float32_matmul_precision(before)


def test_progress_is_told():
    told = []
    data = _data(1000, 12)
    EmpiricalScore(data, progress=lambda *args: told.append(args)).denoise(data[:2], 10.0)
    assert {stage for stage, _, _ in told} == {"reading the data", "indexing", "summing"}
    EmpiricalScore(data, expected_queries=2, progress=lambda *args: told.append(args)).denoise(data[:2], 10.0)
    assert {stage for stage, _, _ in told} == {"reading the data", "indexing", "screening", "summing"}
    assert ("summing", 1000, 1000) in told


_BAD_QUERIES = [
    (np.ones((2, 5)), 1.0, r"the queries must have shape \(batch, 12\) with batch >= 1, but got \(2, 5\)"),
    (np.ones(12), 1.0, r"\(batch, 12\) with batch >= 1, but got \(12,\)"),
    (np.ones((0, 12)), 1.0, r"\(batch, 12\) with batch >= 1, but got \(0, 12\)"),
    (np.ones((2, 12), complex), 1.0, "the queries must be real numbers, but got complex128"),
    (torch.ones(2, 12, dtype=torch.complex64), 1.0, "the queries must be real numbers, but got torch.complex64"),
    (np.full((2, 12), "a"), 1.0, "the queries must be real numbers"),
    (np.full((2, 12), np.nan), 1.0, "the queries must be finite, but got nan or inf"),
    (np.full((2, 12), 1e30), 1.0, r"the queries must lie within 1e\+15 radii of the data"),
    (np.ones((2, 12)), 0.0, r"t must be positive and finite, but got \[0.0\]"),
    (np.ones((2, 12)), -1.0, r"t must be positive and finite, but got \[-1.0\]"),
    (np.ones((2, 12)), np.nan, r"t must be positive and finite, but got \[nan\]"),
    (np.ones((2, 12)), [1.0, np.inf], r"t must be positive and finite, but got \[inf\]"),
    (np.ones((2, 12)), [1.0, 2.0, 3.0], r"t must be one number or 2, one per query, but got shape \(3,\)"),
    (np.ones((2, 12)), np.ones((2, 1)), r"t must be one number or 2, one per query, but got shape \(2, 1\)"),
    (np.ones((2, 12)), "small", "t must be a real number, but got 'small'"),
]


@pytest.mark.parametrize(("x", "t", "sentence"), _BAD_QUERIES)
def test_bad_queries_are_one_sentence(x, t, sentence):
    with pytest.raises(InvalidInput, match=sentence) as caught:
        EmpiricalScore(_data(20)).denoise(x, t)
    assert str(caught.value).endswith(".")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("top", [0, -1, 21, 1.5])
def test_bad_top_is_one_sentence(top):
    with pytest.raises(InvalidInput, match="`top` must be a whole number from 1 to 20, but got"):
        EmpiricalScore(_data(20)).weights(np.ones((1, 12)), 1.0, top=top)


@pytest.mark.parametrize("tolerance", [0, -1.0, 0.5, np.nan])
def test_bad_tolerance_is_one_sentence(tolerance):
    with pytest.raises(InvalidInput, match=r"the tolerance must be a number above 0 and at most 0\.1, but got"):
        EmpiricalScore(_data(20), tolerance=tolerance)


def test_bad_data_and_budgets_are_one_sentence():
    with pytest.raises(InvalidInput, match="data must have at least 3 points"):
        EmpiricalScore(_data(2))
    with pytest.raises(InvalidInput, match="data must be finite numbers"):
        EmpiricalScore(np.full((5, 2), np.nan))
    with pytest.raises(InvalidInput, match=r"points of 12 numbers needs a memory budget of at least 0.07 MB"):
        EmpiricalScore(_data(20), memory="20kB")


@pytest.mark.parametrize("t", [-1.0, 0.0, np.nan, np.inf, [0.1, 0.2]])
def test_bad_noise_of_a_plan_is_one_sentence(t):
    with pytest.raises(InvalidInput, match=r"noise variance .* must be .*, but got .*; pass"):
        EmpiricalScore(_data(20)).plan(t)


def test_bad_devices_and_numbers_of_queries_are_one_sentence():
    for device in ("nowhere", "cuda:99"):
        with pytest.raises(InvalidInput, match=f"`device` must be one that this machine has .* but got {device}"):
            EmpiricalScore(_data(20), device=device)
    for queries in (-3, "a"):
        with pytest.raises(InvalidInput, match="`expected_queries` must be a whole number of at least 0, but got"):
            EmpiricalScore(_data(20), expected_queries=queries)


@pytest.mark.parametrize("sigma", [0.3, np.array([0.3, 1.0, 7.0]), torch.tensor(2.0), np.float32(0.5)])
def test_sigma_is_the_root_of_t(sigma):
    engine, x = EmpiricalScore(_data(20)), _data(3)
    t = np.asarray(sigma, dtype=np.float64) ** 2
    for name in _METHODS:
        assert np.array_equal(getattr(engine, name)(x, sigma=sigma), getattr(engine, name)(x, t))
        assert not np.array_equal(getattr(engine, name)(x, sigma=sigma), getattr(engine, name)(x, sigma))  # planted
    assert np.array_equal(engine.weights(x, top=2, sigma=sigma)[0], engine.weights(x, t, 2)[0])
    assert torch.equal(engine.sums(x, sigma=sigma).log_sum, engine.sums(x, t).log_sum)


def test_a_plan_takes_sigma_too():
    engine = EmpiricalScore(_data(20))
    assert str(engine.plan(sigma=0.5)) == str(engine.plan(0.25))


@pytest.mark.parametrize(
    ("noise", "message"),
    [
        ({}, "a noise must be given as its variance t or as sigma, but got neither;"),
        ({"t": 1.0, "sigma": 1.0}, "as sigma, but got both;"),
        ({"sigma": 0.0}, "the noise sigma must be positive and finite, but got"),
        ({"sigma": 1e-200}, "the noise sigma must be positive and finite, but got"),
        ({"sigma": "1"}, "the noise sigma must be a real number, but got '1';"),
        ({"sigma": [1.0, 2.0]}, "the noise sigma must be one number or 3, one per query, but got"),
    ],
)
def test_bad_noise_is_one_sentence(noise, message):
    with pytest.raises(InvalidInput, match=message):
        EmpiricalScore(_data(20)).denoise(_data(3), **noise)


def test_a_score_is_one_short_line():
    assert len(repr(EmpiricalScore(_data(20)))) < 300
