"""Do samples lie nearer to training rows than to hold-out rows, more often than exchangeable labels explain?"""

from dataclasses import dataclass

import numpy as np
from scipy.special import ndtri

from remanifold._core.checks import share
from remanifold._core.errors import refusal
from remanifold._core.seeds import generator
from remanifold._core.types import Floats, Integers
from remanifold.measures.estimates.persons import Persons, sums_of_persons
from remanifold.measures.estimates.proportions import exact_interval
from remanifold.measures.neighbours.near_rows import NearRows

_POWER = 0.8
_DRAWS = 9999


@dataclass(frozen=True)
class ShareTest:
    """Share of samples nearer to training than to hold-out.

    Attributes:
        share: Of several equally near rows each takes an equal part of the sample.
        interval: 95 % interval over samples, for the given training and hold-out rows.
        null: n_train/(n_train + n_holdout), distinct rows: the share without copying.
        p_value: Chance of a share as large if training and hold-out rows were one set, labelled at random. It counts
            that many samples may share one nearest row, which the interval and a binomial test do not.
        detectable: Share of samples copied from training rows that is found with probability 0.8 at ``level``; None
            where no share would be.
        level: The level of ``detectable``.
        n: Samples.
        p_fewer: Chance of a share as small: samples that fit neither set, or a hold-out from elsewhere.
    """

    share: float
    interval: tuple[float, float]
    null: float
    p_value: float
    detectable: float | None
    level: float
    n: int
    p_fewer: float = 1.0


def share_test(
    train: NearRows,
    holdout: NearRows,
    n_train: int,
    n_holdout: int,
    *,
    persons: Persons | None = None,
    level: float = 0.05,
    seed: int = 0,
    draws: int = _DRAWS,
) -> ShareTest:
    """Compare distances of m samples to distinct training rows with those to distinct hold-out rows.

    Args:
        train: The nearest training rows of the samples; ties count up to as many rows as were asked for.
        holdout: The same of the hold-out rows, as many.
        n_train, n_holdout: Distinct rows of either set.
        persons: Of all rows of either set, by row number, -1 for rows that are not among the distinct ones, where rows
            belong together: whole persons are exchanged between training and hold-out.
        level: False-positive rate at which ``detectable`` is stated.
        seed: Of the labels.
        draws: Labellings.

    Raises:
        InvalidInput: without samples, training or hold-out rows, or for different numbers of samples.
    """
    m = len(train.rows)
    if m == 0 or len(holdout.rows) != m or n_train == 0 or n_holdout == 0:
        got = f"{m} and {len(holdout.rows)} samples, {n_train} and {n_holdout} rows"
        raise refusal("a share of closer samples needs the same samples against both sets", got, "pass all")
    level = share("`level`", level, example=0.05)
    (at_train, of_train), (at_holdout, of_holdout) = _weights(train, holdout)
    total = float(at_train.sum())
    null = n_train / (n_train + n_holdout)
    if persons is None:
        drawn = _null(np.concatenate([at_train, at_holdout]), n_train, n_holdout, seed, draws)
    else:
        ours = _of_persons(at_train, of_train, persons.training, m / (n_train + n_holdout))
        theirs = _of_persons(at_holdout, of_holdout, persons.holdout, m / (n_train + n_holdout))
        drawn = m * null + _null(np.concatenate([ours, theirs]), len(ours), len(theirs), seed, draws)
    critical = float(np.sort(drawn)[max(0, int(np.ceil((1 - level) * draws)) - 1)])
    needed = (critical + float(ndtri(_POWER) * drawn.std())) / m
    return ShareTest(
        share=total / m,
        interval=exact_interval(min(total, m), m),
        null=null,
        p_value=float((1 + np.count_nonzero(drawn >= total - 1e-6)) / (draws + 1)),
        detectable=(max(needed, null) - null) / (1 - null) if needed < 1 else None,
        level=level,
        n=m,
        p_fewer=float((1 + np.count_nonzero(drawn <= total + 1e-6)) / (draws + 1)),
    )


def _of_persons(loads: Floats, rows: Integers, persons: Integers, each: float) -> Floats:
    """Samples held by each person beyond ``each`` a row, (persons,): so that persons of many rows are no others."""
    held = np.where(persons >= 0, -each, 0.0)
    held[rows] += loads
    return sums_of_persons(held[persons >= 0], persons[persons >= 0])[0]


def _weights(train: NearRows, holdout: NearRows) -> list[tuple[Floats, Integers]]:
    """Samples held by each training and by each hold-out row that is nearest to any, and these rows."""
    least = np.minimum(train.nearest, holdout.nearest)
    at_train, at_holdout = train.at(least), holdout.at(least)
    each = 1 / (at_train.sum(axis=1) + at_holdout.sum(axis=1))
    parts = []
    for near, at in ((train, at_train), (holdout, at_holdout)):
        rows, place = np.unique(near.rows[at], return_inverse=True)
        parts.append((np.bincount(place, weights=np.repeat(each, at.sum(axis=1))), rows))
    return parts


def _null(loads: Floats, n_train: int, n_holdout: int, seed: int, draws: int) -> Floats:
    """Samples held by n_train rows drawn at random from the union, (draws,); rows not in ``loads`` hold none."""
    values, counts = np.unique(np.round(loads, 9), return_counts=True)
    values, counts = np.append(values, 0.0), np.append(counts, n_train + n_holdout - len(loads))
    random = generator(seed, "share test")
    drawn = random.multivariate_hypergeometric(counts, n_train, size=draws, method="marginals")
    return drawn.astype(np.float64) @ values
