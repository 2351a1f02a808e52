"""Every sentence that the room answers bad input with, and what an interrupt leaves."""

import numpy as np
import pytest

from remanifold._core.errors import InvalidInput, NotConverged
from remanifold.data import open_points
from remanifold.measures import (
    closer_share,
    covariance_spectrum,
    ensemble_times,
    exact_copies,
    find_duplicates,
    holdout_profile,
    nearest_points,
    noise_profile,
)
from remanifold.measures.profile.ensemble import drawn_time

DATA = np.random.default_rng(0).normal(size=(200, 3))
POINTS = open_points(DATA)
ROWS = np.arange(200)


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"rows": [4, 5, 5]}, "a noise profile needs at least 3 distinct points, but got 2; give more data"),
        ({"max_queries": 1}, "the number of queries must be a whole number of at least 2, but got 1; pass e.g. 2000"),
        ({"max_queries": 2.5}, "the number of queries must be a whole number of at least 2, but got 2.5"),
        ({"max_queries": -3}, "the number of queries must be a whole number of at least 2, but got -3"),
        ({"n_draws": 1}, "the number of noise draws must be a whole number of at least 2, but got 1"),
        ({"seed": -1}, r"the seed must be a whole number from 0 to 2\*\*63-1, but got -1"),
        ({"memory": "lots"}, "a memory budget must be a positive size, but got 'lots'; write it like 4GB or 512MB"),
        (
            {"memory": "1kB"},
            r"the profile of 200 points in 3 dimensions needs a memory budget of at least \d+ MB, but "
            "got 0.001 MB; raise",
        ),
        ({"threads": 0}, "`threads` must be a whole number of at least 1, but got 0; pass e.g. 2"),
        ({"threads": 1.5}, "`threads` must be a whole number of at least 1, but got 1.5"),
        ({"levels": np.array([1.0])}, "noise levels must be at least 2 positive numbers"),
        ({"levels": np.array([1.0, np.nan])}, "noise levels must be at least 2 positive numbers"),
        ({"levels": np.array([0.0, 1.0])}, "noise levels must be at least 2 positive numbers"),
        ({"levels": np.array([-1.0, 1.0])}, "noise levels must be at least 2 positive numbers"),
        ({"levels": np.array([1.0, np.inf])}, "noise levels must be at least 2 positive numbers"),
    ],
)
def test_bad_options_are_one_sentence(options, sentence):
    with pytest.raises(InvalidInput, match=sentence):
        noise_profile(POINTS, **{"threads": 1, **options})


def test_copies_are_refused_where_levels_are_chosen():
    copied = DATA.copy()
    copied[1] = copied[0]
    sentence = "the points of a profile must be distinct, but got 2 of 200 query rows with an exact copy; merge dup"
    with pytest.raises(InvalidInput, match=sentence):
        noise_profile(open_points(copied), threads=1)
    copied = np.concatenate([DATA, DATA[150:151]])  # a row that the pilot does not look at
    with pytest.raises(InvalidInput, match=r"the points of a profile must be distinct, but got \d of 201 query rows"):
        noise_profile(open_points(copied), threads=1)


def test_fill_values_are_refused():
    filled = DATA.copy()
    filled[3, 1] = 1e20
    with pytest.raises(InvalidInput, match="half the squared distance of any two points must be at most 1e30, but got"):
        noise_profile(open_points(filled), threads=1)


def test_a_profile_without_end_says_so(monkeypatch):
    # planted: levels that are never refined; no data are known that do this
    monkeypatch.setattr("remanifold.measures.profile.measuring._refined", lambda profile, reach: profile.t)
    with pytest.raises(NotConverged, match="the profile did not end between noise variances"):
        noise_profile(POINTS, max_queries=5, threads=1)


@pytest.mark.parametrize("n_draws", [1, 0, 2.0])
def test_too_few_draws_are_one_sentence(n_draws):
    with pytest.raises(
        InvalidInput, match=r"the number of draws must be a whole number of at least 2, but got .*; pass"
    ):
        ensemble_times(lambda seed: POINTS, n_draws)


def test_draws_without_a_time_say_so():
    with pytest.raises(NotConverged, match="2 of 2 draws have no such time"):
        drawn_time([None, None])


class Stop:
    """Progress that interrupts at the n-th report."""

    def __init__(self, after):
        self.left = after

    def __call__(self, stage, done, total):
        assert 0 <= done <= total
        self.left -= 1
        if self.left < 0:
            raise KeyboardInterrupt


WORK = {
    "profile": lambda progress: noise_profile(POINTS, threads=2, progress=progress),
    "duplicates": lambda progress: find_duplicates(POINTS, 0.1, progress=progress),
    "copies": lambda progress: exact_copies(POINTS, progress),
    "nearest": lambda progress: nearest_points(POINTS, ROWS, POINTS, ROWS, same=True, progress=progress),
    "spectrum": lambda progress: covariance_spectrum(POINTS, ROWS, progress=progress),
    "ensemble": lambda progress: ensemble_times(lambda s: POINTS, 2, threads=1, max_queries=4, progress=progress),
    "holdout": lambda progress: holdout_profile(
        POINTS, ROWS, noise_profile(POINTS, max_queries=4, threads=1), POINTS, ROWS, progress=progress
    ),
}


@pytest.mark.parametrize("work", WORK)
def test_an_interrupt_gets_through_and_leaves_the_threads(work):
    import torch

    before = torch.get_num_threads()
    with pytest.raises(KeyboardInterrupt):
        WORK[work](Stop(0))
    assert torch.get_num_threads() == before


@pytest.mark.parametrize("after", [1, 2, 3])
def test_a_profile_can_be_interrupted_at_any_report(after):
    with pytest.raises(KeyboardInterrupt):
        noise_profile(POINTS, threads=2, progress=Stop(after))


def test_an_error_in_a_worker_gets_through(monkeypatch):
    def fail(self, t):
        raise MemoryError

    monkeypatch.setattr("remanifold.measures.profile.sweep.TorchSweep.evaluate", fail)
    with pytest.raises(MemoryError):
        noise_profile(POINTS, threads=2)


def test_the_profile_tells_its_stages():
    told = []
    noise_profile(POINTS, max_queries=50, threads=1, progress=lambda *report: told.append(report))
    assert [report for report in told if report[0] == "noise range"] == [("noise range", 1, 2), ("noise range", 2, 2)]
    assert told[0] == ("distances", 200, 200)
    assert told[-1] == ("noise levels", 50, 50)


def test_a_share_of_nothing_is_refused():
    with pytest.raises(
        InvalidInput, match="a share of closer rows needs rows on both sides, but got 0 and 3; pass both"
    ):
        closer_share(np.empty(0), np.ones(3))
    with pytest.raises(InvalidInput, match="needs rows on both sides, but got 3 and 0"):
        closer_share(np.ones(3), np.empty(0))


@pytest.mark.parametrize(("shape", "got"), [((5, 4), "5 of 4"), ((0, 3), "0 of 3")])
def test_a_hold_out_of_another_kind_is_refused(shape, got):
    profile = noise_profile(POINTS, levels=np.array([0.1, 1.0]), max_queries=4, threads=1)
    fresh = open_points(np.ones((5, shape[1])))
    with pytest.raises(
        InvalidInput, match=f"a hold-out needs rows of 3 numbers, as the data have, but got {got}; pass"
    ):
        holdout_profile(POINTS, ROWS, profile, fresh, np.arange(shape[0]))
