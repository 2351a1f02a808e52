"""When each of several separated modes is memorized, and when their average is."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from remanifold._core.checks import whole
from remanifold._core.errors import refusal
from remanifold.theory.landscapes.mixture import MixtureLandscape, probabilities
from remanifold.theory.rem import free_entropy
from remanifold.theory.roots import positive_root
from remanifold.theory.times import t_collapse, t_condensation, t_generalization, t_onset


@dataclass(frozen=True)
class ModeTimes:
    """The times of one mode among its own points, noise variances t; None where they do not exist.

    Attributes:
        load: Load of the mode, log(P times its probability)/N, nats.
        t_onset: Below it each of the mode's points is a trap.
        t_collapse: Below it typical noisy points of the mode belong to one of its points.
        t_condensation: Below it a fresh point of the mode sees one of its points only.
        t_generalization: Where the empirical density fits fresh points of the mode best.
    """

    load: float
    t_onset: float | None
    t_collapse: float | None
    t_condensation: float | None
    t_generalization: float | None


def mode_times(mixture: MixtureLandscape, load: float) -> tuple[ModeTimes, ...]:
    """The times of every mode at the load log(P)/N of the whole data; errors as `MixtureLandscape.each_mode`.

    Gaussian modes collapse at log(P pi_k) = (1/2) log det(1 + C_k/t); (8.1).
    """
    times = t_onset, t_collapse, t_condensation, t_generalization
    return tuple(mixture.each_mode(lambda mode, own: ModeTimes(own, *(time(mode, own) for time in times)), load))


@dataclass(frozen=True)
class MeanCrossings:
    """Where the averages over all points cross zero, as a noise profile measures them.

    Attributes:
        collapse: Where the mean gap (6.2) crosses zero.
        onset: Where the mean trap (6.3) crosses zero.
    """

    collapse: float
    onset: float


def mean_crossings(mixture: MixtureLandscape, load: float) -> MeanCrossings:
    """Crossings of the mean gap and the mean trap, each mode frozen on its own; (8.5).

    They equal `t_collapse` and `t_onset` of the mixture where its modes collapse together and are above them elsewhere.

    Raises:
        InvalidInput: if the load leaves a mode with one point or none, or is above the information ceiling.
    """
    ceiling = mixture.information_ceiling
    if load >= ceiling:
        need = f"the load must be below the information ceiling, {ceiling:g}"
        raise refusal(need, f"{load:g}", "points of a mode coincide, so pass fewer")

    gap = positive_root(lambda lam: -0.5 - free_entropy(mixture, load, lam, 1 / lam), "the crossing of the mean gap")
    trap = positive_root(lambda lam: -free_entropy(mixture, load, lam, 0.0), "the crossing of the mean trap")
    return MeanCrossings(1 / gap, 1 / trap)


def load_within_classes(
    n_points: int, n_classes: int, ambient_dim: int, weights: NDArray[np.floating] | None = None
) -> float:
    """The load that matters if the data fall into separated classes: (log P - H)/N, H = log K for equal ones.

    P points in K classes far apart collapse like P/K points of one class; (8.1), (8.3).

    Args:
        n_points: P.
        n_classes: K.
        ambient_dim: N.
        weights: (K,) probabilities of the classes; equal if left out.

    Raises:
        InvalidInput: if there are not more points than classes (with equal weights: P > exp(H)).
    """
    whole("the ambient dimension", ambient_dim, least=1)
    whole("the number of classes", n_classes, least=1)
    shares = np.full(n_classes, 1 / n_classes) if weights is None else probabilities(weights, n_classes)
    entropy = -float(shares @ np.log(shares))
    if not (n_points > math.exp(entropy) * (1 + 1e-12)):
        need = f"the points must be more than the classes, effectively {math.exp(entropy):.6g}"
        raise refusal(need, n_points, "pass more points or merge classes")
    return (math.log(n_points) - entropy) / ambient_dim
