"""Posterior means, scores and log densities of noised data: of the empirical measure, and of Gaussian populations.

Which routine runs when `EmpiricalScore` is asked (`EmpiricalScore.plan` tells it for given queries):

1. No index fits the memory, or fewer than 64 queries are expected: `streamed.streamed_sums`. A float32 product with a
   bound of its rounding rules points out (`streamed.candidates`), the rest is summed by differences in float64.
2. Else the `index` is built once; queries are divided among the threads. Float32 queries (or any, where the tolerance
   is above 2e-6) at up to 24 coordinates are summed over all points (`over_all`), by `dense.narrow`, compiled.
3. Else `pruned.pruning` rules points out level by level, and `pruned.survivor_sums` sums what is left in float64.
4. Where all points cost less (`pruned.costs`), `over_all`: where only means and log sums are asked, `dense.heads`, the
   operator of attention; else, or where `pruned.single_accuracy` finds that not exact enough, `dense.single`, float32
   products with heavy points mended in float64 (or `dense.chunks`, from the centres of chunks, where neighbours lie
   close); where neither is exact enough, `dense.products` in float64.
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
