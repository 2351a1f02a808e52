"""The bound on training time: read off pilots, refused where it was not measured."""

import numpy as np
import pytest

from remanifold import GaussianScore, InvalidInput, MemorizationMonitor
from remanifold.measures import training_bound
from remanifold.measures.memory.training_steps import doubling, step_at

ROWS = np.random.default_rng(0).normal(size=(400, 8))
HOLDOUT = np.random.default_rng(1).normal(size=(150, 8))
T_COLLAPSE = 0.8
USUAL = {"n_rows": 400, "n_weights": 200_000, "t_collapse": T_COLLAPSE}
USUAL |= {"learning_rate_decays": False, "weight_decay": 0.0}


def _pilot(at=400, power=0.8, every=50, last=1000, part=16, shift=0.0, rows=100):
    """A monitor whose index grows as a power of the step, .1 at ``at``."""
    monitor = MemorizationMonitor(ROWS[:rows], HOLDOUT, levels=[T_COLLAPSE / part], t_collapse=1.2, rows=min(rows, 60))
    steps = np.arange(0, last + 1, every)
    index = 0.1 * (steps / at) ** power + shift
    monitor.history = [{"step": float(s), "memory/index": float(y)} for s, y in zip(steps, index)]
    return monitor


@pytest.mark.parametrize("at", [200, 430, 777])
def test_the_step_of_a_level_is_read_off_the_looks(at):
    history = _pilot(at).history
    assert step_at(history, 0.1) == pytest.approx(at, rel=0.01)
    assert step_at(history, 0.9) is None
    noisy = [look | {"memory/index": look["memory/index"] + 0.01 * (-1) ** k} for k, look in enumerate(history)]
    assert step_at(noisy, 0.1) == pytest.approx(at, rel=0.15)


def test_between_two_looks_the_step_is_interpolated_in_its_logarithm():
    looks = [{"step": step, "memory/index": index} for step, index in ((0.0, 0.0), (100.0, 0.05), (10000.0, 0.15))]
    assert step_at(looks, 0.1) == pytest.approx(1000.0)
    assert step_at(looks, 0.025) == pytest.approx(10.0)  # step 0 counts as 1
    assert step_at(looks, 0.15) == pytest.approx(10000.0) and step_at(looks, 0.0) == 0.0


def test_a_dip_of_the_index_is_evened_out():
    looks = [{"step": s, "memory/index": y} for s, y in ((1.0, 0.02), (10.0, 0.12), (100.0, 0.06), (1000.0, 0.16))]
    assert step_at(looks, 0.1) == pytest.approx(100.0 * 10 ** (1 / 7))  # .12 and .06 become .09 twice


def test_doubling_tells_how_quickly_memory_grows():
    assert doubling(_pilot(power=0.8).history) == pytest.approx(2 ** (1 / 0.8), rel=0.02)
    assert doubling(_pilot(power=0.4).history) > 3
    assert doubling(_pilot(at=9000).history) is None and doubling([]) is None
    assert doubling(_pilot(shift=0.3).history) is None  # a network that knew them when it began
    assert _pilot(power=0.8).to_table().parameters["doubling"] == pytest.approx(2 ** (1 / 0.8), rel=0.02)


def test_the_bound_scales_with_the_rows_and_has_a_width():
    bound = training_bound([_pilot(360), _pilot(440)], **USUAL)
    assert bound.expected == pytest.approx(4 * np.sqrt(360 * 440), rel=0.01)
    assert bound.not_before == pytest.approx(bound.expected / 1.5)
    assert bound.probably_by == pytest.approx(2.5 * bound.expected)
    assert bound.weights_per_number == pytest.approx(200_000 / 3200)
    assert str(bound) == (
        "At noise sigma = 0.2236 the memory index reaches 0.1 not before step 1.06e+03; probably by step 3.98e+03."
    )


def test_without_spare_weights_there_is_no_later_end():
    for bound in (
        training_bound([_pilot()], **USUAL | {"n_weights": 9000}),
        training_bound([_pilot(power=0.5)], **USUAL),
    ):
        assert bound.probably_by is None and "may never remember" in str(bound)
        assert bound.not_before == pytest.approx(4 * 400 / 1.5, rel=0.01)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"learning_rate_decays": True}, "holds for a constant rate, but got one that falls"),
        ({"weight_decay": 1.0}, "holds for a weight decay below 1, but got 1"),
        ({"class_conditional": True}, "holds without classes"),
        ({"n_rows": 900}, "at least an eighth of the rows, but got 1 of 9"),
        ({"n_rows": 90}, "at least 50 and at most 90, but got 100"),
        ({"t_collapse": 1.1}, "must be watched at t_collapse / 16 or / 4 of all rows"),
    ],
)
def test_what_was_not_measured_is_refused(change, message):
    with pytest.raises(InvalidInput, match=message):
        training_bound([_pilot()], **USUAL | change)


@pytest.mark.parametrize(
    ("pilots", "message"),
    [
        ([], "needs pilots, but got none"),
        ([_pilot(at=9000)], r"must reach a memory index of 0.1, but got 0.017\d* at most in pilot 0"),
        ([_pilot(shift=0.2)], "from below an index of 0.1, but got pilot 0, above at its first look"),
        (
            [_pilot(), _pilot(part=4)],
            r"must be watched at t_collapse / 16 or / 4 of all rows, one of them, but got t = ",
        ),
    ],
)
def test_pilots_that_say_nothing_are_refused(pilots, message):
    with pytest.raises(InvalidInput, match=message):
        training_bound(pilots, **USUAL)


def test_a_network_without_memory_never_reaches_the_alarm():
    monitor = MemorizationMonitor(ROWS[:100], HOLDOUT, levels=[T_COLLAPSE / 16], t_collapse=1.2, rows=60, every=1)
    for step in range(3):
        monitor.update(GaussianScore(np.zeros(8), np.eye(8)), step)
    assert monitor.doubling is None
    with pytest.raises(InvalidInput, match="train it longer"):
        training_bound([monitor], **USUAL)
