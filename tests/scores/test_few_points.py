"""Few points: all are summed at once, without an index, by the same rules of accuracy."""

import numpy as np
import pytest
import torch

from remanifold import EmpiricalScore

pytestmark = pytest.mark.few_points


def _data(n, dim, seed=0, offset=0.0):
    return np.random.default_rng(seed).standard_normal((n, dim)) + offset


@pytest.mark.parametrize(("n", "dim"), [(3, 1), (20, 2), (200, 2), (300, 40), (1797, 64)])
@pytest.mark.parametrize("t", [1e-8, 1e-3, 0.3, 10.0, 1e6])
def test_every_output_is_that_of_the_reference(reference, n, dim, t):
    data = _data(n, dim)
    x = data[:: max(1, n // 7)][:7] + min(t, 1.0) ** 0.5 * _data(7, dim, 1)[: len(data[:: max(1, n // 7)][:7])]
    score, right = EmpiricalScore(data), reference(data, x, t)
    assert score.plan(t, x).held
    np.testing.assert_allclose(score.denoise(x, t), right["denoise"], rtol=0, atol=2e-6)
    np.testing.assert_allclose(score.score(x, t) * t, right["score"] * t, rtol=0, atol=2e-6)
    np.testing.assert_allclose(score.log_density(x, t), right["log_density"], rtol=1e-9, atol=2e-6)
    np.testing.assert_allclose(score.participation(x, t), right["participation"], rtol=0, atol=4e-6)
    np.testing.assert_allclose(score.mean_energy(x, t), right["mean_energy"], rtol=1e-5, atol=1e-6 * t)
    weights, names = score.weights(x, t, 2)
    np.testing.assert_allclose(weights, np.sort(right["weights"], 1)[:, ::-1][:, :2], rtol=0, atol=2e-6)
    assert (names[:, 0] == right["weights"].argmax(1)).all()


@pytest.mark.parametrize("t", [1e-14, 1e-12, 1e-10])
def test_near_duplicates_at_tiny_noise_are_told_apart_by_differences(reference, t):
    data = np.concatenate([_data(50, 3), _data(50, 3) + 2e-6])
    x = data[:5] + t**0.5 * _data(5, 3, 2)
    score = EmpiricalScore(data)
    assert score.plan(t, x).fine == 5
    np.testing.assert_allclose(
        score.weights(x, t, 2)[0], np.sort(reference(data, x, t)["weights"])[:, :-3:-1], atol=2e-6
    )


@pytest.mark.parametrize("t", [1e-6, 0.3, 1e4])
def test_equal_rows_are_named_by_index(t):
    data = np.concatenate([_data(40, 8), np.repeat(_data(1, 8, 3), 300, 0)])
    x = data[-1:] + 0.1 * _data(5, 8, 1)
    assert EmpiricalScore(data).weights(x, t, 3)[1].tolist() == [[40, 41, 42]] * 5


def test_tiny_noise_of_one_query_among_others(reference):
    data = np.concatenate([_data(50, 3), _data(50, 3) + 2e-6])
    x, t = data[:4] + 1e-6 * _data(4, 3, 2), np.array([1.0, 1e-12, 1e3, 1e-10])
    score = EmpiricalScore(data)
    for k in range(4):
        right = reference(data, x[k : k + 1], t[k])
        np.testing.assert_allclose(score.log_density(x, t)[k], right["log_density"][0], rtol=1e-9, atol=2e-6)
        np.testing.assert_allclose(score.participation(x, t)[k], right["participation"][0], atol=4e-6)


@pytest.mark.parametrize("seed", range(5))
def test_equally_near_points_are_named_by_index(seed):
    """Products with centred rows are rounded, so that they tell apart what lies equally far."""
    middle = np.random.default_rng(seed).integers(-9, 9, 9) + 1000.0
    data = np.concatenate([middle + np.eye(9), middle - np.eye(9), middle + 3 + _data(30, 9, seed)])
    data = data[np.random.default_rng(seed).permutation(18).tolist() + list(range(18, 48))]
    names = EmpiricalScore(data).weights(middle[None], 0.5, 3)[1]
    assert names.tolist() == [[0, 1, 2]]


def test_far_from_the_origin_and_in_odd_units(reference):
    data = _data(80, 4, offset=1e5) * 1e-3
    x = data[:6] + 1e-4 * _data(6, 4, 1)
    right = reference(data, x, 1e-8)
    np.testing.assert_allclose(EmpiricalScore(data).log_density(x, 1e-8), right["log_density"], rtol=1e-9, atol=2e-6)


def test_a_query_has_its_own_noise_kind_and_precision():
    data, t = _data(60, 2), np.array([0.1, 1.0, 5.0])
    score = EmpiricalScore(data)
    x = torch.from_numpy(_data(3, 2, 1)).float()
    together = score.denoise(x, t)
    assert isinstance(together, torch.Tensor) and together.dtype == torch.float32
    for k in range(3):
        np.testing.assert_allclose(together[k : k + 1], score.denoise(x[k : k + 1], float(t[k])), atol=1e-6)


def test_answers_do_not_depend_on_the_batch_nor_on_what_else_is_asked():
    data, x = _data(4000, 3), _data(500, 3, 1)
    score = EmpiricalScore(data)
    whole = score.sums(x, 0.2)
    np.testing.assert_allclose(whole.mean.numpy(), score.denoise(x, 0.2), atol=1e-12)
    parts = np.concatenate([score.denoise(x[k : k + 7], 0.2) for k in range(0, 500, 7)])
    np.testing.assert_allclose(parts, score.denoise(x, 0.2), atol=1e-12)


def test_an_inverse_temperature_counts(reference):
    data, x = _data(40, 2), _data(5, 2, 1)
    score = EmpiricalScore(data, inverse_temperature=lambda t: 0.5 / t)
    np.testing.assert_allclose(score.denoise(x, 0.3), reference(data, x, 0.6)["denoise"], atol=2e-6)


def test_build_does_nothing_and_the_plan_says_so():
    score = EmpiricalScore(_data(100, 2))
    score.build()
    plan = score.plan(0.5)
    assert not plan.indexed and "the points are few" in str(plan)


@pytest.mark.parametrize("dtype", ["<f8", ">f8", ">f4", ">f2", ">i2", "u1", "?"])
@pytest.mark.parametrize("order", ["C", "F", "rows backwards", "columns backwards", "read-only", "every second"])
def test_queries_in_any_layout_and_order_of_bytes(dtype, order):
    score = EmpiricalScore(_data(30, 4))
    plain = (3 * _data(6, 4, 1)).astype(dtype.strip("<>"))
    given = plain.astype(dtype)
    if order == "every second":
        given = np.repeat(given, 2, axis=1)[:, ::2]
    elif order == "read-only":
        given.flags.writeable = False
    elif order in "CF":
        given = np.array(given, order=order)
    else:
        turned = (slice(None, None, -1),) if order.startswith("rows") else (slice(None), slice(None, None, -1))
        given = given[turned].copy()[turned]
    found = score.denoise(given, 0.5)
    assert np.array_equal(found, score.denoise(plain, 0.5)) and found.dtype == score.denoise(plain, 0.5).dtype
