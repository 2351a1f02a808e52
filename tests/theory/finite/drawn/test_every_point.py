"""Sets whose points look at all others: single sets against plain sums, means against the sampled law."""

import math

import numpy as np
import pytest
from scipy.special import logsumexp

from remanifold import phases

# the ways in which times are found have no public names: `phases` chooses the faster one
from remanifold.theory.finite.drawn.every_point import every_point
from remanifold.theory.finite.drawn.set_points import points_of_family
from remanifold.theory.finite.drawn.set_times import times_of_sets
from remanifold.theory.finite.sampled.family import HiddenFamily

# no public function samples the law of a family where drawing sets is faster
from remanifold.theory.finite.sampled.times import sampled_times

NAMES = ("onset", "collapse", "generalization")


def plain(points, t, noises):
    """Mean log sums without and with noise, and the mean energy over t, in double precision over all points."""
    apart = points[:, None] - points
    squares = np.square(apart).sum(-1)
    np.fill_diagonal(squares, np.inf)
    levels = -squares / (2 * t)
    along = np.einsum("xi,xyi->xy", noises, apart)
    weights = np.exp(levels - logsumexp(levels, axis=1, keepdims=True))
    energies = np.where(np.isinf(squares), 0, squares) / (2 * t)
    noisy = logsumexp(levels - along / math.sqrt(t), axis=1).mean()
    return logsumexp(levels, axis=1).mean(), noisy, (weights * energies).sum(1).mean()


def test_what_points_see_of_all_others():
    random = np.random.default_rng(0)
    points = random.normal(size=(300, 7))
    seen = every_point(points, np.random.default_rng(1))
    drawn = np.random.default_rng(1)  # as it draws
    chosen = drawn.permutation(300)
    noises = np.empty((300, 7))
    noises[chosen] = drawn.standard_normal((300, 7))
    for t in (0.01, 0.3, 5.0):
        clean, noisy, energy = plain(points, t, noises)
        assert seen.mean_log_sum(t, noisy=False) == pytest.approx(clean, rel=1e-5, abs=1e-5)
        assert seen.mean_log_sum(t, noisy=True) == pytest.approx(noisy, rel=1e-5, abs=1e-4)
        assert seen.mean_energy(t) == pytest.approx(energy, rel=1e-5)
    assert seen.span == pytest.approx(float(np.square(np.ptp(points, axis=0)).sum()))


def test_points_with_copies_do_not_look_and_of_many_points_some_do():
    random = np.random.default_rng(2)
    points = random.normal(size=(200, 5))
    points[100:150] = points[:50]
    seen = every_point(points, random)
    assert seen.alone == 0.5 and len(seen.shares) == 100 and (seen.nearest > 0).all()
    many = every_point(random.normal(size=(20_000, 5)), random)
    assert many.squares.shape == (50, 20_000) and many.shares.sum() == pytest.approx(1)


def test_times_are_those_of_the_sampled_law_and_not_those_of_three_times_the_points():
    """With sharper errors, by hand: relu and sign, N = 20, D = 6 and 9, sets to 2 %, the law to 5 %."""
    family = HiddenFamily(20, 6, "tanh")
    points, sizes = points_of_family(family), (6, 20)
    sets = times_of_sets(points, 200, *sizes, 0.03, look_at=every_point)
    planted = times_of_sets(points, 600, *sizes, 0.03, look_at=every_point)
    law = sampled_times(family, 200, 0.1, 0)
    found = [(getattr(sets, name), getattr(law, name), getattr(planted, name)) for name in NAMES]
    for ours, theirs, _ in found:
        assert abs(ours.log_t - theirs.log_t) < 3.5 * math.hypot(ours.stderr, theirs.stderr)
    assert any(
        abs(other.log_t - theirs.log_t) > 3.5 * math.hypot(other.stderr, theirs.stderr) for _, theirs, other in found
    )


def test_phases_draws_sets_of_kinked_maps_in_few_dimensions():
    """Errors within 3 % in little time; sampling would have measured a shift with effort, sets have none."""
    drawn = phases(ambient_dim=20, latent_dim=6, n_points=300, activation="relu").finite_size
    assert drawn.t_generalization < drawn.t_collapse < drawn.t_onset
    assert max(getattr(drawn, name).log_stderr for name in ("t_onset", "t_collapse", "t_generalization")) < 0.03
    assert drawn.effort_shifts == (0.0, 0.0, 0.0)
