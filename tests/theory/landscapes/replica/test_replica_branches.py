"""Coexisting solutions: an even activation never tells the sign of a field, so one of its solutions knows nothing."""

import numpy as np
import pytest

from remanifold.theory import IndependentLandscape, ReplicaLandscape


def wave(u):
    return np.cos(2 * u)


LANDSCAPE, NOTHING_KNOWN = ReplicaLandscape.of(0.7, wave, tolerance=1e-6), IndependentLandscape.of(wave)


def branches(lam, delta):
    """(informed, uninformed) of the two solutions."""
    informed, uninformed = sorted(LANDSCAPE.solution(lam, delta).branches, key=lambda branch: -branch.m)
    return informed, uninformed


@pytest.mark.parametrize(("lam", "share"), [(100.0, 1.0), (200.0, 1.0), (100.0, 0.3), (100.0, 0.0)])
def test_two_solutions_are_found_and_the_one_of_larger_zeta_answers(lam, share):
    solution = LANDSCAPE.solution(lam, share / lam)
    informed, uninformed = branches(lam, share / lam)
    assert solution.n_branches == 2
    assert solution.zeta == max(informed.zeta, uninformed.zeta) == solution.branches[0].zeta
    assert informed.m > 0.9 and abs(uninformed.m) < 1e-6
    assert max(informed.stability, uninformed.stability) < 1


@pytest.mark.parametrize(("lam", "share"), [(90.0, 1.0), (150.0, 1.0)])
def test_on_the_nishimori_line_the_uninformed_solution_is_that_of_independent_coordinates(lam, share):
    uninformed = min(LANDSCAPE.solution(lam, share / lam).branches, key=lambda branch: branch.m)
    assert uninformed.zeta == pytest.approx(NOTHING_KNOWN.zeta(lam, share / lam), abs=5e-6)


def test_the_winner_changes_in_between():
    """Information is the least that any solution gives; taking the other one would overstate it."""
    noisy, clean = branches(100.0, 1 / 100.0), branches(200.0, 1 / 200.0)
    assert noisy[0].zeta < noisy[1].zeta and clean[0].zeta > clean[1].zeta
    for lam, pair in [(100.0, noisy), (200.0, clean)]:
        information = LANDSCAPE.entropy_deficit(lam, 1 / lam)
        assert information == pytest.approx(min(-0.5 - branch.zeta for branch in pair), abs=1e-12)
        assert information < max(-0.5 - branch.zeta for branch in pair) - 0.01


def test_information_grows_and_is_concave_in_the_signal_across_the_transition():
    """dI/dlam = mmse/2 falls with lam; it jumps down at the transition, and would jump up with the wrong winner."""
    lams = np.arange(140.0, 165.0, 5.0)  # the winner changes at 150
    information = np.array([LANDSCAPE.entropy_deficit(lam, 1 / lam) for lam in lams])
    slopes = np.diff(information)
    assert np.all(slopes > 0) and np.all(np.diff(slopes) < 0)
    wrong = np.array([max(-0.5 - b.zeta for b in LANDSCAPE.solution(lam, 1 / lam).branches) for lam in lams])
    assert not np.all(np.diff(np.diff(wrong)) < 0)


def test_an_informed_solution_is_found_beyond_a_flat_stretch_of_the_map():
    """sin(4u) tells almost nothing of weak fields: the map is flat over five decades before it rises anew."""
    solution = ReplicaLandscape.of(0.3, lambda u: np.sin(4 * u), tolerance=1e-6).solution(31.62, 1 / 31.62)
    informed, uninformed = solution.branches
    assert informed.m == pytest.approx(0.997885, abs=1e-5) and uninformed.m < 1e-4
    assert solution.zeta == informed.zeta == pytest.approx(-1.470532, abs=1e-5)  # by iteration from x = lam E g'^2


@pytest.mark.parametrize("activation", ["tanh", "relu", "sign", "sine", "leaky-relu", "erf"])
def test_the_built_in_ones_have_one_solution(activation):
    landscape = ReplicaLandscape.of(0.5, activation, tolerance=1e-6)
    assert [landscape.solution(lam, 1 / lam).n_branches for lam in (0.1, 3.0, 100.0)] == [1, 1, 1]
