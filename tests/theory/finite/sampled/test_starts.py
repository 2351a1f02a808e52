"""Where the windows are put: a collapse that lies between two of them is found."""

import math

from remanifold.theory.finite.sampled.asked import Asked
from remanifold.theory.finite.sampled.family import HiddenFamily
from remanifold.theory.finite.sampled.starts import noisy_start
from remanifold.theory.finite.sampled.tempering import Effort


def test_the_collapse_is_found_from_afar_and_from_between_two_windows():
    family = HiddenFamily(20, 6, "relu", seed=20_000)
    asked = Asked(family, math.log(54), 0, Effort(128, 6), 8)
    found = [noisy_start(asked, start) for start in (-0.891264, 1.0, -3.0)]
    assert max(found) - min(found) < 0.1
    assert abs(found[0] + 0.59) < 0.15
