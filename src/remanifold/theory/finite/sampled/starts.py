"""Where the crossings lie about, from a few points: where the windows are put."""

import math

import numpy as np

from remanifold._core.errors import NotConverged
from remanifold.theory.finite.sampled.asked import Asked
from remanifold.theory.finite.sampled.crossing import Crossing, Window, crossing

_POINTS = 32
_STEP, _ABOVE, _LEVELS = (
    0.35,
    6,
    66,
)  # of the grid in log t; the last is 1e-10 of the first, where energies are round-off
_REACH, _TRIES = 0.3, 16
_SETTLED = 0.5  # of the reach


def clean_starts(asked: Asked) -> tuple[float, float]:
    """log t of onset and best generalization: the samples seen from clean points serve every t.

    Raises:
        NotConverged: if one of them is not found.
    """
    views = asked.look(np.arange(_POINTS), 0.0)
    energies = [float(np.exp(law.log_weights) @ law.energies) for law in views.laws]
    nats = max(1.0, min(asked.log_others, asked.family.ambient_dim / 2))
    top = math.log(2 * float(np.mean(energies)) / nats) + _ABOVE * _STEP
    grid, logs, entropy = [], [], []
    for k in range(_LEVELS):  # downwards: far below the least cross entropy a level costs much
        grid.append(top - k * _STEP)
        logs.append(float(np.average(asked.mean_logs(views, np.exp(grid[-1:]))[:, 0], weights=views.chances)))
        entropy.append(asked.family.ambient_dim / 2 * grid[-1] - logs[-1])
        if logs[-1] < 0 and len(entropy) > 2 and int(np.argmin(entropy)) < k - 1:
            break
    else:
        raise NotConverged("the points lie too near to each other for single precision; give fewer points.")
    onset, least = next(k for k, log in enumerate(logs) if log < 0), int(np.argmin(entropy))
    if onset == 0 or least == 0:
        raise NotConverged("no onset of traps was found; give more points or another size.")
    part = logs[onset - 1] / (logs[onset - 1] - logs[onset])
    return grid[onset - 1] - part * _STEP, _lowest(grid[least], entropy[least - 1 : least + 2])


def chance_of_copies(asked: Asked) -> float:
    """Mean chance that another point is an exact copy of a point of discrete data."""
    views = asked.look(np.arange(_POINTS), 0.0)
    return 1 - float(np.mean(views.chances / views.weights))


def noisy_start(asked: Asked, guess: float) -> float:
    """log t of the collapse; see `noisy_crossing`."""
    return noisy_crossing(asked, guess).log_t


def noisy_crossing(asked: Asked, guess: float) -> Crossing:
    """The collapse as a few points see it, swept again where it has moved out of reach.

    Raises:
        NotConverged: if it does not settle.
    """
    step, before = 2 * _REACH, 0.0
    for _ in range(_TRIES):
        views = asked.look(np.arange(_POINTS), math.exp(guess))
        window = Window(guess, _REACH, 5)
        curves = -asked.mean_logs(views, window.levels)
        together = np.zeros(len(curves), dtype=np.int64)  # few maps do not tell how far they differ
        found = crossing(window, curves, together, views.controls, views.chances)
        moved = found.log_t - guess
        if found.inside and abs(moved) < _SETTLED * _REACH:
            return found
        if found.inside:
            guess += moved
            continue
        if moved * before < 0:  # it was passed over
            step /= 2
        before = moved
        guess += math.copysign(step, moved)
    raise NotConverged("no collapse was found; give more points or another size.")


def _lowest(middle: float, values: list[float]) -> float:
    """Where a parabola through three values, a step apart downwards, is least."""
    above, here, below = values
    return middle + 0.5 * _STEP * (below - above) / (above - 2 * here + below)
