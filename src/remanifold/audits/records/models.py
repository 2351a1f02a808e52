"""What models say of the data: a Gaussian of the same covariance, the nearest hidden manifold, the samples needed."""

from dataclasses import dataclass

from remanifold._core.estimate import Estimate
from remanifold._core.shown import short_repr
from remanifold.noise import MeasuredLevel, NoiseLevel


@dataclass(frozen=True)
class FiniteSizeReference:
    """The times that as many Gaussian points as there are in the data show on average: exact at this size.

    Attributes:
        t_onset, t_collapse, t_generalization: Squared data units, with their numerical errors.
        collapse_ratio: Measured t_collapse over this one; below 1: structure beyond covariance. nan if not measured.
    """

    t_onset: MeasuredLevel
    t_collapse: MeasuredLevel
    t_generalization: MeasuredLevel
    collapse_ratio: float


@dataclass(frozen=True)
class GaussianReference:
    """What linear theory says of a Gaussian with the data's own covariance and as many points.

    Attributes:
        t_onset, t_collapse, t_generalization: Asymptotic times (large dimension), squared data units; None where one
            does not exist.
        collapse_ratio: Measured t_collapse over the asymptotic one; finite size alone raises it above 1.
        rank: Number of directions that hold variance.
        effective_dimension: (sum l)^2 / sum l^2 of the covariance spectrum.
        exact: False where the spectrum came from a random part of the rows.
        finite_size: The same times without the large-dimension limit; the ratio to compare with 1 is in here.
        finite_size_reason: Why ``finite_size`` is None.
    """

    __repr__ = short_repr

    t_onset: NoiseLevel | None
    t_collapse: NoiseLevel | None
    t_generalization: NoiseLevel | None
    collapse_ratio: float
    rank: int
    effective_dimension: float
    exact: bool
    finite_size: FiniteSizeReference | None = None
    finite_size_reason: str | None = None


@dataclass(frozen=True)
class ManifoldCandidate:
    """One activation with its best latent ratio.

    Attributes:
        activation, latent_ratio: g and D/N.
        misfit: Root mean square error of I(xi; x_t), nats.
        behind: ``misfit`` less the least of all candidates; jackknife error over blocks of query rows, both misfits on
            the same rows.
        alike: Whether the data cannot exclude it: ``behind`` less 3 of its errors is no more than the finite size of
            a manifold of so many latent dimensions can make it.
    """

    activation: str
    latent_ratio: float
    misfit: float
    behind: Estimate
    alike: bool


@dataclass(frozen=True)
class ManifoldFit:
    """The hidden manifold whose theory comes nearest to the measured information above the collapse.

    Attributes:
        activation, latent_ratio, latent_dim: Of the best candidate; latent_dim = latent_ratio times N; jackknife error
            over query points, given this data set.
        misfit: Root mean square error of I(xi; x_t), nats.
        misfit_share: The same over log P; above some 0.05 the data are no such manifold.
        t_onset, t_collapse, t_generalization: Its asymptotic times, squared data units; None where one does not exist.
        candidates: All activations, best first.
        latent_ratio_range: Least and largest latent ratio among the candidates that are alike.
    """

    __repr__ = short_repr

    activation: str
    latent_ratio: Estimate
    latent_dim: float
    misfit: float
    misfit_share: float
    t_onset: NoiseLevel | None
    t_collapse: NoiseLevel | None
    t_generalization: NoiseLevel | None
    candidates: tuple[ManifoldCandidate, ...]
    latent_ratio_range: tuple[float, float]


@dataclass(frozen=True)
class SamplesNeeded:
    """Samples needed to push the collapse down to noise ``t``.

    Attributes:
        t: The target noise level.
        factor: Needed over present number of distinct points.
        n_points: Needed number of distinct points, rounded up.
        factor_interval: From the smaller to the larger estimate of the local dimension, and 1.96 standard errors of
            the profile further on either side.
        extrapolated: True below t_collapse, where the local dimension at t_collapse is carried on.
        dimension_gap: Difference of the two estimates of the local dimension at t_collapse over their mean; above 0.1
            neither is to be trusted alone.
        tested: Whether the factor lies within 1/30 to 30, where such answers were held against the truth.
    """

    t: NoiseLevel
    factor: float
    n_points: float
    factor_interval: tuple[float, float]
    extrapolated: bool
    dimension_gap: float | None = None
    tested: bool = True
