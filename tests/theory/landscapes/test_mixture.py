"""Separated modes: zeta and information by brute force, the average over modes, and what unlike modes do."""

import math
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from large_rem import log_sum_of, lowest_energies
from scipy.optimize import minimize_scalar
from scipy.special import logsumexp

from remanifold import InvalidInput
from remanifold.theory import (
    LinearLandscape,
    MixtureLandscape,
    basin,
    condensation,
    cross_entropy,
    free_entropy,
    kl,
    load_within_classes,
    lowest_energy,
    mean_crossings,
    mean_energy,
    mode_times,
    participation,
    t_collapse,
    t_condensation,
    t_generalization,
    t_onset,
    why_never,
)

UNIT = LinearLandscape.isometric(1.0)
ALL_TIMES = (t_generalization, t_condensation, t_collapse, t_onset)
SPECTRA, WEIGHTS = ([2.0, 1.0, 0.5], [1.0, 0.2]), [0.7, 0.3]
scales = st.floats(-1.5, 1.5).map(math.exp)


def small():
    return MixtureLandscape.from_spectra(SPECTRA, WEIGHTS, 3)


@st.composite
def mixtures(draw, alike=False):
    """A mixture and a load at which each mode holds several points."""
    size = 1 if alike else draw(st.integers(1, 4))
    lists = draw(st.lists(st.lists(scales, min_size=1, max_size=4), min_size=size, max_size=size))
    raw = np.array(draw(st.lists(st.floats(0.2, 1), min_size=size, max_size=size)))
    if alike:
        mixture = MixtureLandscape.many(LinearLandscape.from_eigenvalues(lists[0]), draw(st.floats(0, 2)))
    else:
        mixture = MixtureLandscape.from_spectra(lists, raw / raw.sum(), 6)
    return mixture, float(mixture.surprisals.max()) + draw(st.floats(-3, 0.5).map(math.exp))


def drawn_points(random, n_points):
    """Points of `small` in three dimensions, its second mode far away and flat along one direction."""
    second = random.random(n_points) < WEIGHTS[1]
    deviations = np.sqrt(np.where(second[:, None], [*SPECTRA[1], 0.0], SPECTRA[0]))
    points = deviations * random.standard_normal((n_points, 3))
    points[second, 2] += 1e3
    return points


@pytest.mark.parametrize(("lam", "delta"), [(0.4, 0.0), (1.0, 1.0), (0.7, 1.5)])
def test_zeta_is_what_it_says(lam, delta):
    random, values = np.random.default_rng(8), []
    for _ in range(40):
        xi, own = drawn_points(random, 8000), drawn_points(random, 60)
        x = own + math.sqrt(delta) * random.standard_normal(own.shape)
        # explicit differences: far modes would cancel; the log of a mean is low by the second term
        weight = np.exp(-lam * ((x[:, None] - xi) ** 2).sum(2) / 2)
        mean = weight.mean(1)
        values.append((np.log(mean) + weight.var(1) / (2 * len(xi) * mean**2)).mean() / 3)
    value, error = np.mean(values), np.std(values, ddof=1) / math.sqrt(40)
    right, nameless = small(), MixtureLandscape.of_modes(small().modes, WEIGHTS)
    assert error < 0.01
    assert abs(right.zeta(lam, delta) - value) < 5 * error
    assert abs(nameless.zeta(lam, delta) - value) > 10 * error  # without H/N


def test_information_by_quadrature():
    """I = h(x_t) - h(noise) of a mixture on a line, by summing its density: H plus the modes' own."""
    shares, variances, means, t = (
        np.array([0.2, 0.5, 0.3]),
        np.array([1.0, 4.0, 0.1]),
        np.array([-60.0, 0.0, 60.0]),
        0.7,
    )
    x = np.linspace(-100, 100, 400_001)
    density = sum(
        p * np.exp(-((x - m) ** 2) / (2 * (v + t))) / math.sqrt(2 * math.pi * (v + t))
        for p, v, m in zip(shares, variances, means)
    )
    inside = density[density > 0]
    entropy = -(inside * np.log(inside)).sum() * (x[1] - x[0])
    mixture = MixtureLandscape.from_spectra([[v] for v in variances], shares, 1)
    information = entropy - 0.5 * math.log(2 * math.pi * math.e * t)
    assert -mixture.zeta(1 / t, t) - 0.5 == pytest.approx(information, rel=1e-9)
    explicit = -(shares * np.log(shares)).sum() + (shares * np.log1p(variances / t)).sum() / 2
    assert information == pytest.approx(explicit, rel=1e-9)


@settings(deadline=None, max_examples=60)
@given(mixtures(), st.floats(-3, 3).map(math.exp), st.floats(0, 3))
def test_derivatives(case, lam, delta):
    mixture, _ = case
    step = 1e-4 * lam
    difference = (mixture.zeta(lam + step, delta) - mixture.zeta(lam - step, delta)) / (2 * step)
    assert mixture.zeta_slope(lam, delta) == pytest.approx(difference, rel=1e-6)
    plain = lam * mixture.zeta_slope(lam, delta) - mixture.zeta(lam, delta)
    assert mixture.entropy_deficit(lam, delta) == pytest.approx(plain, rel=1e-9, abs=1e-12 * (1 + lam))
    assert mixture.zeta_slope(lam, 1 / lam) == pytest.approx(-0.5 / lam, rel=1e-12)


@settings(deadline=None, max_examples=80)
@given(mixtures())
def test_order_within_every_mode(case):
    mixture, load = case
    for mode in mode_times(mixture, load):
        times = (mode.t_generalization, mode.t_condensation, mode.t_collapse, mode.t_onset)
        assert all(a <= b * (1 + 1e-10) for a, b in pairwise(times))
        assert mode.t_collapse < mode.t_onset
    assert t_condensation(mixture, load) < t_collapse(mixture, load) < t_onset(mixture, load)


@settings(deadline=None, max_examples=60)
@given(mixtures(alike=True))
def test_modes_alike_shift_the_load(case):
    """exp(kappa N) modes: every time is that of one mode at load - kappa, and the order holds."""
    mixture, load = case
    mode, own = mixture.modes[0], load - float(mixture.surprisals[0])
    times = [time(mixture, load) for time in ALL_TIMES]
    assert times == pytest.approx([time(mode, own) for time in ALL_TIMES], rel=1e-9)
    assert all(a <= b * (1 + 1e-9) for a, b in pairwise(times))
    crossings = mean_crossings(mixture, load)
    assert (crossings.collapse, crossings.onset) == pytest.approx(times[2:], rel=1e-6)
    t = math.sqrt(times[2] * times[3])
    for curve in (basin, kl, cross_entropy):
        for level in (0.5 * times[2], t):
            names = load - own if curve is cross_entropy else 0.0  # the density of a mode is lower by its share
            assert curve(mixture, load, level) == pytest.approx(curve(mode, own, level) + names, rel=1e-7, abs=1e-12)


def test_collapse_of_the_whole_and_of_each_mode():
    """theory.md (8.3): log P = H + sum pi_k (1/2) log det(1 + C_k/t); mode k at log(pi_k P): rare and wide first."""
    n_points, dim = 4000, 3
    load, mixture = math.log(n_points) / dim, small()
    shares = np.array(WEIGHTS)
    t = t_collapse(mixture, load)
    within = [0.5 * np.log1p(np.array(spectrum) / t).sum() for spectrum in SPECTRA]
    assert -(shares * np.log(shares)).sum() + shares @ within == pytest.approx(math.log(n_points), rel=1e-12)
    for share, spectrum, mode in zip(shares, SPECTRA, mode_times(mixture, load)):
        own = 0.5 * np.log1p(np.array(spectrum) / mode.t_collapse).sum()
        assert own == pytest.approx(math.log(share * n_points), rel=1e-12)
        assert mode.load == pytest.approx(math.log(share * n_points) / dim)
    rare = mode_times(MixtureLandscape.from_spectra([[1.0] * 5] * 2, [0.1, 0.9], 5), 1.0)
    assert rare[0].t_collapse > rare[1].t_collapse
    wide = mode_times(MixtureLandscape.from_spectra([[2.0] * 5, [1.0] * 5], [0.5, 0.5], 5), 1.0)
    assert wide[0].t_collapse > wide[1].t_collapse


def mean_trap(t, dim, spectra, shares, n_points, memories=40):
    """-log sum of the others' weights at the points of each mode, noiseless, and the standard errors."""
    random, means = np.random.default_rng(2), []
    for _ in range(memories):
        row = []
        for spectrum, share in zip(spectra, shares):  # far modes do not compete: draw each alone, at its random size
            size = random.binomial(n_points, share)
            points = np.sqrt(spectrum) * random.standard_normal((size, dim))
            few = points[:60]
            energies = ((few**2).sum(1)[:, None] + (points**2).sum(1)) / 2 - few @ points.T
            np.fill_diagonal(energies, np.inf)
            row.append(-logsumexp(-energies / t, axis=1).mean())
        means.append(row)
    return np.mean(means, axis=0), np.std(means, axis=0, ddof=1) / math.sqrt(memories)


def test_brute_force_onset_of_two_modes():
    """The trap of each mode vanishes at its own onset, and the share-weighted mean at that of the whole."""
    dim, n_points, shares = 16, 4000, np.array([0.15, 0.85])
    spectra = [np.linspace(0.5, 2, dim), np.full(dim, 0.8)]
    mixture, load = MixtureLandscape.from_spectra(spectra, shares, dim), math.log(n_points - 1) / dim
    for k, mode in enumerate(mode_times(mixture, load)):
        value, error = mean_trap(mode.t_onset, dim, spectra, shares, n_points)
        assert error[k] < 0.03
        assert abs(value[k]) < 0.02 + 4 * error[k]  # 1/P_k of the load is missing from the count of the others
        assert abs(value[1 - k]) > 1
    value, error = mean_trap(mean_crossings(mixture, load).onset, dim, spectra, shares, n_points)
    assert abs(shares @ value) < 0.02 + 4 * (shares @ error)
    assert mean_crossings(mixture, load).onset == pytest.approx(t_onset(mixture, load), rel=1e-9)
    single = t_onset(MixtureLandscape.of_modes(mixture.modes, shares), load)  # forgets H
    value, error = mean_trap(single, dim, spectra, shares, n_points)
    assert abs(shares @ value) > 10 * (shares @ error)


def test_mean_gap_of_huge_unlike_modes():
    """(8.5) against (8.3): at N in the hundreds the frozen mode moves the mean crossing up, as drawn energies show."""
    load, mixture = 0.3, MixtureLandscape.of_modes([UNIT, LinearLandscape.from_eigenvalues([0.05])], [0.5, 0.5])
    annealed, frozen = t_collapse(mixture, load), mean_crossings(mixture, load).collapse
    wide, narrow = mode_times(mixture, load)
    assert narrow.t_collapse < annealed < frozen < wide.t_collapse

    def mean_gap(t, n):
        """Per dimension; the wide mode is drawn, the narrow one is liquid and its annealed value is exact in N."""
        drawn = log_sum_of(lowest_energies(n, load, t, draws=400, depth=3000, seed=3), 1 / t)[0] / n
        return -0.5 - 0.5 * (drawn + load + mixture.modes[1].zeta(1 / t, t))

    at_frozen = 2 * mean_gap(frozen, 800) - mean_gap(frozen, 400)
    at_annealed = 2 * mean_gap(annealed, 800) - mean_gap(annealed, 400)
    assert abs(at_frozen) < 2e-3  # log(N)/N remains of the pair
    assert at_annealed > 10 * abs(at_frozen)


@settings(deadline=None, max_examples=25)
@given(mixtures())
def test_best_noise_is_the_minimum_of_the_mean_cross_entropy(case):
    mixture, load = case
    curve = lambda log_t: cross_entropy(mixture, load, math.exp(log_t))  # noqa: E731
    best = math.log(t_generalization(mixture, load))
    own = [math.log(mode.t_generalization) for mode in mode_times(mixture, load)]
    found = minimize_scalar(curve, bounds=(min(own) - 1, max(own) + 1), method="bounded", options={"xatol": 1e-9})
    assert found.fun >= curve(best) - 1e-10
    assert abs(found.x - best) < 1e-4 or found.fun == pytest.approx(curve(best), abs=1e-10)


@settings(deadline=None, max_examples=30)
@given(mixtures(), st.floats(-3, 3).map(math.exp), st.floats(0, 2))
def test_averages_are_of_the_modes(case, lam, delta):
    mixture, load = case
    lowest = mixture.mean_of_modes(lambda mode, own: lowest_energy(mode, own, delta), load)
    assert lowest_energy(mixture, load, delta) == lowest
    step = 1e-5 * lam
    slope = (free_entropy(mixture, load, lam + step, delta) - free_entropy(mixture, load, lam - step, delta)) / (
        2 * step
    )
    assert mean_energy(mixture, load, lam, delta) == pytest.approx(-slope, rel=1e-4, abs=1e-9)
    assert free_entropy(mixture, load, lam, delta) <= load + mixture.zeta(lam, delta) + 1e-12
    assert 0 <= participation(mixture, load, lam, delta) < 1
    t = 1 / lam
    expected = load - 0.5 + 0.5 + mixture.zeta(lam, t) - free_entropy(mixture, load, lam, t)  # (5.10)
    assert kl(mixture, load, t) == pytest.approx(expected, abs=1e-9)


def test_unlike_modes_turn_the_order_round():
    mixture = MixtureLandscape.of_modes([UNIT, LinearLandscape.from_eigenvalues([1e-4])], [0.5, 0.5])
    assert t_generalization(mixture, 0.5) > t_collapse(mixture, 0.5) > t_condensation(mixture, 0.5)
    assert condensation(mixture, 0.5, 0.0) == 1 / t_condensation(mixture, 0.5)


def test_separated_classes():
    assert load_within_classes(1000, 10, 5) == pytest.approx(math.log(100) / 5)
    weights = np.array([0.5, 0.25, 0.25])
    assert load_within_classes(1000, 3, 5, weights) == pytest.approx((math.log(1000) - 1.5 * math.log(2)) / 5)
    mixture = MixtureLandscape.from_spectra([[1.0, 2.0]] * 10, [0.1] * 10, 5)
    whole, within = math.log(1000) / 5, load_within_classes(1000, 10, 5)
    assert t_collapse(mixture, whole) == pytest.approx(t_collapse(mixture.modes[0], within), rel=1e-12)


def test_why_never_and_ceiling():
    assert why_never(small(), 5.0) is None
    assert small().information_ceiling == math.inf


REFUSED = [
    (lambda: MixtureLandscape.of_modes([UNIT], [0.5]), "the weights must be 1 positive numbers of sum 1"),
    (lambda: MixtureLandscape.of_modes([UNIT, UNIT], [1.0, 0.0], 3), "the weights must be 2 positive numbers"),
    (
        lambda: MixtureLandscape.of_modes([UNIT], [1.0], 0),
        "the ambient dimension must be a whole number of at least 1, but got 0",
    ),
    (lambda: MixtureLandscape.of_modes([], []), "the weights must be 0 positive numbers"),
    (lambda: MixtureLandscape.many(UNIT, -0.1), "the surprisals must be as many as the modes, finite and not negative"),
    (lambda: mode_times(small(), 0.3), "every mode must hold several points, so the load must be above"),
    (lambda: t_generalization(small(), 0.3), "every mode must hold several points"),
    (lambda: load_within_classes(10, 10, 5), "more than the classes, effectively 10, but got 10; pass more points"),
    (lambda: load_within_classes(10, 0, 5), "the number of classes must be a whole number of at least 1, but got 0"),
    (lambda: load_within_classes(10, 2, 0), "the ambient dimension must be a whole number of at least 1, but got 0"),
    (lambda: load_within_classes(10, 2, 5, np.array([0.5, 0.6])), "the weights must be 2 positive numbers of sum 1"),
]


@pytest.mark.parametrize(("call", "message"), REFUSED)
def test_refusals(call, message):
    with pytest.raises(InvalidInput) as caught:
        call()
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)
