"""Direction by direction: what noise leaves of linear data, and what the collapse copies."""

from dataclasses import dataclass
from typing import SupportsFloat

import numpy as np

from remanifold._core.checks import positive
from remanifold._core.types import Floats
from remanifold.noise import noise_variance
from remanifold.theory.landscapes.linear import LinearLandscape


@dataclass(frozen=True, eq=False)
class FreezeOut:
    """The principal directions at one noise level, widest first.

    As noise grows the narrow directions are lost first: each is half lost at t equal to its eigenvalue.

    Attributes:
        t: Noise variance.
        eigenvalues: (K,) variance of the data along the direction, unit of t; also the noise at which it is half lost.
        weights: (K,) share of the D directions that each entry stands for; sum 1.
        information: (K,) (1/2) log(1 + l/t), nats kept along one such direction; (9.1).
        overlap: (K,) l/(l + t), squared correlation of the posterior mean with the truth; (9.1).
        share: (K,) part of all the information that entry k holds, its weight included; sum 1.
        undecided: (K,) t/(l + t), part of the variance that is still open at this noise: at the collapse a population
            model draws it afresh and a collapsed one copies it from the training point.
    """

    t: float
    eigenvalues: Floats
    weights: Floats
    information: Floats
    overlap: Floats
    share: Floats
    undecided: Floats


def freeze_out(
    landscape: LinearLandscape, t: SupportsFloat | None = None, *, sigma: SupportsFloat | None = None
) -> FreezeOut:
    """What noise of variance ``t`` leaves of every principal direction; docs/explanation/theory.md section 9.

    At t = `t_collapse` the ``share`` is the part of log P that a direction pays.

    Args:
        landscape: Spectrum of the data.
        t, sigma: Noise variance, positive, or its root.

    Raises:
        InvalidInput: unless one of ``t`` and ``sigma`` is given, and positive.
    """
    t = positive("the noise variance t", noise_variance(t, sigma).value)
    order = np.argsort(-landscape.eigenvalues, kind="stable")
    values, weights = landscape.eigenvalues[order], landscape.weights[order]
    information = 0.5 * np.log1p(values / t)
    paid = weights * information
    overlap, undecided = values / (values + t), t / (values + t)
    return FreezeOut(t, values, weights, information, overlap, paid / paid.sum(), undecided)
