"""What the caller of `remanifold.phases` described: a load and a landscape, resolved from one of three descriptions."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Any

import numpy as np

from remanifold._core.checks import number, whole
from remanifold._core.errors import InvalidInput, refusal, require
from remanifold._core.types import Floats
from remanifold.manifolds import Activation
from remanifold.manifolds.activations import activation_of
from remanifold.theory.landscapes.hidden import landscape_for, require_ensemble
from remanifold.theory.landscapes.linear import LinearLandscape
from remanifold.theory.landscapes.replica.landscape import ReplicaLandscape

_FEWEST_POINTS = 3
_LARGEST_LOAD = 320.0  # per latent dimension; beyond, t leaves the range of doubles
_LARGEST_DIM = 10**15
_WAYS = (("load", "latent_ratio"), ("n_points", "ambient_dim", "latent_dim"))
_SIZES = ("load", "latent_ratio", "n_points", "ambient_dim", "latent_dim")
_DESCRIPTIONS = (
    "pass `load` and `latent_ratio`, or `n_points`, `ambient_dim` and `latent_dim`, or `spectrum` and `n_points`"
)


@dataclass(frozen=True, eq=False)
class Description:
    """The arguments of `remanifold.phases`, as they came; numpy's numbers are made Python's.

    Attributes:
        load, latent_ratio: log(P)/N and D/N.
        n_points, ambient_dim, latent_dim: P, N and D.
        ensemble, activation, exponent: Of the hidden manifold.
        spectrum: Eigenvalues of the covariance, in the place of a manifold.
        basin_points: Number of noise levels on the basin's grid.
    """

    load: float | None
    latent_ratio: float | None
    n_points: int | None
    ambient_dim: int | None
    latent_dim: int | None
    ensemble: str
    activation: str | Activation
    exponent: float | None
    spectrum: Sequence[float] | Floats | None
    basin_points: int

    def __post_init__(self) -> None:
        for field in fields(self):
            value = getattr(self, field.name)
            if isinstance(value, np.generic):
                object.__setattr__(self, field.name, value.item())


@dataclass(frozen=True)
class Scenario:
    """A load and the landscape it fills.

    Attributes:
        landscape: Spectrum of the data, or the replica landscape of a nonlinear manifold; None where no asymptotic
            theory exists: a nonlinear manifold whose F is not Gaussian.
        load: log(P)/N, nats per ambient dimension.
        ensemble: "gaussian", "isometric", "power-law", or "spectrum" for a list of eigenvalues.
        ambient_dim, latent_dim, n_points: N, D and P where they are known.
        activation, exponent: Of the hidden manifold.
    """

    landscape: LinearLandscape | ReplicaLandscape | None
    load: float
    ensemble: str
    ambient_dim: int | None = None
    latent_dim: int | None = None
    n_points: int | None = None
    activation: str | Activation = "linear"
    exponent: float | None = None


def resolve(given: Description) -> Scenario:
    """The scenario that the arguments of `remanifold.phases` describe.

    Raises:
        InvalidInput: if they describe none, or two, or a size that cannot be.
    """
    named = [name for name in _SIZES if getattr(given, name) is not None]
    if given.spectrum is not None:
        scenario = _from_spectrum(given, given.spectrum, named)
    elif named == ["load", "latent_ratio"]:
        load = number("the load", given.load, above=0, do="pass log(P)/N")
        ratio = number("the latent ratio", given.latent_ratio, above=0, most=1, do="pass D/N")
        landscape = landscape_for(ratio, given.activation, given.ensemble, given.exponent)
        scenario = Scenario(landscape, load, given.ensemble)
    elif named == ["n_points", "ambient_dim", "latent_dim"]:
        scenario = _from_counts(given)
    else:
        raise InvalidInput(f"one description of the data is needed, but got {_names(named)}; {_rest(named)}.")
    return scenario


def _rest(named: Sequence[str]) -> str:
    """What completes the description that was begun; all descriptions where that could be any."""
    begun = [way for way in _WAYS if named and set(named) < set(way)]
    if not begun:
        return _DESCRIPTIONS
    other = ", or `spectrum`" if set(named) <= {"n_points", "ambient_dim"} and "n_points" in named else ""
    return f"pass {_names([name for name in begun[0] if name not in named])} too{other}"


def _from_counts(given: Description) -> Scenario:
    ambient_dim = _dimension("ambient_dim", given.ambient_dim)
    latent_dim = _dimension("latent_dim", given.latent_dim)
    n_points, load = _points(given.n_points, ambient_dim)
    if latent_dim > ambient_dim:
        need = f"`latent_dim` must be at most `ambient_dim`, {ambient_dim}"
        raise refusal(need, latent_dim, "the data cannot fill more dimensions than they have")
    require_ensemble(given.ensemble, given.exponent)
    landscape: LinearLandscape | ReplicaLandscape | None
    if given.activation != "linear" and given.ensemble != "gaussian":
        landscape = None
        activation_of(given.activation)
    elif given.ensemble == "power-law":  # its limit depends on D
        landscape = LinearLandscape.power_law(latent_dim, ambient_dim, float(given.exponent or 0.0))
    else:
        landscape = landscape_for(latent_dim / ambient_dim, given.activation, given.ensemble)
    return Scenario(
        landscape, load, given.ensemble, ambient_dim, latent_dim, n_points, given.activation, given.exponent
    )


def _from_spectrum(given: Description, spectrum: Sequence[float] | Floats, named: Sequence[str]) -> Scenario:
    others = [name for name in named if name not in ("n_points", "ambient_dim")]
    others += ["exponent"] if given.exponent is not None else []
    others += ["ensemble"] if given.ensemble != "gaussian" else []
    others += ["activation"] if given.activation != "linear" else []
    if others:
        do = "leave the others out, because the spectrum takes their place"
        raise refusal("`spectrum` goes with `n_points` and `ambient_dim` only", _names(others), do)
    require("n_points" in named, "`spectrum` needs the number of data points", "none", "pass `n_points`")
    own_dim = None if given.ambient_dim is None else _dimension("ambient_dim", given.ambient_dim)
    landscape = LinearLandscape.from_eigenvalues(spectrum, own_dim)
    ambient_dim = len(spectrum) if own_dim is None else own_dim
    n_points, load = _points(given.n_points, ambient_dim)
    return Scenario(landscape, load, "spectrum", ambient_dim, len(landscape.eigenvalues), n_points)


def _points(n_points: Any, ambient_dim: int) -> tuple[int, float]:
    """P and log(P)/N; fewer than three points have no collapse to speak of."""
    count = whole("`n_points`", n_points, least=_FEWEST_POINTS)
    return count, math.log(count) / ambient_dim


def _names(named: Sequence[str]) -> str:
    return " and ".join(f"`{name}`" for name in named) or "nothing"


def _dimension(name: str, value: Any) -> int:
    return whole(f"`{name}`", value, least=1, most=_LARGEST_DIM)


def require_load(scenario: Scenario) -> None:
    """Refuse a load at which the theory for large dimension, where there is one, has no times that doubles hold.

    Raises:
        InvalidInput: if log(P)/D is out of its range.
    """
    if scenario.landscape is None:
        return
    per_latent = scenario.load / scenario.landscape.latent_ratio
    least = scenario.landscape.least_load
    if not (least <= per_latent <= _LARGEST_LOAD):
        need = f"the load per latent dimension, log(P)/D, must be from {least:g} to {_LARGEST_LOAD:g}"
        do = "beyond it the times leave the range of floating-point numbers, so change the load"
        raise refusal(need, f"{per_latent:g}", do)
