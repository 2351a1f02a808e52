"""The empirical score cut short, as others use it: the k nearest points, or a random subset; each with its error."""

import math
from dataclasses import dataclass
from typing import Any

import torch

from remanifold._core.checks import whole
from remanifold._core.errors import refusal
from remanifold._core.seeds import generator
from remanifold.data import RowsLike
from remanifold.scores.batch import Batch
from remanifold.scores.denoiser import Noise
from remanifold.scores.empirical import EmpiricalScore
from remanifold.scores.softmax_sums import SoftmaxSums


@dataclass(frozen=True, eq=False)
class TruncatedMean:
    """An APPROXIMATE posterior mean, from some of the points only, and how far it is from the exact one.

    The exact numbers are those of `EmpiricalScore`, evaluated in float64: a neglected share, or an error of log
    density, below its tolerance is not resolved.

    Attributes:
        mean: (batch, *shape) approximate posterior mean: the weights of the points used, scaled to sum to 1.
        exact_mean: (batch, *shape) mean over all points.
        neglected: (batch,) share of the exact weight on points that were not used, 0..1.
        mean_error: (batch,) |mean - exact_mean| / sqrt(N t): in units of the typical length of the noise.
        log_density_error: (batch,) approximate minus exact log density, in nats.
        n_used: Points used for each query.
    """

    mean: Any
    exact_mean: Any
    neglected: Any
    mean_error: Any
    log_density_error: Any
    n_used: int


def top_k_mean(
    engine: EmpiricalScore,
    x: RowsLike,
    t: Noise | None = None,
    k: int = 0,
    *,
    sigma: Noise | None = None,
    exact: SoftmaxSums | None = None,
) -> TruncatedMean:
    """APPROXIMATE posterior mean over the ``k`` nearest points of each query alone, with its error.

    Retrieval-based denoisers do this after a nearest-neighbour search, and some "optimal denoisers" do with k = 2000.
    Bias: with Z the sum of exp(-|x - xi|^2 / 2t), the log density log(Z_k / P) - (N/2) log(2 pi t) is always too low,
    by -log(1 - neglected), and the mean lies too near the query. Below the collapse few points hold all weight and
    both errors vanish; above it the weight spreads over all P points and k of them say little.

    Args:
        engine: The exact score of the points.
        x: (batch, *shape) queries, numpy or torch; results are of the same kind and precision.
        t: Noise variance per coordinate, positive: a number or (batch,).
        k: Points kept, 1..P; must be given.
        sigma: Root of the noise variance, instead of t.
        exact: ``engine.sums(x, t, top, displacements=True)`` with top >= k, where it is at hand already, so that
            several truncations share it; give x as float64 there.

    Raises:
        InvalidInput: as `EmpiricalScore.denoise`, and if k is not in 1..P or ``exact`` does not fit.
    """
    whole("`k`", k, least=1, most=engine.n_points)
    batch = engine._batch(x, t, sigma)
    exact = _exact(engine, batch, k) if exact is None else _fitting(exact, batch, engine, k)
    logits, indices = exact.top_logits[:, :k], exact.top_indices[:, :k]
    w = torch.softmax(logits, 1)
    rows = zip(w, indices, batch.x, strict=True)  # one query at a time: (batch, k, N) may not fit
    shift = torch.stack([weights @ (engine._data.take(names) - query) for weights, names, query in rows])
    share = (torch.logsumexp(logits, 1) - exact.log_sum).clamp(max=0.0)  # above 0 by round-off
    return _compared(batch, exact, shift, share, used=k)


def random_subset_mean(
    engine: EmpiricalScore,
    x: RowsLike,
    t: Noise | None = None,
    m: int = 0,
    *,
    sigma: Noise | None = None,
    seed: int = 0,
    per_query: bool = False,
    first_query: int = 0,
    exact: SoftmaxSums | None = None,
) -> TruncatedMean:
    """APPROXIMATE posterior mean over ``m`` random points, drawn without replacement, with its error.

    Mini-batches of keys, pre-samples before a finer search, and "a subset will do" are this. Bias: (P/m) Z_m is an
    unbiased estimate of Z = sum exp(-|x - xi|^2 / 2t), so the log density log(Z_m / m) - (N/2) log(2 pi t) is too low
    on average; the mean is a ratio of two such sums, biased by about 1 over the number of points used that share the
    weight. Below the collapse the point that matters is missed with probability 1 - m/P, and another takes its place:
    the error is then a distance between points, not small.

    Args:
        engine, x, t, sigma: As for `top_k_mean`.
        m: Points drawn, 3..P; must be given; as float64 they must fit into memory.
        seed: Of the subset.
        per_query: Whether each query has its own subset, which depends on (seed, number of the query) alone; else all
            share one that depends on the seed.
        first_query: Number of the first query, where a longer list is asked in several batches.
        exact: ``engine.sums(x, t, displacements=True)``, where it is at hand already; give x as float64 there.

    Raises:
        InvalidInput: as `EmpiricalScore.denoise`, and if m is not in 3..P or ``exact`` does not fit.
    """
    whole("`m`", m, least=3, most=engine.n_points)
    batch = engine._batch(x, t, sigma)
    exact = _exact(engine, batch, 0) if exact is None else _fitting(exact, batch, engine, 0)
    parts = [slice(i, i + 1) for i in range(len(batch.x))] if per_query else [slice(None)]
    names = [f"subset of query {first_query + i}" for i in range(len(parts))] if per_query else ["subset"]
    drawn = SoftmaxSums.joined(
        [_subset_sums(engine, batch, part, m, seed, name) for part, name in zip(parts, names, strict=True)]
    )
    return _compared(batch, exact, drawn.mean, drawn.log_sum - exact.log_sum, used=m, scaled_up=engine.n_points / m)


def _exact(engine: EmpiricalScore, batch: Batch, top: int) -> SoftmaxSums:
    """Of the displacements xi - x, from float64 queries: the error itself must not be rounded to float32."""
    return engine.sums(batch.x.reshape(-1, *engine.shape), batch.noise, top, displacements=True)


def _fitting(exact: SoftmaxSums, batch: Batch, engine: EmpiricalScore, top: int) -> SoftmaxSums:
    size, tops = (len(batch.x), engine.ambient_dim), exact.top_logits.shape[1]
    need = f"exact must hold sums of (batch, N) = {size} with the top {top} or more"
    if tuple(exact.weighted.shape) != size or tops < top:
        got = f"{tuple(exact.weighted.shape)} with the top {tops}"
        raise refusal(need, got, "pass engine.sums of these very queries")
    return exact


def _subset_sums(engine: EmpiricalScore, batch: Batch, part: slice, m: int, seed: int, name: str) -> SoftmaxSums:
    """Sums of the displacements of the subset ``name``, for the queries of ``part``."""
    drawn = generator(seed, f"random_subset_mean, {name}").choice(engine.n_points, m, replace=False, shuffle=False)
    points = engine._data.take(torch.as_tensor(drawn).sort().values).reshape(m, *engine.shape)
    beta = engine.inverse_temperature  # and an index does not pay for one batch
    score = EmpiricalScore(points, tolerance=engine.tolerance, inverse_temperature=beta, expected_queries=1)
    return score.sums(batch.x[part].reshape(-1, *engine.shape), batch.noise[part], displacements=True)


def _compared(
    batch: Batch, exact: SoftmaxSums, shift: torch.Tensor, log_share: torch.Tensor, *, used: int, scaled_up: float = 1.0
) -> TruncatedMean:
    """The record of a mean displacement ``shift`` (batch, N).

    Args:
        batch: The queries.
        exact: Sums over all points.
        shift: Mean of xi - x over the points used.
        log_share: (batch,) log of the share of the exact weight on them.
        used: Their number.
        scaled_up: Factor by which the approximate density makes up for points that were not used.
    """
    error = torch.linalg.vector_norm(shift - exact.mean, dim=1) / (batch.x.shape[1] * batch.noise).sqrt()
    return TruncatedMean(
        mean=batch.give_points(batch.x + shift),
        exact_mean=batch.give_points(batch.x + exact.mean),
        neglected=batch.give(torch.expm1(log_share.clamp(max=0.0)).abs()),
        mean_error=batch.give(error),
        log_density_error=batch.give(log_share + math.log(scaled_up)),
        n_used=used,
    )
