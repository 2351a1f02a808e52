"""What must not matter: order, axes, origin, chunks, threads; and what must hold: score = gradient of log density."""

import numpy as np
import pytest
import torch

from remanifold.scores import EmpiricalScore

_TIMES = (1e-3, 0.1, 1.0, 30.0)


def _problem(n_points=800, width=15):
    rng = np.random.default_rng(0)
    data = rng.normal(size=(n_points, width)) * np.linspace(0.1, 2, width)
    return data, data[:10] + 0.5 * rng.normal(size=(10, width))


@pytest.mark.parametrize("t", _TIMES)
def test_permutation_of_the_points(t):
    data, x = _problem()
    order = np.random.default_rng(1).permutation(len(data))
    one, two = EmpiricalScore(data, tolerance=1e-13), EmpiricalScore(data[order], tolerance=1e-13)
    np.testing.assert_allclose(two.log_density(x, t), one.log_density(x, t), rtol=1e-12)
    np.testing.assert_allclose(two.denoise(x, t), one.denoise(x, t), rtol=1e-10, atol=1e-12)
    assert np.array_equal(order[two.weights(x, t, top=5)[1]], one.weights(x, t, top=5)[1])


@pytest.mark.parametrize("t", _TIMES)
def test_rotation(t):
    data, x = _problem()
    q = np.linalg.qr(np.random.default_rng(2).normal(size=(15, 15)))[0]
    one, two = EmpiricalScore(data, tolerance=1e-13), EmpiricalScore(data @ q, tolerance=1e-13)
    np.testing.assert_allclose(two.log_density(x @ q, t), one.log_density(x, t), rtol=1e-10)
    np.testing.assert_allclose(two.score(x @ q, t), one.score(x, t) @ q, rtol=1e-9, atol=1e-10 / t)


@pytest.mark.parametrize("t", _TIMES)
def test_translation(t):
    data, x = _problem()
    data, x, offset = np.round(data, 6), np.round(x, 6), 1024.0
    one, two = EmpiricalScore(data, tolerance=1e-13), EmpiricalScore(data + offset, tolerance=1e-13)
    # adding 1024 rounds the data to 1e-13, which moves a logit by |x - xi| 1e-13 / t
    np.testing.assert_allclose(two.log_density(x + offset, t), one.log_density(x, t), rtol=1e-9)
    np.testing.assert_allclose(two.denoise(x + offset, t) - offset, one.denoise(x, t), atol=1e-9)


def test_rescaling_moves_the_noise_with_the_squared_unit():
    data, x = _problem()
    one, two = EmpiricalScore(data, tolerance=1e-13), EmpiricalScore(data * 255, tolerance=1e-13)
    shift = 15 * np.log(255)
    for t in _TIMES:
        np.testing.assert_allclose(two.log_density(x * 255, t * 255**2) + shift, one.log_density(x, t), rtol=1e-11)


@pytest.mark.parametrize("t", _TIMES)
def test_chunks_and_threads_change_nothing_but_round_off(t):
    data, x = _problem(3000)
    whole = EmpiricalScore(data, tolerance=1e-13)
    threads = torch.get_num_threads()
    try:
        torch.set_num_threads(2 if threads == 1 else 1)
        other = EmpiricalScore(data, tolerance=1e-13)
        results = [other.sums(x, t, top=4)]
    finally:
        torch.set_num_threads(threads)
    small = EmpiricalScore(data, tolerance=1e-13, memory="90kB")  # chunks of 37 points, a few queries at a time
    results.append(small.sums(x, t, top=4))
    expected = whole.sums(x, t, top=4)
    for sums in results:
        torch.testing.assert_close(sums.log_sum, expected.log_sum, rtol=1e-12, atol=1e-11)
        torch.testing.assert_close(sums.mean, expected.mean, rtol=1e-9, atol=1e-11)
        assert torch.equal(sums.top_indices, expected.top_indices)


@pytest.mark.parametrize("t", _TIMES)
def test_score_is_the_gradient_of_the_log_density(t):
    data, x = _problem()
    xi, y = torch.tensor(data), torch.tensor(x, requires_grad=True)
    log_sum = torch.logsumexp(-((y[:, None] - xi) ** 2).sum(2) / (2 * t), 1).sum()
    (gradient,) = torch.autograd.grad(log_sum, y)
    ours = EmpiricalScore(data, tolerance=1e-13).score(x, t)
    np.testing.assert_allclose(ours, gradient.numpy(), rtol=1e-9, atol=1e-10 / t)
    with pytest.raises(AssertionError):  # planted: the score of twice the noise
        np.testing.assert_allclose(EmpiricalScore(data).score(x, 2 * t), gradient.numpy(), rtol=1e-9, atol=1e-10 / t)


@pytest.mark.parametrize("t", [0.1, 1.0, 30.0])
def test_finite_differences_of_our_own_log_density(t):
    data, x = _problem()
    engine, h = EmpiricalScore(data, tolerance=1e-13), 1e-4 * np.sqrt(t)
    for axis in (0, 7, 14):
        step = np.zeros(15)
        step[axis] = h
        slope = (engine.log_density(x + step, t) - engine.log_density(x - step, t)) / (2 * h)
        # error: h^2 times a third derivative ~ t^(-3/2) |xi|^3, and round-off 1e-13 |log p| / h
        np.testing.assert_allclose(slope, engine.score(x, t)[:, axis], rtol=1e-6, atol=1e-6 / np.sqrt(t))


def test_density_integrates_to_one():
    data = np.random.default_rng(3).normal(size=(40, 1))
    grid = np.linspace(-12, 12, 4001)[:, None]
    density = np.exp(EmpiricalScore(data).log_density(grid, 0.05))
    assert np.trapezoid(density, grid[:, 0]) == pytest.approx(1, rel=1e-6)  # 1e-6: tolerance of the engine
