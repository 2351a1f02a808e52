"""Controls have mean 0 over the points of a map, in many dimensions too."""

import math

import numpy as np
import pytest

from remanifold.theory.finite.sampled import controls
from remanifold.theory.finite.sampled.family import HiddenFamily
from remanifold.theory.finite.sampled.points import drawn

MAPS, A_MAP = 32, 128


def distances_from_0(level, seed=3):
    """Mean of each control over its error, of points of relu in 120 dimensions, from the scatter between maps."""
    family = HiddenFamily(120, 36, "relu", seed=seed)
    points = drawn(family, np.arange(MAPS * A_MAP), A_MAP, level, seed)
    means = controls.controls_of(family, points, seed).reshape(MAPS, A_MAP, -1).mean(1)
    return means.mean(0) / (means.std(0, ddof=1) / math.sqrt(MAPS))


@pytest.mark.parametrize("level", [0.0, 0.4])
def test_controls_have_mean_0_over_their_maps(level):
    assert np.abs(distances_from_0(level)).max() < 4.5


def test_points_that_fit_a_control_and_give_its_mean_are_seen(monkeypatch):
    own = controls._moment_points  # the halves are an inner matter

    def alone(family, maps, place, number, seed):
        return own(family, maps, place, number - number % 2, seed)

    monkeypatch.setattr(controls, "_moment_points", alone)  # the planted mistake is that both halves are one
    assert np.abs(distances_from_0(0.0)).max() > 4.5
