"""Posterior means, scores and log densities of noised data: of the empirical measure, and of Gaussian populations.

Which routine runs when `EmpiricalScore` is asked (`EmpiricalScore.plan` tells it for given queries):

1. No index fits the memory, or fewer than 64 queries are expected: `streamed.streamed_sums`. A float32 product with a
   bound of its rounding rules points out (`streamed.candidates`), the rest is summed by differences in float64.
2. Else the `index` is built once. Float32 queries at up to 24 coordinates: `dense.narrow`, compiled, all points.
3. Else `pruned.pruning` rules points out level by level, and `pruned.survivor_sums` sums what is left in float64.
4. Where all points cost less (`pruned.costs`): `dense.single`, float32 products with heavy points mended in float64 (or
   `dense.chunks`, from the centres of chunks, where neighbours lie close), if `pruned.single_accuracy` finds that exact
   enough; otherwise `dense.products` in float64.
5. Many near duplicates at tiny noise, where float64 products are too coarse: `streamed.differences`.
"""

from remanifold.scores.denoiser import Denoiser, DenoiserLike, TensorDenoiser
from remanifold.scores.empirical import EmpiricalScore
from remanifold.scores.gaussian import GaussianScore
from remanifold.scores.softmax_sums import SoftmaxSums
from remanifold.scores.truncated import TruncatedMean, random_subset_mean, top_k_mean

__all__ = [
    "Denoiser",
    "DenoiserLike",
    "EmpiricalScore",
    "GaussianScore",
    "SoftmaxSums",
    "TensorDenoiser",
    "TruncatedMean",
    "random_subset_mean",
    "top_k_mean",
]
