"""What is found out about an activation, and that one's own function serves as well as a built-in one."""

import math

import numpy as np
import pytest
import torch

from remanifold import InvalidInput
from remanifold._core.errors import NotConverged
from remanifold.manifolds import ACTIVATIONS
from remanifold.theory import ReplicaLandscape, t_onset
from remanifold.theory.landscapes.replica import refinement
from remanifold.theory.landscapes.replica.activations import nonlinearity

# name: breaks, straight pieces (value, slope) or None, mirrored, number of turns, steepest slope
KNOWN = {
    "linear": ([], [(0, 1)], True, 0, 1.0),
    "tanh": ([], None, True, 0, 1.0),
    "erf": ([], None, True, 0, math.sqrt(2 / math.pi)),
    "sine": ([], None, True, 6, 1.0),
    "relu": ([0.0], [(0, 0), (0, 1)], False, 0, 1.0),
    "leaky-relu": ([0.0], [(0, 0.1), (0, 1)], False, 0, 1.0),
    "sign": ([0.0], [(-1, 0), (1, 0)], True, 0, 0.0),
}


@pytest.mark.parametrize("name", sorted(ACTIVATIONS))
def test_built_in(name):
    breaks, pieces, mirrored, turns, steepest = KNOWN[name]
    g = nonlinearity(name)
    assert g.name == name
    assert g.breaks.tolist() == pytest.approx(breaks, abs=1e-12)
    assert (g.mirrored, len(g.turns), g.discrete) == (mirrored, turns, name == "sign")
    assert g.steepest == pytest.approx(steepest, rel=1e-3)
    assert (g.values is None) == (pieces is None)
    if pieces is not None:
        assert np.stack([g.values, g.slopes], axis=1) == pytest.approx(np.array(pieces), abs=1e-12)


def hard(u):
    return np.clip(u, -0.5, 1.25)


def shifted_sign(u):
    return np.where(u > 0.3125, 2.0, -1.0)


def bent_and_torn(u):
    return np.where(u < -1 / 3, np.tanh(u), np.tanh(u) + 0.25 * np.clip(u - math.sqrt(2), 0, 1) ** 2 - 0.1)


@pytest.mark.parametrize(
    ("function", "breaks", "straight"),
    [
        (hard, [-0.5, 1.25], True),
        (shifted_sign, [0.3125], True),
        (bent_and_torn, [-1 / 3, math.sqrt(2), 1 + math.sqrt(2)], False),
        (np.floor, list(range(-9, 10)), True),
        (np.abs, [0.0], True),
        (np.square, [], False),
        (torch.nn.functional.elu, [0.0], False),
        (torch.nn.Hardtanh(), [-1.0, 1.0], True),
        (lambda u: np.tanh(50 * (u - 0.3)), [], False),
    ],
)
def test_jumps_and_kinks_are_found(function, breaks, straight):
    g = nonlinearity(function)
    accuracy = 1e-3 if function is bent_and_torn else 1e-9  # the second derivative jumps, which matters less
    assert g.breaks.tolist() == pytest.approx(breaks, abs=accuracy)
    assert (g.values is not None) == straight


@pytest.mark.parametrize(
    ("function", "turns"),
    [
        (np.sin, [-2.5, -1.5, -0.5, 0.5, 1.5, 2.5]),
        (lambda u: np.cos(u - 0.25 * math.pi), [k + 0.25 for k in range(-3, 3)]),
        (np.square, [0.0]),
        (lambda u: (u / math.pi - 1) ** 2 + np.abs(u), []),  # 0 is a break, not a turn; the parabola turns beyond it
    ],
)
def test_turns_are_found(function, turns):
    found = nonlinearity(function).turns / math.pi
    assert found.tolist() == pytest.approx(turns, abs=1e-6)


def gently(u):
    return np.tanh(u)


class Silly:
    """A callable object without a name."""

    def __call__(self, u):
        return torch.tanh(u)


@pytest.mark.parametrize(
    ("builtin", "own"),
    [
        ("tanh", gently),
        ("tanh", lambda u: 1 - 2 / (np.exp(2 * u) + 1)),
        ("tanh", torch.tanh),
        ("tanh", torch.nn.Tanh()),
        ("tanh", Silly()),
        ("erf", lambda u: torch.erf(u / math.sqrt(2))),
        ("sine", torch.sin),
        ("relu", torch.relu),
        ("relu", lambda u: np.where(u > 0, u, 0.0)),
        ("leaky-relu", torch.nn.LeakyReLU(0.1)),
        ("sign", lambda u: 1.0 - 2.0 * np.signbit(u)),
    ],
)
@pytest.mark.parametrize("declared", [True, False])
def test_own_functions_give_the_same_answer(builtin, own, declared):
    breaks = nonlinearity(builtin).breaks.tolist() if declared else None
    mine, theirs = ReplicaLandscape.of(0.3, own, breaks), ReplicaLandscape.of(0.3, builtin)
    for lam, delta in [(3.0, 0.0), (3.0, 1 / 3), (3.0, 0.05)]:
        assert mine.zeta(lam, delta) == pytest.approx(theirs.zeta(lam, delta), rel=2e-8)


def test_a_break_that_is_not_declared_makes_a_difference(monkeypatch):
    """Declaring none is taken at its word: a quadrature that runs across a jump does not settle."""
    monkeypatch.setattr(refinement, "_FINEST", 2)  # to say so sooner: enough where the jump is known
    assert ReplicaLandscape.of(0.3, shifted_sign, tolerance=1e-6).zeta(3.0, 1 / 3.0) < 0
    blind = ReplicaLandscape.of(0.3, shifted_sign, breaks=(), tolerance=1e-6)
    with pytest.raises(NotConverged):
        blind.zeta(3.0, 1 / 3.0)


def test_a_curved_function_with_a_jump():
    """tanh with a jump of zero height at 0.7 is tanh; the quadratures are then the ones for broken functions."""
    cut, whole = ReplicaLandscape.of(0.3, "tanh", breaks=[0.7]), ReplicaLandscape.of(0.3, "tanh")
    assert len(cut.g.breaks) == 1
    for lam, delta in [(3.0, 0.0), (3.0, 1 / 3), (3.0, 0.05)]:
        assert cut.zeta(lam, delta) == pytest.approx(whole.zeta(lam, delta), rel=2e-8)


def test_scale_of_the_function_is_a_scale_of_the_noise():
    """g -> 3 g and t -> 9 t is the same model in other units; relu cut at 0 and mirrored is the same model as well."""
    t = t_onset(ReplicaLandscape.of(0.3, "relu"), 0.2)
    assert t_onset(ReplicaLandscape.of(0.3, lambda u: 3 * np.maximum(u, 0)), 0.2) == pytest.approx(9 * t, rel=1e-7)
    assert t_onset(ReplicaLandscape.of(0.3, lambda u: 5 + np.minimum(u, 0)), 0.2) == pytest.approx(t, rel=1e-7)


REFUSED = [
    (lambda u: np.sort(u, axis=None).reshape(u.shape), "entries that depend on one another"),
    (lambda u: u.mean(), "but got shape ()"),
    (math.tanh, "but got an error"),
    (np.sqrt, "but got values that are not finite"),
    (lambda u: u * np.nan, "but got values that are not finite"),
    (lambda u: "x", "but got an error"),
    ("thanh", "the activation must be one of linear"),
    (7, "the activation must be a name or a callable"),
    (lambda u: np.tanh(u.astype(np.float32)).astype(np.float64), "smooth between at most 64 jumps and kinks"),
    (lambda u: np.floor(100 * u), "smooth between at most 64 jumps and kinks"),
]


@pytest.mark.parametrize(("function", "message"), REFUSED)
def test_what_cannot_be_used_is_refused_in_one_sentence(function, message):
    with pytest.raises(InvalidInput) as caught:
        ReplicaLandscape.of(0.3, function)
    text = str(caught.value)
    assert message in text and text.endswith(".") and "\n" not in text


@pytest.mark.parametrize("breaks", [[10.5], [math.nan], [0.0, -11]])
def test_breaks_out_of_range(breaks):
    with pytest.raises(InvalidInput, match=r"the breaks of tanh must be numbers between -10 and 10, but got .*; leave"):
        nonlinearity("tanh", breaks)


def test_a_function_that_fails_in_the_tail_only():
    """1/(u - 6) is finite where functions are tried first, but not at every field there is."""
    with pytest.raises(InvalidInput, match="activation"):
        ReplicaLandscape.of(0.3, lambda u: np.where(np.abs(u) > 6, np.nan, u))
