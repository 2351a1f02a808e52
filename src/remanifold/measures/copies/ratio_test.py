"""Do samples lie outstandingly near single training rows, more often than hold-out rows do?"""

import math
from dataclasses import dataclass

import numpy as np
from scipy.special import betaincinv, betaln, gammaln

from remanifold._core.checks import share
from remanifold._core.errors import refusal
from remanifold._core.seeds import generator
from remanifold._core.types import Floats, Integers

_POWER = 0.8
_DRAWS = 9999


@dataclass(frozen=True)
class RatioTest:
    """d1/d2 of samples against d1/d2 of hold-out rows, both towards the same distinct training rows.

    Attributes:
        alpha: False-positive rate of the threshold for one sample.
        threshold: A sample below it exceeds what hold-out rows show; None where the hold-out is too small for alpha.
        p_values: Of each sample, (1 + hold-out rows with a ratio as small)/(n_holdout + 1), (m,).
        rates: Their Benjamini-Hochberg adjustment, (m,).
        p_value: Of all samples together: the least beta-binomial tail over thresholds at the 1st, 2nd, 4th ... smallest
            hold-out ratio, calibrated by simulation.
        detectable: Share of copies, nearer to one training row than every hold-out row is, that is found with
            probability 0.8 at ``level``; None where none could be found.
        level: The level of ``detectable``.
        fewest_named: Rows that must be nearer than every hold-out row before any can be named at the rate ``level``.
    """

    alpha: float
    threshold: float | None
    p_values: Floats
    rates: Floats
    p_value: float
    detectable: float | None
    level: float
    fewest_named: int


def ratio_test(
    samples: Floats, holdout: Floats, *, alpha: float = 0.01, level: float = 0.05, seed: int = 0, draws: int = _DRAWS
) -> RatioTest:
    """Compare the ratios of ``samples`` (m,) with those of ``holdout`` (n,), smaller meaning nearer to one row.

    If samples were drawn from the law of the hold-out rows, independently, K of them lie below the j-th smallest
    hold-out ratio with probability BetaBinomial(m, j, n + 1 - j), whatever that law is; equal ratios make the test
    conservative. Samples unlike the hold-out rows for another reason than copying are rejected too.

    Raises:
        InvalidInput: without rows on both sides, or for rates outside (0, 1).
    """
    from scipy.stats import false_discovery_control  # scipy.stats takes a second to load

    m, n = len(samples), len(holdout)
    if m == 0 or n == 0:
        raise refusal("a ratio test needs samples and hold-out rows", f"{m} and {n}", "pass both")
    alpha, level = share("`alpha`", alpha, example=0.05), share("`level`", level, example=0.05)
    ordered = np.sort(holdout)
    p_values = (1 + np.searchsorted(ordered, samples, "right")) / (n + 1)
    rank = math.floor(alpha * (n + 1) * (1 + 1e-12))
    ranks = 2 ** np.arange(max(1, math.floor(math.log2((n + 1) / 2)) + 1))  # 1, 2, 4, ... up to the middle of n
    tails = np.stack([_tail(m, n, int(j)) for j in ranks])  # (levels, m + 1)
    below = np.searchsorted(np.sort(samples), ordered[ranks - 1], "left")
    null = _null(m, n, ranks, tails, seed, draws)
    observed = tails[np.arange(len(ranks)), below].min()
    critical = float(np.sort(null)[max(0, math.floor(level * (draws + 1)) - 1)])
    needed = int(np.argmax(tails[0] <= critical)) if tails[0, -1] <= critical else None
    return RatioTest(
        alpha=alpha,
        threshold=float(ordered[rank - 1]) if rank >= 1 else None,
        p_values=p_values,
        rates=false_discovery_control(p_values),
        p_value=float((1 + np.count_nonzero(null <= observed * (1 + 1e-12))) / (draws + 1)),
        detectable=None if needed is None else float(betaincinv(needed, m - needed + 1, _POWER)),
        level=level,
        fewest_named=math.ceil(m / (level * (n + 1))),
    )


def _tail(m: int, n: int, j: int) -> Floats:
    """P(K >= k), k = 0..m, of K samples below the j-th smallest of n hold-out ratios: BetaBinomial(m, j, n + 1 - j)."""
    k = np.arange(m + 1)
    log_choose = gammaln(m + 1) - gammaln(k + 1) - gammaln(m - k + 1)
    log_mass = log_choose + betaln(k + j, m - k + n + 1 - j) - betaln(j, n + 1 - j)
    return np.minimum(np.cumsum(np.exp(log_mass)[::-1])[::-1], 1.0)


def _null(m: int, n: int, ranks: Integers, tails: Floats, seed: int, draws: int) -> Floats:
    """The least tail over the thresholds, of exchangeable rows, (draws,): spacings are gammas, counts multinomial."""
    random = generator(seed, "ratio test")
    shapes = np.diff(np.concatenate([[0], ranks, [n + 1]]))
    spacings = random.gamma(shapes, size=(draws, len(shapes)))
    counts = random.multinomial(m, spacings / spacings.sum(axis=1, keepdims=True))[:, :-1].cumsum(axis=1)
    return tails[np.arange(len(ranks)), counts].min(axis=1)
