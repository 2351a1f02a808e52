"""Posterior weights of Gaussian data at finite size, with the own point among them: exact means given x.

With s the weights of the others in units of the own one, T(v) = E exp(-v sum s) = (1 - q)^(P-1) and 1/(1 + Y) =
int dv exp(-v (1 + Y)), all means are integrals over v of T and of two more transforms of one weight, which the contour
integral of `remanifold.theory.finite.log_sum` gives with other factors of k:

    E w_own          = int dv e^-v T
    E sum w^2        = int v dv e^-v {T + (P-1) E[s^2 e^(-v s)] (1-q)^(P-2)}
    E sum w log s    = int dv e^-v (P-1) E[s log s e^(-v s)] (1-q)^(P-2)
    E log(1 + sum s) = int dv/v e^-v (1 - T)

Integrands are analytic around real log v, so that evenly spaced points of log v are exact to round-off. Source:
docs/explanation/finite-size.md.
"""

from dataclasses import dataclass, replace

import numpy as np

from remanifold._core.errors import NotConverged
from remanifold._core.types import Floats
from remanifold.theory.finite.log_sum import ENDLESS, PANEL, ROWS, Energies, SumLaw

_STEP = 0.4  # of log v; the next harmonic of exp(-e^y) is exp(-pi^2/_STEP) = 2e-11
_FLAT = 1e-9  # an integrand this small at the far end of a panel ends the integral
_MOST_PANELS = 400
_LARGEST = 40.0  # exp(-e^40) is 0
_FEWEST_STEPS = 4
_AWAY, _NOTHING = 4.0, 36.0  # v = e^4 is met by nothing, v = e^-36 is no part of a mean


@dataclass(frozen=True)
class OwnSums:
    """What the posterior over the P points looks like from each noisy point x, over the other points: (n,) each.

    Attributes:
        own_weight: E w_own.
        participation: E sum of squared weights.
        entropy: E of -sum w log w, nats.
    """

    own_weight: Floats
    participation: Floats
    entropy: Floats


def own_sums(energies: Energies, log_own: Floats, log_others: float) -> OwnSums:
    """Means over the other points, given x and the own point.

    Args:
        energies: What is seen from the n points x.
        log_own: Logarithm of the own weight of each x, -|x - xi|^2/(2t), (n,).
        log_others: log(P - 1).

    Raises:
        NotConverged: if the integral does not end, or needs too fine a contour.
    """
    order = np.argsort(energies.squares @ (1 / (1 + 1 / energies.gains)))
    found = np.empty((3, len(order)))
    for first in range(0, len(order), ROWS):
        rows = order[first : first + ROWS]
        law = SumLaw(replace(energies, squares=energies.squares[rows]), log_others)
        found[:, rows] = _integrals(law, log_own[rows])
    return OwnSums(*found)


def fresh_participation(energies: Energies, log_points: float) -> Floats:
    """E sum of squared posterior weights over P points, seen from points that are none of them, (n,).

    With 1/S^2 = int v dv e^(-v S): P int v dv E[s^2 e^(-v s)] (1 - q)^(P-1).

    Args:
        energies: What is seen from the n points x.
        log_points: log P.

    Raises:
        NotConverged: if the integral does not end, or needs too fine a contour.
    """
    order = np.argsort(energies.squares @ (1 / (1 + 1 / energies.gains)))
    found = np.empty(len(order))
    for first in range(0, len(order), ROWS):
        rows = order[first : first + ROWS]
        law = SumLaw(replace(energies, squares=energies.squares[rows]), log_points)
        found[rows] = _fresh(law, -1, len(rows)) + _fresh(law, 1, len(rows))
    return np.minimum(found, 1.0)


def _fresh(law: SumLaw, side: int, n: int) -> Floats:
    """The integral over y on one side of 0, (n,), for alike x."""
    total, edge, everyone = np.zeros(n), 0.0, np.ones(n, dtype=bool)
    for _ in range(_MOST_PANELS):
        low, high = law.saddles(edge, everyone)
        steps = max(_FEWEST_STEPS, int(PANEL / high / _STEP))
        transform, q, squared, _ = law.with_own(
            edge + side * _STEP * (np.arange(steps, dtype=np.float64) + 0.5), low, np.zeros(n)
        )
        part = squared * transform / (1 - q)
        total += _STEP * part.sum(1)
        edge += side * _STEP * steps
        if float((squared if side < 0 else transform)[:, -1].max()) < _FLAT:
            return total
    raise NotConverged(ENDLESS)


def _integrals(law: SumLaw, log_own: Floats) -> Floats:
    """(3, n): own weight, participation, entropy of alike x."""
    ahead = log_own - law.centre  # log v is y + ahead
    sides = [_side(law, log_own, ahead, side) for side in (-1, 1)]
    left, right = sides[0][1], sides[1][1]
    own, squares, logs, total = sides[0][0] + sides[1][0]
    start = left + ahead  # below, all is the own point's
    v = _tail(start - np.maximum(0, np.floor((start - _AWAY) / _STEP)) * _STEP, -1)
    own += _STEP * (v * np.exp(-v)).sum(1)
    squares += _STEP * (v * v * np.exp(-v)).sum(1)
    start = right + ahead  # beyond, T is 0
    before = np.maximum(0, np.floor((-_NOTHING - start) / _STEP))
    total += _STEP * (before + np.exp(-_tail(start + before * _STEP, 1)).sum(1))
    return np.stack([np.minimum(own, 1.0), np.minimum(squares, 1.0), np.maximum(total - logs, 0.0)])


def _tail(start: Floats, side: int) -> Floats:
    """v at the points of log v on one side of ``start``, (n, points), as far as a mean can see them."""
    steps = side * _STEP * (np.arange(int((_NOTHING + _AWAY) / _STEP)) + 0.5)
    return np.exp(np.minimum(start[:, None] + steps, _LARGEST))


def _side(law: SumLaw, log_own: Floats, ahead: Floats, side: int) -> tuple[Floats, float]:
    """The four integrals over the points on one side of y = 0, (4, n), and where they end."""
    last = int(max(float(_AWAY - ahead.min()), -(2**53)) / _STEP)  # point of log v beyond which all integrands are 0
    count = max(0, -last) if side < 0 else 0
    sums, edge = np.zeros((4, len(ahead))), side * _STEP * count
    everyone = np.ones(len(ahead), dtype=bool)
    for _ in range(_MOST_PANELS):
        if side > 0 and count > last:
            return sums, edge
        low, high = law.saddles(edge, everyone)
        steps = max(_FEWEST_STEPS, int(PANEL / high / _STEP))
        y = side * _STEP * (count + np.arange(steps, dtype=np.float64) + 0.5)
        count += steps
        edge = side * _STEP * count
        transform, q, squared, logs = law.with_own(y, low, log_own)
        v = np.exp(np.minimum(y + ahead[:, None], _LARGEST))
        falls = np.exp(-v)
        left = transform / (1 - q)
        parts = (
            v * falls * transform,
            v * v * falls * transform + falls * squared * left,
            falls * logs * left,
            falls * (1 - transform),
        )
        sums += _STEP * np.stack([part.sum(1) for part in parts])
        rest = (1 - transform, squared, logs) if side < 0 else (transform, falls * squared * left, falls * logs * left)
        if max(float(np.abs(part[:, -1]).max()) for part in rest) < _FLAT:
            return sums, edge
    raise NotConverged(ENDLESS)
