"""What sampling costs is told beforehand, and not passed."""

import math
import time

import numpy as np
import pytest

from remanifold import NotConverged
from remanifold.theory.finite.sampled.asked import Asked, Work, levels, seconds_of_move, seconds_told
from remanifold.theory.finite.sampled.family import HiddenFamily
from remanifold.theory.finite.sampled.moves import Effort
from remanifold.theory.finite.sampled.times import sampled_times


@pytest.mark.parametrize(("dim", "latent_dim", "log_others"), [(8, 4, 4.0), (16, 12, 6.0), (30, 30, 12.0)])
def test_levels_of_linear_maps_are_as_many_as_the_formula_says(dim, latent_dim, log_others):
    effort = Effort(400, 3)
    asked = Asked(HiddenFamily(dim, latent_dim, "linear", "isometric"), log_others, 0, effort, 4)
    views = asked.look(np.arange(8), 0.0)
    mean = float(np.mean([len(law.energies) for law in views.fresh])) / effort.particles
    assert abs(math.log(mean / levels(latent_dim, log_others))) < 0.25
    moved = 8 * mean * effort.particles * effort.moves * seconds_of_move(asked.family)
    assert asked.work.done == pytest.approx(moved)
    asked.mean_logs(views, np.array([0.5, 1.0]))
    assert asked.work.done > moved  # to weigh samples is work too


def test_sampling_ends_in_time_with_the_error_that_it_reached():
    family, found = HiddenFamily(12, 6, "tanh"), {}
    for most in (math.inf, 9.0, 4.5):
        work = Work(most)
        times = sampled_times(family, 60, 0.002, work=work, most=256)
        found[most] = [getattr(times, name) for name in ("onset", "collapse", "generalization")]
        assert work.done < 1.1 * most
    points = [[time.n for time in times] for times in found.values()]
    assert all(one > two > three >= 32 for one, two, three in zip(*points))
    errors = [math.hypot(*(time.stderr for time in times)) for times in found.values()]
    assert errors[0] < errors[1] < errors[2]
    for ended in (found[9.0], found[4.5]):
        for mine, right in zip(ended, found[math.inf]):
            assert abs(mine.log_t - right.log_t) < 4 * math.hypot(mine.stderr, right.stderr) + 0.01


def test_a_search_that_takes_too_long_is_given_up():
    with pytest.raises(NotConverged, match="longer than sampling was told to take"):
        sampled_times(HiddenFamily(12, 6, "tanh"), 60, 0.03, work=Work(most=0.03))


@pytest.mark.parametrize(
    ("dim", "latent_dim", "activation", "accuracy"),
    [(12, 6, "tanh", 0.05), (20, 6, "tanh", 0.05), (24, 12, "linear", 0.05), (20, 3, "tanh", 0.06)],
)
def test_about_as_much_is_done_as_was_told(dim, latent_dim, activation, accuracy):
    family, work = HiddenFamily(dim, latent_dim, activation), Work()
    sampled_times(family, 100, accuracy, work=work)
    told = seconds_told(family, math.log(99), accuracy)
    assert told / 2 < work.done < 2 * told


def test_maps_with_kinks_are_told_to_take_longer_where_n_is_small_and_more_with_sharper_errors():
    def told(activation, dim, accuracy=0.03):
        return seconds_told(HiddenFamily(dim, 6, activation), math.log(299), accuracy)

    assert told("relu", 20) > 3 * told("tanh", 20) and told("relu", 160) < 1.5 * told("tanh", 160)
    assert 3 < told("tanh", 20, 0.01) / told("tanh", 20) < 9


def test_seconds_by_count_are_about_those_of_the_processor():
    family, work = HiddenFamily(20, 3, "relu"), Work()
    start = time.process_time()
    sampled_times(family, 100, 0.1, work=work, most=64)
    assert 0.2 < work.done / (time.process_time() - start) < 5  # a busy machine takes twice as long
