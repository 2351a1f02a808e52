"""`phases`: the three noise levels and the basins that theory predicts for a hidden manifold."""

import json
import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from remanifold._core.checks import number, whole
from remanifold._core.errors import InvalidInput, NotConverged, require
from remanifold._core.progress import Progress
from remanifold._core.tables import html_table
from remanifold._core.types import Floats
from remanifold._core.version import __version__
from remanifold.manifolds import Activation
from remanifold.manifolds.activations import output_std
from remanifold.noise import NoiseLevel
from remanifold.theory import times
from remanifold.theory.basin_curve import BasinCurve, basin_curve
from remanifold.theory.finite.prediction import ROUGHEST, SHARPEST, USUAL_ACCURACY, finite_size_of
from remanifold.theory.finite.size_times import FiniteSizeTimes
from remanifold.theory.landscapes.linear import LinearLandscape
from remanifold.theory.landscapes.replica.landscape import ReplicaLandscape
from remanifold.theory.scenario import Description, Scenario, require_load, resolve

SCHEMA_VERSION = "2"
_UNITS = {
    "t": "noise variance per coordinate, squared units of data whose coordinates have the standard deviation data_sd",
    "delta": "noise variance per coordinate, same unit as t",
    "radius": "Euclidean distance sqrt(ambient_dim * delta), in units of the data",
    "load": "log(number of points) / ambient dimension, nats",
    "data_sd": "standard deviation of a coordinate of the data on average, in the unit of the root of t",
}
_LABELS = {
    "t_onset": "onset of traps",
    "t_collapse": "collapse",
    "t_generalization": "best stop",
    "t_condensation": "condensation",
    "t_infinite_variance": "infinite variance",
}
_TIMES = tuple(_LABELS)
_SOLVED = ("t_onset", "t_collapse", "t_condensation")  # t_generalization is read off at t_condensation
_MOST_BASIN_POINTS = 100_000
_LEAST_SD, _MOST_SD = 1e-50, 1e50
_NOT_ASKED = "it was not asked for"
_NO_THEORY = "no theory for large dimension exists for a nonlinear manifold whose F is not gaussian"


_FEW_DIMENSIONS = (
    "with fewer than 3 latent dimensions the asymptotic theory does not hold, and its best stop can be several times "
    "too low; use the times of this size where there are any, else measure, with `remanifold audit` or `noise_profile`."
)


@dataclass(frozen=True, repr=False)
class Phases:
    """When a diffusion model that follows the empirical score memorizes, and when it generalizes best.

    All times are asymptotic (large dimension at fixed load), but for those in ``finite_size``. One that does not exist
    is None, its reason beside it.

    Attributes:
        t_onset: Noise level below which every training point is a trap.
        t_collapse: Noise level below which typical trajectories belong to one training point.
        t_generalization: Noise level at which the empirical density fits fresh points best: where to stop.
        t_condensation: Noise level below which a fresh point sees one training point only.
        t_infinite_variance: Noise level below which the empirical density at a fresh point has no variance, twice
            t_condensation.
        load: log(P)/N, nats.
        latent_ratio: D/N.
        ensemble: "gaussian", "isometric", "power-law" or "spectrum".
        activation: Name of g.
        basin: Basin of a training point on a grid of noise levels.
        parameters: The arguments that were given, by name.
        data_sd: Standard deviation of a coordinate of the data, on average, in the unit of sigma: 1 for linear
            manifolds, that of g for others; see `for_data`.
        is_rescaled: Whether all is in the unit of data of that standard deviation, by `for_data`.
        information_ceiling: Load above which no time exists, nats per dimension; None where there is no such load.
        replica: For a nonlinear manifold, by name of the time: overlaps m, q, Q, stability (replica symmetry holds
            below 1), residual of the equations, error of zeta, number of solutions; None for a linear one.
        finite_size: What an experiment of this P, N and D measures on average; mean of log t over F where F is drawn.
        t_onset_reason, t_collapse_reason, t_generalization_reason, t_condensation_reason, t_infinite_variance_reason:
            Why a time is None.
        finite_size_reason: Why ``finite_size`` is None.
        version: Of remanifold.
        schema_version: Of the JSON.
    """

    t_onset: NoiseLevel | None
    t_collapse: NoiseLevel | None
    t_generalization: NoiseLevel | None
    t_condensation: NoiseLevel | None
    t_infinite_variance: NoiseLevel | None
    load: float
    latent_ratio: float
    ensemble: str
    activation: str
    basin: BasinCurve
    parameters: dict[str, Any]
    data_sd: float
    information_ceiling: float | None = None
    replica: dict[str, dict[str, Any]] | None = None
    finite_size: FiniteSizeTimes | None = None
    t_onset_reason: str | None = None
    t_collapse_reason: str | None = None
    t_generalization_reason: str | None = None
    t_condensation_reason: str | None = None
    t_infinite_variance_reason: str | None = None
    finite_size_reason: str | None = None
    version: str = __version__
    schema_version: str = SCHEMA_VERSION
    is_rescaled: bool = False

    @property
    def notes(self) -> tuple[str, ...]:
        """What to know before these times are used: that the theory does not hold below 3 latent dimensions."""
        latent_dim = self.parameters.get("latent_dim")
        return (_FEW_DIMENSIONS,) if latent_dim is not None and latent_dim < 3 else ()

    def for_data(self, data_sd: float) -> "Phases":
        """The same in the unit of your data: levels, steps of schedules, basin and the times at this size.

        Args:
            data_sd: Standard deviation of a coordinate of your data, such as 0.5.

        Raises:
            InvalidInput: if it is not a positive number.

        >>> import remanifold
        >>> answer = remanifold.phases(load=0.2, latent_ratio=0.3)
        >>> round(answer.for_data(0.5).t_collapse.sigma / answer.t_collapse.sigma, 6)
        0.5
        """
        share = number("the standard deviation of the data", data_sd, above=0, do="pass e.g. 0.5") / self.data_sd
        need = f"the standard deviation of the data must lie between {_LEAST_SD:g} and {_MOST_SD:g}"
        require(_LEAST_SD <= data_sd <= _MOST_SD, need, data_sd, "give the data another unit")
        levels = {name: level for name in _TIMES if (level := getattr(self, name)) is not None}
        basin, finite = self.basin, self.finite_size
        return replace(
            self,
            **{name: NoiseLevel(float(level) * share**2) for name, level in levels.items()},
            basin=BasinCurve(
                tuple(t * share**2 for t in basin.t),
                tuple(delta * share**2 for delta in basin.delta),
                None if basin.radius is None else tuple(r * share for r in basin.radius),
            ),
            finite_size=None if finite is None else finite.scaled(share),
            data_sd=self.data_sd * share,
            is_rescaled=True,
        )

    def to_dict(self) -> dict[str, Any]:
        """Plain dictionaries, lists, numbers and text; each time is {"value", "clocks"} or None.

        The times within "finite_size" have "stderr" besides, their numerical error, and "effort_shift", the part of it
        that more sampling would move.
        """
        plain: dict[str, Any] = {}
        for name in _TIMES:
            level: NoiseLevel | None = getattr(self, name)
            plain[name] = None if level is None else {"value": float(level), "clocks": level.clocks()}
            plain[f"{name}_reason"] = getattr(self, f"{name}_reason")
        plain["finite_size"] = None if self.finite_size is None else self.finite_size.to_dict()
        plain["finite_size_reason"] = self.finite_size_reason
        for name in ("load", "latent_ratio", "ensemble", "activation", "data_sd"):
            plain[name] = getattr(self, name)
        radius = None if self.basin.radius is None else list(self.basin.radius)
        plain["basin"] = {"t": list(self.basin.t), "delta": list(self.basin.delta), "radius": radius}
        plain |= {"information_ceiling": self.information_ceiling, "replica": self.replica}
        plain |= {"parameters": dict(self.parameters), "units": dict(_UNITS)}
        plain |= {"notes": list(self.notes)}
        return plain | {"version": self.version, "schema_version": self.schema_version}

    def to_json(self) -> str:
        """Strict JSON text (no NaN or infinity), two-space indent."""
        return json.dumps(self.to_dict(), indent=2, allow_nan=False)

    def __repr__(self) -> str:
        levels = ((name, getattr(self, name)) for name in _TIMES)
        times = ", ".join(f"{name}={'None' if level is None else format(level.value, '.4g')}" for name, level in levels)
        kind = f"{self.ensemble}, {self.activation}, load={self.load:.4g}, D/N={self.latent_ratio:.4g}"
        return f"Phases({kind}, data_sd={self.data_sd:.4g}: {times})"

    def _repr_html_(self) -> str:
        reasons = {name: getattr(self, f"{name}_reason") for name in _LABELS}
        rows = [_html_row(label, getattr(self, name), reasons[name]) for name, label in _LABELS.items()]
        if self.finite_size is None:
            rows.append(("at this size", "none", self.finite_size_reason))
        else:
            for name in ("t_onset", "t_collapse", "t_generalization"):
                rows.append(_html_row(f"{_LABELS[name]}, at this size", getattr(self.finite_size, name), None))
        title = f"{self.ensemble}, {self.activation}; load {self.load:.4g}, latent ratio {self.latent_ratio:.4g}"
        return html_table(title, ("", "t", "sigma"), rows)


def phases(
    *,
    load: float | None = None,
    latent_ratio: float | None = None,
    n_points: int | None = None,
    ambient_dim: int | None = None,
    latent_dim: int | None = None,
    ensemble: str = "gaussian",
    activation: str | Activation = "linear",
    exponent: float | None = None,
    spectrum: Sequence[float] | Floats | None = None,
    basin_points: int = 48,
    finite_size: bool = True,
    accuracy: float = USUAL_ACCURACY,
    threads: int | None = None,
    progress: Progress | None = None,
) -> Phases:
    """Predict onset, collapse and best generalization of a hidden manifold: for large sizes, and for the size given.

    Describe the data in one of three ways: ``load`` and ``latent_ratio``; ``n_points``, ``ambient_dim`` and
    ``latent_dim``; or ``spectrum`` with ``n_points`` and ``ambient_dim``.

    Main arguments:
        load: log(P)/N, positive; P points in N dimensions.
        latent_ratio: D/N in (0, 1]; D dimensions of the manifold.
        n_points: P, at least 3.
        ambient_dim: N; with a spectrum it defaults to the length of the list.
        latent_dim: D, from 1 to N.
        spectrum: (<= N,) eigenvalues of the data's covariance, any unit; t then has that unit.

    Other arguments:
        ensemble: "gaussian" (F with iid entries), "isometric" (orthogonal columns) or "power-law"; trace/N = 1 in all.
        activation: Name in `remanifold.manifolds.ACTIVATIONS`, or a vectorised function; other than linear, the theory
            for large sizes covers the gaussian ensemble only, that of a given size every one.
        exponent: a of the power law l_i ~ i^-a; at most 0.95 where ``latent_dim`` is not given.
        basin_points: Number of noise levels on the basin's grid.
        finite_size: Whether the times at the given size are wanted: instant for linear manifolds of 3 latent dimensions
            or more; seconds to minutes, growing with D, for all others.
        accuracy: Relative error of t aimed at where they take time, 0.002 to 0.3.
        threads: Of what takes time; all cores by default. They change no result.
        progress: Called with the stage, and how many of its hundred parts are done.

    Raises:
        InvalidInput: if the description is incomplete, contradictory or out of range.
        NotConverged: if a root lies outside the range of floating-point numbers, or of the replica solver, and the
            size given has no answer either; where it has one, the reason stands beside the times that are None.

    Source: arXiv 2502.09578 for the ideas; theory.md sections 4 and 5, docs/explanation/finite-size.md.

    >>> import remanifold
    >>> round(remanifold.phases(load=0.2, latent_ratio=0.3).t_collapse.sigma, 4)
    1.03
    >>> answer = remanifold.phases(n_points=2981, ambient_dim=40, latent_dim=12, ensemble="isometric")
    >>> print(f"{answer.t_collapse.sigma:.3f} for large sizes, {answer.finite_size.t_collapse.sigma:.3f} for this one")
    1.092 for large sizes, 1.185 for this one

    See also:
        `remanifold.phase_diagram` for a plane of them, `remanifold.HiddenManifold` and `remanifold.noise_profile` to
        measure what is predicted here, `remanifold.theory` for the functions behind it.
    """
    given = Description(
        load=load,
        latent_ratio=latent_ratio,
        n_points=n_points,
        ambient_dim=ambient_dim,
        latent_dim=latent_dim,
        ensemble=ensemble,
        activation=activation,
        exponent=exponent,
        spectrum=spectrum,
        basin_points=whole("`basin_points`", basin_points, least=2, most=_MOST_BASIN_POINTS, example=48),
    )
    if threads is not None:
        whole("`threads`", threads, least=1, example=2)
    share = number("`accuracy`", accuracy, least=SHARPEST, most=ROUGHEST, do="pass e.g. 0.03, an error of 3 %")
    scenario = resolve(given)
    limit, refused = _limit_or_refusal(scenario, given.basin_points)
    found, no_finite_size = (None, _NOT_ASKED)
    if finite_size and (refused is None or scenario.n_points is not None):
        found, no_finite_size = finite_size_of(scenario, share, progress, threads)
    if refused is not None and found is None:
        raise refused
    echo = _echo(given, scenario.ensemble, scenario.ambient_dim)
    echo["accuracy"] = share
    return Phases(
        **limit,
        load=scenario.load,
        ensemble=scenario.ensemble,
        activation=echo["activation"],
        parameters=echo,
        data_sd=_sd(scenario, given),
        finite_size=found,
        finite_size_reason=no_finite_size,
    )


def _sd(scenario: Scenario, given: Description) -> float:
    """Standard deviation of a coordinate, on average, in the unit of the answers."""
    if given.spectrum is None:
        return output_std(given.activation)
    eigenvalues = np.asarray(given.spectrum, dtype=np.float64)
    return math.sqrt(float(eigenvalues.sum()) / (scenario.ambient_dim or len(eigenvalues)))


def _limit_or_refusal(
    scenario: Scenario, basin_points: int
) -> tuple[dict[str, Any], InvalidInput | NotConverged | None]:
    """The fields of `Phases` for large dimension, and its refusal: the size given may have an answer all the same."""
    if scenario.landscape is None:
        return _no_limit(scenario, _NO_THEORY), None
    try:
        require_load(scenario)
        return _asymptotic(scenario, scenario.landscape, basin_points), None
    except (InvalidInput, NotConverged) as error:
        return _no_limit(scenario, str(error).rstrip(".")), error


def _no_limit(scenario: Scenario, reason: str) -> dict[str, Any]:
    reasons = {f"{name}_reason": reason for name in _TIMES}
    ratio = (scenario.latent_dim or 0) / (scenario.ambient_dim or 1)
    return {**dict.fromkeys(_TIMES), **reasons, "latent_ratio": ratio, "basin": BasinCurve((), (), ())}


def _asymptotic(scenario: Scenario, landscape: LinearLandscape | ReplicaLandscape, basin_points: int) -> dict[str, Any]:
    """The fields of `Phases` that the theory for large dimension gives."""
    reason = times.why_never(landscape, scenario.load)
    variances = {name: getattr(times, name)(landscape, scenario.load) for name in _TIMES}
    levels: dict[str, Any] = {name: None if t is None else NoiseLevel(t) for name, t in variances.items()}
    points = {name: (1 / level.value, level.value) for name, level in levels.items() if level is not None}
    points = {name: (lam, t if name == "t_collapse" else 0.0) for name, (lam, t) in points.items() if name in _SOLVED}
    ceiling = landscape.information_ceiling
    return {
        **levels,
        **{f"{name}_reason": reason for name in _TIMES},
        "latent_ratio": landscape.latent_ratio,
        "basin": basin_curve(landscape, scenario.load, scenario.ambient_dim, basin_points),
        "information_ceiling": ceiling if ceiling < math.inf else None,
        "replica": landscape.certificates(points),
    }


def _echo(given: Description, ensemble: str, ambient_dim: int | None) -> dict[str, Any]:
    activation = given.activation
    name = activation if isinstance(activation, str) else getattr(activation, "__name__", type(activation).__name__)
    echo = vars(given) | {"ensemble": ensemble, "ambient_dim": ambient_dim, "activation": name}
    if given.spectrum is not None:
        echo["spectrum"] = [float(l) for l in given.spectrum]
    return echo


def _html_row(label: str, level: NoiseLevel | None, reason: str | None) -> tuple[str, str, str | None]:
    return (label, "none", reason) if level is None else (label, f"{level.value:.5g}", f"{level.sigma:.5g}")
