"""Single-precision sums mended: the logits of the points that hold most of the weight, in double precision."""

from dataclasses import replace

import torch

from remanifold.scores.centred import CentredData
from remanifold.scores.dense.single import SingleSums
from remanifold.scores.index.score_index import ScoreIndex
from remanifold.scores.softmax_sums import SoftmaxSums


def mended(
    data: CentredData, index: ScoreIndex, rough: SingleSums, x: torch.Tensor, noise: torch.Tensor, pairs: int
) -> SoftmaxSums:
    """The sums in the data's units, with heavy points weighted by explicit differences.

    Args:
        data: The points.
        index: Of them.
        rough: In units of the radius.
        x: (batch, N) raw queries.
        noise: (batch,) noise variances in units of the radius squared.
        pairs: Differences held at once.
    """
    sums = rough.sums.rescaled(data.radius, data.radius**2)
    total, weighted, energy, squares = (part.clone() for part in (sums.total, sums.weighted, sums.energy, sums.squares))
    point, order = index.order[rough.place].sort()
    t = noise * data.radius**2
    for start in range(0, len(order), pairs):
        piece = order[start : start + pairs]
        points, local = torch.unique_consecutive(point[start : start + pairs], return_inverse=True)
        query, w = rough.query[piece], rough.w[piece]
        differences = data.take(points)[local].sub_(x[query])
        energies = torch.einsum("ij,ij->i", differences, differences) / 2
        right = (-energies / t[query] - sums.log_max[query]).exp_()
        total.index_add_(0, query, right - w)
        weighted.index_add_(0, query, differences * (right - w)[:, None])
        taken = -t[query] * (w.log() + sums.log_max[query])  # the energies in the sums
        energy.index_add_(0, query, right * energies - w * taken)
        squares.index_add_(0, query, right * right - w * w)
    return replace(sums, total=total, weighted=weighted, energy=energy.clamp_(min=0), squares=squares)
