"""What the caller of `remanifold.phases` described: a load and a landscape, resolved from one of three descriptions."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from numbers import Integral, Real
from typing import Any

from remanifold._core.errors import InvalidInput, refusal, require
from remanifold.theory.landscapes.hidden import landscape_for, require_ensemble
from remanifold.theory.landscapes.linear import LinearLandscape
from remanifold.theory.landscapes.replica.landscape import ReplicaLandscape

_FEWEST_POINTS = 3
_LEAST_LOAD, _LARGEST_LOAD = 1e-12, 320.0  # per latent dimension; beyond, t leaves the range of doubles
_LEAST_NONLINEAR_LOAD = 1e-6  # below, the entropy of nearly equal weights drowns in the round-off of quadratures
_LARGEST_DIM = 10**15
_SIZES = ("load", "latent_ratio", "n_points", "ambient_dim", "latent_dim")
_DESCRIPTIONS = (
    "pass `load` and `latent_ratio`, or `n_points`, `ambient_dim` and `latent_dim`, or `spectrum` and `n_points`"
)


@dataclass(frozen=True)
class Scenario:
    """A load and the landscape it fills.

    Attributes:
        landscape: Spectrum of the data, or the replica landscape of a nonlinear manifold.
        load: log(P)/N, nats per ambient dimension.
        ensemble: "gaussian", "isometric", "power-law", or "spectrum" for a list of eigenvalues.
        ambient_dim, latent_dim, n_points: N, D and P where they are known.
    """

    landscape: LinearLandscape | ReplicaLandscape
    load: float
    ensemble: str
    ambient_dim: int | None = None
    latent_dim: int | None = None
    n_points: int | None = None


def resolve(given: Mapping[str, Any]) -> Scenario:
    """The scenario that the arguments of `remanifold.phases` describe.

    Raises:
        InvalidInput: if they describe none, or two, or one outside the range of the theory.
    """
    named = [name for name in _SIZES if given[name] is not None]
    if given["spectrum"] is not None:
        scenario = _from_spectrum(given, named)
    elif named == ["load", "latent_ratio"]:
        scenario = _from_ratios(given)
    elif named == ["n_points", "ambient_dim", "latent_dim"]:
        scenario = _from_counts(given)
    else:
        raise InvalidInput(f"one description of the data is needed, but got {_names(named)}; {_DESCRIPTIONS}.")
    _require_load(scenario)
    return scenario


def _from_ratios(given: Mapping[str, Any]) -> Scenario:
    load, ratio, ensemble = given["load"], given["latent_ratio"], given["ensemble"]
    _require_number("the load", load, "pass log(P)/N")
    require(0 < load < math.inf, "the load must be a positive finite number", load, "pass log(P)/N")
    _require_number("the latent ratio", ratio, "pass D/N")
    return Scenario(landscape_for(ratio, given["activation"], ensemble, given["exponent"]), load, ensemble)


def _from_counts(given: Mapping[str, Any]) -> Scenario:
    ensemble = given["ensemble"]
    ambient_dim = _whole("ambient_dim", given["ambient_dim"])
    latent_dim = _whole("latent_dim", given["latent_dim"])
    load = _load_of(given["n_points"], ambient_dim)
    need = f"`latent_dim` must be at most `ambient_dim`, {ambient_dim}"
    require(latent_dim <= ambient_dim, need, latent_dim, "the data cannot fill more dimensions than they have")
    require_ensemble(ensemble, given["exponent"], given["activation"])
    if ensemble == "power-law":  # its limit depends on D
        landscape = LinearLandscape.power_law(latent_dim, ambient_dim, given["exponent"])
    else:
        landscape = landscape_for(latent_dim / ambient_dim, given["activation"], ensemble)
    return Scenario(landscape, load, ensemble, ambient_dim, latent_dim, int(given["n_points"]))


def _from_spectrum(given: Mapping[str, Any], named: Sequence[str]) -> Scenario:
    others = [name for name in named if name not in ("n_points", "ambient_dim")]
    others += ["exponent"] if given["exponent"] is not None else []
    others += ["ensemble"] if given["ensemble"] != "gaussian" else []
    others += ["activation"] if given["activation"] != "linear" else []
    do = "leave the others out, because the spectrum takes their place"
    if others:
        raise refusal("`spectrum` goes with `n_points` and `ambient_dim` only", _names(others), do)
    require("n_points" in named, "`spectrum` needs the number of data points", "none", "pass `n_points`")
    whole = None if given["ambient_dim"] is None else _whole("ambient_dim", given["ambient_dim"])
    landscape = LinearLandscape.from_eigenvalues(given["spectrum"], whole)
    ambient_dim = len(given["spectrum"]) if whole is None else whole
    load = _load_of(given["n_points"], ambient_dim)
    return Scenario(landscape, load, "spectrum", ambient_dim, len(landscape.eigenvalues), int(given["n_points"]))


def _load_of(n_points: Any, ambient_dim: int) -> float:
    good = isinstance(n_points, Integral) and int(n_points) >= _FEWEST_POINTS
    do = "fewer points have no collapse to speak of"
    if not good:
        raise refusal(f"`n_points` must be a whole number of at least {_FEWEST_POINTS}", n_points, do)
    return math.log(int(n_points)) / ambient_dim


def _require_number(name: str, value: Any, do: str) -> None:
    if not isinstance(value, Real):
        raise refusal(f"{name} must be a number", repr(value), do)


def _names(named: Sequence[str]) -> str:
    return " and ".join(f"`{name}`" for name in named) or "nothing"


def _whole(name: str, value: Any) -> int:
    good = isinstance(value, Integral) and 1 <= int(value) <= _LARGEST_DIM
    if not good:
        raise refusal(f"`{name}` must be a whole number from 1 to {_LARGEST_DIM}", value, "pass a number of dimensions")
    return int(value)


def _require_load(scenario: Scenario) -> None:
    per_latent = scenario.load / scenario.landscape.latent_ratio
    least = _LEAST_LOAD if isinstance(scenario.landscape, LinearLandscape) else _LEAST_NONLINEAR_LOAD
    if not (least <= per_latent <= _LARGEST_LOAD):
        raise refusal(
            f"the load per latent dimension, log(P)/D, must be from {least:g} to {_LARGEST_LOAD:g}",
            f"{per_latent:g}",
            "beyond it the times leave the range of floating-point numbers, so change the load",
        )
