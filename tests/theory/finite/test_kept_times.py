"""Sampled times are kept by what they depend on, and sweeps serve several P; threads change nothing."""

import json
import math

import numpy as np
import pytest

from remanifold.theory.finite import prediction
from remanifold.theory.finite.sampled import views
from remanifold.theory.finite.sampled.family import HiddenFamily
from remanifold.theory.finite.sampled.moves import Effort
from remanifold.theory.finite.sampled.recalled import forget
from remanifold.theory.finite.sampled.times import SampledTime, SampledTimes


def times(activation="tanh", accuracy=0.3):
    return prediction.sampled(HiddenFamily(20, 6, activation), 55, accuracy)


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.setenv("REMANIFOLD_CACHE", str(tmp_path))
    return tmp_path / "times"


@pytest.fixture
def sampled_once(monkeypatch):
    """How often anything was sampled."""
    calls = []

    def counted(*arguments, **options):
        calls.append(arguments)
        return SampledTimes(
            *(SampledTime(log_t, 0.01, -0.001, 0.0, 64, spread_bound=0.02) for log_t in (0.25, -0.5, -2.0))
        )

    monkeypatch.setattr(prediction, "sampled_times", counted)
    return calls


def test_the_same_question_is_answered_at_once_and_spoilt_answers_are_made_anew(folder, sampled_once):
    first = times()
    assert times() == first and len(sampled_once) == 1
    (path,) = folder.glob("*.json")
    whole = path.read_text()
    forged = json.loads(whole)
    forged["times"]["collapse"]["log_t"] += 1
    moved = whole.replace('"n": 64', '"n": 6400')
    for count, spoilt in enumerate((whole[:100], "[]", json.dumps(forged), moved), start=2):
        path.write_text(spoilt)
        assert times() == first and len(sampled_once) == count
    assert path.read_text() == whole


def test_another_question_is_not_answered_by_it_and_functions_of_the_user_are_never_kept(folder, sampled_once):
    times()
    times(accuracy=0.29)
    times(np.tanh)
    times(np.tanh)
    assert len(sampled_once) == 4 and len(list(folder.glob("*.json"))) == 2


def test_another_number_of_points_is_seen_by_the_same_sweeps():
    family, effort = HiddenFamily(20, 6, "tanh"), Effort(100, 4)
    forget()
    first, other, many = (views.look(family, np.arange(4), 4, 0.5, math.log(p), effort, 0) for p in (40, 50, 5000))
    assert other.laws[0] is first.laws[0] and many.laws[0] is not first.laws[0]  # many points need lower energies
    assert (other.mean_logs(np.ones(1)) > first.mean_logs(np.ones(1))).all()


def test_threads_change_nothing(monkeypatch):
    monkeypatch.setattr(views, "_BLOCK_NUMBERS", 4000)  # several blocks, which users never see
    family, effort = HiddenFamily(20, 6, "sign"), Effort(100, 4)
    forget()
    one = views.look(family, np.arange(12), 4, 1.0, math.log(54), effort, 0)
    forget()
    three = views.look(family, np.arange(12), 4, 1.0, math.log(54), effort, 0, threads=3)
    assert three.laws is not one.laws
    np.testing.assert_array_equal(one.mean_logs(np.ones(1)), three.mean_logs(np.ones(1)))
