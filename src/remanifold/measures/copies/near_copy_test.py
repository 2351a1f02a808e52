"""Do some samples lie so near to one training row that no law of the samples explains it? The two-neighbour law."""

import math

import numpy as np

from remanifold._core.types import Floats

_TAIL = 0.1  # share of the hold-out rows that fix the law
_FEWEST = 10  # of them, at least
_ERRORS = 1.645  # of the fitted rate that are taken off: a slower law than the one that was seen
_FEWEST_NEAR = 3  # neighbours, of which more must be known
_NEARNESS = 1 / 20  # d1/d2 of the near copies that the power is stated for
_TINY = 1e-12


def near_copy_test(samples: Floats, holdout: Floats) -> tuple[float, Floats] | None:
    """p-value of all samples together, and of each, from their distances to the nearest training rows.

    Near any point of a smooth law in d dimensions P(d1/d2 < r) = r^d (Facco, d'Errico, Rodriguez and Laio, Sci. Rep. 7,
    12140, 2017), whatever its density there: -log(d1/d2) is exponential, for samples of another law too. Its rate is
    taken twice, and the larger p-value counts: from the tenth of the hold-out rows with the largest values, less 1.6 of
    its errors; and from the sample's own next neighbours, where the law is that of few dimensions in a part of the
    data (`local_chance`). The p-value of all is Bonferroni's. A sample farther from its nearest training row than half
    of the hold-out rows is no near copy: far out in a heavy tail the density varies over d1 itself.

    Unlike `ratio_test` this sees a single near copy, and does not mind samples that are blurred or lack modes. It does
    not hold on a coarse grid (binary columns), where d1/d2 has few values. Measured at 1.7 %: at most 1 of 100 honest
    draws of Gaussian, clustered, student t (1.5 and 2) and lognormal rows, and 0 to 7 where a part of .5 to 5 % of the
    rows lies near a line in 12 dimensions; 12 and 16 where samples draw such a part of .5 or 1 % ten times too often.

    Args:
        samples: Distances of samples to their k nearest training rows, ascending, those to the nearest above 0 (equal
            rows are no near copies), (m, k), k at least 2; where it is below 4, or training rows are as few, the law of
            the hold-out rows alone counts.
        holdout: Likewise of hold-out rows, (n, k).

    Returns:
        None where fewer than ten hold-out rows would fix the law.
    """
    count = max(_FEWEST, round(_TAIL * len(holdout)))
    if len(holdout) <= count or not len(samples):
        return None
    values = np.sort(np.log(holdout[:, 1] / holdout[:, 0]))[::-1]
    edge = values[count]
    mean = float((values[:count] - edge).mean())
    if mean <= 0:
        return None
    rate = max(0.0, 1 - _ERRORS / math.sqrt(count)) / mean
    beyond = np.maximum(np.log(samples[:, 1] / samples[:, 0]) - edge, 0.0)
    each = np.where(beyond > 0, count / len(holdout) * np.exp(-rate * beyond), 1.0)
    each = np.maximum(each, local_chance(samples))
    each[samples[:, 0] > np.median(holdout[:, 0])] = 1.0
    return float(min(1.0, len(samples) * each.min())), each


def detectable_near(samples: Floats, holdout: Floats, *, level: float, power: float = 0.8) -> float | None:
    """Least share of near copies among samples that `near_copy_test` finds, at a twentieth of the way to the next row.

    Args:
        samples, holdout: See `near_copy_test`; each sample is moved to a twentieth of its second distance in turn.
        level: Of the test.
        power: Chance of finding it.

    Returns:
        None where not even all samples would be found.
    """
    moved = samples.copy()
    moved[:, 0] = _NEARNESS * moved[:, 1]
    moved = moved[moved[:, 0] > 0]
    tested = near_copy_test(moved, holdout)
    if tested is None:
        return None
    seen = float((tested[1] * len(moved) <= level).mean())
    share = (1 - (1 - power) ** (1 / len(moved))) / seen if seen else 2.0
    return share if share <= 1 else None


def local_chance(distances: Floats) -> Floats:
    """Chance of so small a ratio d1/d2 by the law that the farther neighbours of the same point show, (m,).

    In d dimensions j log(d_{j+1}/d_j) are independent and exponential with rate d, for every j. So with
    X = log(d2/d1) and S the sum of the others, j = 2 .. k - 1, P(X > x) = (1 + x/S)^-(k - 2), whatever d is.

    Args:
        distances: To the k nearest rows, ascending, (m, k); infinite where there are fewer rows.

    Returns:
        0 where fewer than four neighbours are known: then nothing is said against a copy.
    """
    known = distances[:, np.isfinite(distances).all(axis=0)]
    if known.shape[1] <= _FEWEST_NEAR:
        return np.zeros(len(distances))
    logs = np.log(np.maximum(known, _TINY * np.max(known, axis=1, initial=1e-300, keepdims=True)))
    steps = np.diff(logs[:, 1:], axis=1) * np.arange(2, known.shape[1])
    return (1 + (logs[:, 1] - logs[:, 0]) / np.maximum(steps.sum(axis=1), _TINY)) ** -steps.shape[1]
