"""Posterior means, scores and log densities of noised data: of the empirical measure, and of Gaussian populations."""

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
