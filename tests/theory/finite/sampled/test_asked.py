"""What sampling costs is told beforehand, and not passed."""

import math

import numpy as np
import pytest

from remanifold import NotConverged
from remanifold.theory.finite.sampled.asked import Asked, Work, levels, work_of
from remanifold.theory.finite.sampled.family import HiddenFamily, particles
from remanifold.theory.finite.sampled.moves import Effort
from remanifold.theory.finite.sampled.times import sampled_times


@pytest.mark.parametrize(("dim", "latent_dim", "log_others"), [(8, 4, 4.0), (16, 12, 6.0), (30, 30, 12.0)])
def test_levels_of_linear_maps_are_as_many_as_the_formula_says(dim, latent_dim, log_others):
    effort = Effort(400, 3)
    asked = Asked(HiddenFamily(dim, latent_dim, "linear", "isometric"), log_others, 0, effort, 4)
    views = asked.look(np.arange(8), 0.0)
    mean = float(np.mean([len(law.energies) for law in views.fresh])) / effort.particles
    assert abs(math.log(mean / levels(latent_dim, log_others))) < 0.25
    assert asked.work.done == pytest.approx(8 * mean * effort.particles * effort.moves)


def test_sampling_ends_in_time_with_the_error_that_it_reached():
    family, found = HiddenFamily(12, 6, "tanh"), {}
    for most in (math.inf, 3e7, 1.5e7):
        work = Work(most)
        times = sampled_times(family, 60, 0.002, work=work, most=256)
        found[most] = [getattr(times, name) for name in ("onset", "collapse", "generalization")]
        assert work.done < 1.1 * most
    points = [[time.n for time in times] for times in found.values()]
    assert all(one > two > three >= 32 for one, two, three in zip(*points))
    errors = [math.hypot(*(time.stderr for time in times)) for times in found.values()]
    assert errors[0] < errors[1] < errors[2]
    for ended in (found[3e7], found[1.5e7]):
        for mine, right in zip(ended, found[math.inf]):
            assert abs(mine.log_t - right.log_t) < 4 * math.hypot(mine.stderr, right.stderr) + 0.01


def test_a_search_that_takes_too_long_is_given_up():
    with pytest.raises(NotConverged, match="longer than sampling was told to take"):
        sampled_times(HiddenFamily(12, 6, "tanh"), 60, 0.03, work=Work(most=1e5))


@pytest.mark.parametrize(("dim", "latent_dim", "activation"), [(12, 6, "tanh"), (20, 6, "tanh"), (24, 12, "linear")])
def test_about_as_much_is_done_as_was_told(dim, latent_dim, activation):
    family, work = HiddenFamily(dim, latent_dim, activation), Work()
    sampled_times(family, 100, 0.05, work=work)
    told = work_of(latent_dim, math.log(99), particles(latent_dim), family.moves, 0.05)
    assert told / 2 < work.done < 2 * told
