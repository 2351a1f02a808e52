"""Where gradient flow from beside a training point ends at finite size, from points drawn around it."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, SupportsFloat

import numpy as np

from remanifold._core.checks import whole
from remanifold._core.errors import refusal, require
from remanifold._core.estimate import Estimate, mean_estimate
from remanifold._core.progress import Progress, silent
from remanifold._core.seeds import generator
from remanifold._core.types import Floats
from remanifold.noise import MeasuredLevel, NoiseLevel, noise_variance
from remanifold.theory.finite.curves.estimated import EstimatedCurve
from remanifold.theory.finite.curves.subject import Subject, ambient_dim_of, known_spectrum, sampled_map
from remanifold.theory.finite.drawn.set_points import points_of_family
from remanifold.theory.finite.drawn.surroundings import Surroundings, of_gaussian_point, of_set
from remanifold.theory.finite.sampled.family import HiddenFamily

_ROWS, _SETS, _FEWEST_SETS = 64, 32, 4
_ALL_DRAWN, _MOST_DRAWN = 4000, 50_000  # points: that are all drawn anyway; and where nothing else is known
_MOST = 0.9  # sets that must have a basin
_LARGEST_DIM = 200  # of what was validated: places around a point represent the others

Draw = Callable[[int, np.random.Generator], list[Surroundings]]
"""Training points of set number k with what is around them."""


@dataclass(frozen=True, eq=False, repr=False)
class FiniteSizeFlow:
    """Starts xi + sqrt(delta) w under gradient flow of log p_t^emp at frozen t, as `remanifold.measures.basins` has it.

    Attributes:
        t: Noise variance.
        delta: Noise variances of the starts, ascending, (levels,); at 0 the flow starts at the training point.
        share: Of training points whose flow ends where they have most of the weight, at each delta.
        basin: delta where that share of ``rows`` training points falls below 1/2 for the last time, as a measurement of
            so many has it, geometric mean over the data sets that have one; None where more than one set in ten has
            none in ``delta``, as sets of few rows often have.
        n_points, ambient_dim, latent_dim: P, N, D.
    """

    t: NoiseLevel
    delta: Floats
    share: EstimatedCurve
    basin: MeasuredLevel | None
    n_points: int
    ambient_dim: int
    latent_dim: int

    def to_dict(self) -> dict[str, Any]:
        """Plain numbers: sizes, t, delta, share and basin with their errors."""
        plain: dict[str, Any] = {name: getattr(self, name) for name in ("n_points", "ambient_dim", "latent_dim")}
        plain |= {"t": float(self.t), "delta": self.delta.tolist()}
        plain |= {"share": self.share.value.tolist(), "share_stderr": self.share.stderr.tolist()}
        basin = self.basin
        return plain | {"basin": basin and basin.value, "basin_stderr": basin and basin.stderr}

    def __repr__(self) -> str:
        sizes = f"P={self.n_points}, N={self.ambient_dim}, D={self.latent_dim}"
        where = "no basin" if self.basin is None else f"basin {self.basin.value:.4g}"
        return f"FiniteSizeFlow({sizes}; t={float(self.t):.4g}: {where})"


def finite_size_flow(
    subject: Subject,
    n_points: int,
    t: SupportsFloat | None = None,
    delta: Sequence[float] | Floats = (0.0,),
    *,
    sigma: SupportsFloat | None = None,
    latent_dim: int | None = None,
    rows: int = _ROWS,
    n_sets: int = _SETS,
    seed: int = 0,
    progress: Progress | None = None,
) -> FiniteSizeFlow:
    """Share of training points that keep the gradient flow started at noise ``delta`` from them.

    No energy at the start tells it, so the flow is followed, among all points of drawn data sets, or, of more than 4000
    points of Gaussian data of known covariance (isometric, power law, one manifold), among places around each point
    that stand for the others: any number of points. It takes some 10 to 80 ms for each training point, longest where
    traps are about to close.

    Args:
        subject: As for `finite_size_curves`.
        n_points: P, at least 3.
        t, sigma: Noise variance at which the landscape is frozen, or its root.
        delta: Noise variances of the starts, at least 0; [0] asks which training points lie in a well.
        latent_dim: D; for functions and modules only.
        rows: Training points of a data set that are looked at; all where there are fewer.
        n_sets: Data sets, at least 4.
        seed: Of all draws.
        progress: Called with the stage, how many sets are done, and how many there are.

    Raises:
        InvalidInput: if the map, a size or a level cannot be used; for more than 50000 points of other data, for more
            than 4000 points on more than 200 dimensions.
        NotConverged: if a flow does not settle.

    Source: docs/explanation/finite-size-curves.md.

    >>> from remanifold.theory import HiddenFamily, finite_size_flow
    >>> isometric = HiddenFamily(20, 6, "linear", "isometric")
    >>> finite_size_flow(isometric, 55, t=2.55, n_sets=8).share[0].value < 0.3  # few lie in a well at this size
    True
    """
    level, starts = noise_variance(t, sigma), _starts(delta)
    require(
        1e-30 < level < 1e30,
        "gradient flow needs a noise variance t above 0, from 1e-30 to 1e30",
        float(level),
        "give the data in other units",
    )
    n_points = whole("`n_points`", n_points, least=3)
    looked_at = min(whole("`rows`", rows, least=1, example=_ROWS), n_points)
    sets = whole("`n_sets`", n_sets, least=_FEWEST_SETS, example=_SETS)
    draw, ambient, dim = _draw(subject, n_points, float(level), starts, latent_dim, looked_at)
    told, shares = progress or silent, np.empty((sets, len(starts)))
    for k in range(sets):
        told("gradient flow", k, sets)
        around = draw(k, generator(seed, f"gradient flow/set {k}"))
        shares[k] = np.concatenate([some.kept(float(level)) for some in around]).mean(axis=0)
    told("gradient flow", sets, sets)
    means = [mean_estimate(column) for column in shares.T]
    wide, starts_of = _student(sets), sets * looked_at
    errors = np.array([max(wide * one.stderr, _least_error(one.value, starts_of)) for one in means])
    curve = EstimatedCurve(shares.mean(axis=0), errors, np.zeros(len(starts)), sets * looked_at)
    return FiniteSizeFlow(level, starts, curve, _basin(starts, shares), n_points, ambient, dim)


def _student(n: int) -> float:
    """Standard deviation of Student's law of a mean of ``n`` numbers, over that of the normal law."""
    return math.sqrt((n - 1) / (n - 3))


def _least_error(share: float, n: int) -> float:
    """That of n independent starts, of which one more might have ended otherwise: few sets may agree by chance."""
    return max(math.sqrt(share * (1 - share) / n), 1 / (n + 2))


def _starts(delta: Sequence[float] | Floats) -> Floats:
    try:
        given = np.asarray(delta, dtype=np.float64)
    except (TypeError, ValueError):
        given = np.empty(0)
    starts = np.unique(given)
    if not given.size or given.ndim != 1 or not (np.isfinite(starts) & (starts >= 0)).all():
        raise refusal("`delta` must be noise variances of at least 0", delta, "pass e.g. delta=[0, 0.5, 1]")
    return starts


def _draw(
    subject: Subject, n_points: int, t: float, delta: Floats, latent_dim: int | None, rows: int
) -> tuple[Draw, int, int]:
    """How sets are drawn; N; D."""
    spectrum = known_spectrum(subject, n_points)
    if spectrum is not None:
        if n_points > _ALL_DRAWN:
            need = f"gradient flow among that many points needs at most {_LARGEST_DIM} dimensions of the manifold"
            require(len(spectrum) <= _LARGEST_DIM, need, len(spectrum), "give a smaller manifold")

        def near(k: int, random: np.random.Generator) -> list[Surroundings]:
            if n_points > _ALL_DRAWN:
                return [of_gaussian_point(spectrum, n_points, t, delta, random) for _ in range(rows)]
            points = np.sqrt(spectrum) * random.standard_normal((n_points, len(spectrum)))
            return [of_set(points, rows, delta, random)]

        return near, ambient_dim_of(subject, None), len(spectrum)
    need = f"gradient flow needs at most {_MOST_DRAWN} points of data like these, which are all drawn"
    got = f"e^{math.log(n_points):.4g}"
    require(n_points <= _MOST_DRAWN, need, got, "measure a data set instead, with `remanifold.measures.basins`")
    family = subject if isinstance(subject, HiddenFamily) else sampled_map(subject, latent_dim)
    points_of = points_of_family(family)

    def all_of(k: int, random: np.random.Generator) -> list[Surroundings]:
        points = points_of(k, random.standard_normal((n_points, family.latent_dim)))
        return [of_set(points, rows, delta, random)]

    return all_of, family.ambient_dim, family.latent_dim


def _basin(delta: Floats, shares: Floats) -> MeasuredLevel | None:
    """Where the share of each set falls below 1/2 for the last time."""
    logs = []
    for share in shares[:, delta > 0]:
        below = np.flatnonzero((share[:-1] >= 0.5) & (share[1:] < 0.5))
        if len(below):
            k, x = below[-1], np.log(delta[delta > 0])
            logs.append(x[k] + (x[k + 1] - x[k]) * (share[k] - 0.5) / (share[k] - share[k + 1]))
    if len(logs) < max(_FEWEST_SETS, _MOST * len(shares)):
        return None
    error = _student(len(logs)) * float(np.std(logs, ddof=1)) / math.sqrt(len(logs))
    return MeasuredLevel.from_log(Estimate(float(np.mean(logs)), error, len(logs)))
