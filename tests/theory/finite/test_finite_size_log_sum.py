"""The exact mean of a log sum of softmax weights, by closed forms, simulation, and an approximation derived apart."""

import math
from dataclasses import replace

import numpy as np
import pytest
from scipy.special import ive

from remanifold._core.errors import NotConverged
from remanifold.theory.finite import log_sum
from remanifold.theory.finite.log_sum import Energies, mean_log_sum
from remanifold.theory.finite.means import mean_with_controls


def energies(d: int, n: int, noisy: bool, gain: float = 3.0, seed: int = 0) -> Energies:
    """A spectrum spread over a factor of about ten, and n random x."""
    random = np.random.default_rng(seed)
    return Energies(gain * random.gamma(2.0, 0.5, d), random.standard_normal((n, d)) ** 2, noisy)


def simulated(e: Energies, n_others: int, draws: int) -> tuple[np.ndarray, np.ndarray]:
    """Mean of log sum exp(-|x - xi|^2 / 2t) over data sets, and its standard error, in units t = 1."""
    random = np.random.default_rng(1)
    x = np.sqrt((e.gains + e.shift) * e.squares)
    logs = np.empty((draws, len(x)))
    for k in range(draws):
        xi = np.sqrt(e.gains) * random.standard_normal((n_others, len(e.gains)))
        half = 0.5 * ((x[:, None] - xi[None]) ** 2).sum(2)
        low = half.min(1)
        logs[k] = np.log(np.exp(low[:, None] - half).sum(1)) - low
    return logs.mean(0), logs.std(0, ddof=1) / math.sqrt(draws)


@pytest.mark.parametrize("noisy", [True, False])
@pytest.mark.parametrize("d", [3, 10, 40])
def test_one_other_point_has_the_mean_of_its_energy(d: int, noisy: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in (("_ALIAS", 27.0), ("_TAIL", 26.0), ("_FLAT", 3e-10)):  # one point has the longest tail
        monkeypatch.setattr(log_sum, name, value)
    e = energies(d, 20, noisy)
    value, slope = mean_log_sum(e, 0.0)
    r, z2 = e.gains, e.squares
    np.testing.assert_allclose(value, -0.5 * (r + (r + noisy) * z2).sum(1), atol=2e-8)
    np.testing.assert_allclose(slope, 0.5 * (r * (1 + z2)).sum(1), atol=2e-8)


@pytest.mark.parametrize(
    ("d", "n_others", "gain", "noisy"),
    [(3, 5, 10.0, False), (4, 60, 30.0, True), (12, 2000, 3.0, True), (8, 300, 20.0, False)],
)
def test_simulated_data(d: int, n_others: int, gain: float, noisy: bool) -> None:
    e = energies(d, 6, noisy, gain)
    mean, error = simulated(e, n_others, 800 if n_others < 1000 else 200)
    z = (mean_log_sum(e, math.log(n_others))[0] - mean) / error
    assert np.abs(z).max() < 4.5
    planted = mean_log_sum(e, math.log(1.3 * n_others))[0]  # a third more points are seen
    assert np.abs((planted - mean) / error).max() > 4.5


@pytest.mark.parametrize("gain", [0.3, 3.0, 100.0])
@pytest.mark.parametrize("noisy", [True, False])
def test_slope_is_the_derivative(gain: float, noisy: bool) -> None:
    e, h = energies(10, 20, noisy, gain), 1e-3
    up, down = (mean_log_sum(Energies(e.gains * math.exp(s * h), e.squares, noisy), 7.0)[0] for s in (-1, 1))
    np.testing.assert_allclose(mean_log_sum(e, 7.0)[1], (up - down) / (2 * h), rtol=1e-5, atol=1e-5)


def test_contours_and_panels_do_not_matter(monkeypatch: pytest.MonkeyPatch) -> None:
    for gain, log_others in ((2.0, 9.0), (300.0, 9.0), (50.0, 14.0)):
        e = energies(15, 100, False, gain)
        value = mean_log_sum(e, log_others)[0]
        for name, other in (("_MOST_CONTOUR", 0.4), ("PANEL", 1.3), ("_ALIAS", 40.0), ("ROWS", 100)):
            with monkeypatch.context() as patch:
                patch.setattr(log_sum, name, other)
                np.testing.assert_allclose(mean_log_sum(e, log_others)[0], value, atol=1e-6, err_msg=name)


def test_many_points_at_high_noise_average() -> None:
    e = energies(20, 50, True, 0.05)
    annealed = 12.0 + e.cumulants(np.array([1.0 + 0j]))[0][:, 0].real
    np.testing.assert_allclose(mean_log_sum(e, 12.0)[0], annealed, atol=1e-3)
    assert (mean_log_sum(energies(20, 50, True, 20.0), 12.0)[0] < 100).all()


@pytest.mark.parametrize(("d", "log_others", "gain"), [(10, 100.0, 1.0), (300, 200.0, 1.0), (10_000, 2000.0, 0.2)])
def test_so_many_points_that_the_sum_does_not_fluctuate(d: int, log_others: float, gain: float) -> None:
    """log E s >= E log s, and they are apart by half the relative variance of s where that is nothing."""
    random = np.random.default_rng(0)
    e = Energies(np.array([gain]), random.chisquare(d, (64, 1)), 1.0, float(d))
    (once, slope), (twice, _) = (e.cumulants(np.array([k + 0j])) for k in (1.0, 2.0))
    assert (twice.real - 2 * once.real - log_others).max() < -20  # log of the relative variance
    value, change = mean_log_sum(e, log_others)
    np.testing.assert_allclose(value, log_others + once[:, 0].real, atol=1e-8)
    np.testing.assert_allclose(change, slope[:, 0].real, rtol=1e-8)


def over_energies(e: Energies, log_others: float) -> np.ndarray:
    """The same mean for one eigenvalue: the energies are noncentral chi-square, and their density is integrated."""
    d, (gain,), values = float(e.directions.sum()), e.gains, []
    for square in e.squares[:, 0]:
        far = (gain + e.shift) * square / gain
        c = np.geomspace((d + far) / 30, 3 * (d + far), 3000)
        step, root = math.log(c[1] / c[0]), np.sqrt(far * c)
        bessel = np.log(ive(d / 2 - 1, root)) + root
        level, weight = -gain * c / 2, np.log(c * step / 2) - 0.5 * (c + far) + (d / 4 - 0.5) * np.log(c / far) + bessel
        met = log_others + weight
        y = np.arange(-40.0, 400.0, 0.05) - np.logaddexp.reduce(met + level)
        many = [np.exp(np.minimum(np.logaddexp.reduce(met + once(v + level)), 40.0)) for v in y]
        fallen = np.exp(-np.array(many))
        values.append(-y[0] - 0.05 * (fallen.sum() - 0.5) - np.euler_gamma)
    return np.array(values)


def once(v: np.ndarray) -> np.ndarray:
    """log of 1 - exp(-e^v)."""
    return np.where(v < -30, v, np.log(-np.expm1(-np.exp(np.clip(v, -30, 5)))))


@pytest.mark.parametrize("gain", [9.3, 2.8, 2.0, 1.55])  # frozen; at the collapse; above it twice
def test_three_hundred_directions_by_the_density_of_the_energies(gain: float) -> None:
    e = Energies(np.array([gain]), np.array([[300.0], [330.0]]), 0.3 * gain, 300.0)
    np.testing.assert_allclose(mean_log_sum(e, 200.0)[0], over_energies(e, 200.0), atol=2e-5)


@pytest.mark.parametrize(("d", "gain"), [(10_000, 0.7), (10_000, 1.0), (3000, 1.5)])
def test_sharp_saddles_of_many_directions(d: int, gain: float) -> None:
    """The derivative loses digits first where no contour lies near enough to the saddle."""
    random, h = np.random.default_rng(0), 1e-4
    e = Energies(np.array([gain]), random.chisquare(d, (64, 1)), 1.0, float(d))
    up, down = (mean_log_sum(replace(e, gains=e.gains * math.exp(s * h)), 0.2 * d)[0] for s in (-1, 1))
    np.testing.assert_allclose(mean_log_sum(e, 0.2 * d)[1], (up - down) / (2 * h), rtol=1e-6)


def test_far_below_the_collapse_it_is_the_lowest_energy_at_any_t() -> None:
    """Its saddle goes to 0 like t: contours that ended at 2e-4 made the sum a quarter of this at t = 1e-5."""
    random, d = np.random.default_rng(0), 9
    squares = random.chisquare(d, 20)
    x = np.sqrt(squares / d)[:, None] * np.ones(d)
    sets = random.standard_normal((400, 402, d))
    lowest = np.array([0.5 * np.square(row - sets).sum(2).min(1) for row in x])
    for t in (1e-3, 1e-5, 1e-7):
        value = t * mean_log_sum(Energies(np.array([1 / t]), squares[:, None], 0.0, float(d)), math.log(402))[0]
        assert (np.abs(value + lowest.mean(1)) < 5 * lowest.std(1) / 20 + 60 * t).all()
        assert np.abs(value / 4 + lowest.mean(1)).min() > 0.5, "the planted quarter is seen"


def test_never_above_the_annealed_sum() -> None:
    e = energies(12, 200, False, 8.0)
    annealed = 6.0 + e.cumulants(np.array([1.0 + 0j]))[0][:, 0].real
    assert (mean_log_sum(e, 6.0)[0] < annealed).all()


def test_a_class_sees_its_share() -> None:
    e = energies(6, 6, True, 4.0)
    random, draws, n_others, share = np.random.default_rng(5), 600, 300, 0.4
    x = np.sqrt((e.gains + 1) * e.squares)
    logs = np.empty((draws, len(x)))
    for k in range(draws):
        xi = np.sqrt(e.gains) * random.standard_normal((random.binomial(n_others, share), 6))
        logs[k] = np.log(np.exp(-0.5 * ((x[:, None] - xi[None]) ** 2).sum(2)).sum(1))
    error = logs.std(0, ddof=1) / math.sqrt(draws)
    z = (mean_log_sum(e, math.log(n_others), share)[0] - logs.mean(0)) / error
    assert np.abs(z).max() < 4.5


def saddle_point(e: Energies, log_others: float) -> np.ndarray:
    """The same mean from a level density exp(K + theta eps)/sqrt(2 pi K'') of Poisson energies; no contour integral."""
    theta = np.concatenate(
        [np.linspace(-0.9, 1, 1500, endpoint=False) / e.gains.max(), np.geomspace(1, 3e4, 3000) / e.gains.max()]
    )
    r, shift, values = e.gains, float(e.shift), []
    for squares in e.squares:
        b = (r + shift) * squares
        s = 1 / (1 + theta[:, None] * r)
        k0 = -0.5 * (np.log(1 / s) + theta[:, None] * b * s).sum(1)
        eps = 0.5 * (r * s + b * s**2).sum(1)
        k2 = (0.5 * r**2 * s**2 + r * b * s**3).sum(1)
        n = np.exp(k0 + theta * eps) / np.sqrt(2 * math.pi * k2) * np.abs(np.gradient(eps))
        log_w = -eps
        total = log_others - 0.5 * float(np.sum(np.log1p(r) + b / (1 + r)))
        top = log_w.max()
        n = n * math.exp(total - top) / (n * np.exp(log_w - top)).sum()  # the annealed sum is made exact
        y = np.arange(-40.0, 60.0, 0.1)
        count = np.array([-(n * np.expm1(-np.exp(np.minimum(u - total + log_w, 50)))).sum() for u in y])
        values.append(total + 0.1 * (np.exp(-np.exp(y)) - np.exp(-count)).sum())
    return np.array(values)


def test_saddle_point_of_the_level_density_agrees() -> None:
    e = energies(12, 8, True, 6.0)
    exact, saddle = mean_log_sum(e, math.log(20000))[0], saddle_point(e, math.log(20000))
    assert np.abs(exact - saddle).max() < 0.06  # the error of a saddle point at D = 12, in nats
    annealed = math.log(20000) + e.cumulants(np.array([1.0 + 0j]))[0][:, 0].real
    assert np.abs(exact - annealed).max() > 0.3


def test_controls_leave_the_mean_and_state_the_error() -> None:
    for noisy, gain in ((True, 6.0), (False, 20.0)):
        blocks, n = 30, 512
        e = energies(6, blocks * n, noisy, gain)
        values = mean_log_sum(e, 6.0)[0]
        whole = mean_with_controls(values, e)
        parts = [Energies(e.gains, e.squares[k * n : (k + 1) * n], noisy) for k in range(blocks)]
        found = [mean_with_controls(values[k * n : (k + 1) * n], part) for k, part in enumerate(parts)]
        plain = values.reshape(blocks, n).mean(1)
        z = np.array([one.z(whole.value) for one in found])
        assert abs(z.mean()) < 0.85 and 0.5 < z.std() < 1.6  # 4.5 errors of 30 normal numbers
        assert np.std([one.value for one in found]) < 0.3 * plain.std()
        assert abs(whole.value - values.mean()) < 4.5 * values.std() / math.sqrt(len(values))


def test_endless_tails_are_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(log_sum, "_MOST_PANELS", 2)  # no sum is known that needs as many as there are
    with pytest.raises(NotConverged, match="too long a tail"):
        mean_log_sum(energies(3, 4, False, 1e4), 9.0)


def test_condensed_sums_follow_the_nearest_point() -> None:
    e = energies(3, 5, False, 1e4)
    mean, _ = simulated(e, 100, 2000)
    value = mean_log_sum(e, math.log(100))[0]
    assert np.abs(value / mean - 1).max() < 0.1
