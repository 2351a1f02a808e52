"""What the caller of `remanifold.phases` described: a load and a landscape, resolved from one of three descriptions."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from numbers import Integral, Real
from typing import Any

import numpy as np
from numpy.typing import NDArray

from remanifold._core.errors import InvalidInput, require
from remanifold.theory.spectrum import LinearLandscape

ENSEMBLES = ("gaussian", "isometric", "power-law")
_FEWEST_POINTS = 3
_LEAST_LOAD, _LARGEST_LOAD = 1e-12, 320.0  # per latent dimension; beyond, t leaves the range of doubles
_DESCRIPTIONS = (
    "pass load and latent_ratio, or n_points, ambient_dim and latent_dim, or a spectrum with n_points and ambient_dim"
)


@dataclass(frozen=True)
class Scenario:
    """A load and the landscape it fills.

    Attributes:
        landscape: Spectrum of the data.
        load: log(P)/N, nats per ambient dimension.
        ensemble: "gaussian", "isometric", "power-law", or "spectrum" for a list of eigenvalues.
        ambient_dim: N where it is known.
    """

    landscape: LinearLandscape
    load: float
    ensemble: str
    ambient_dim: int | None


def resolve(given: Mapping[str, Any]) -> Scenario:
    """The scenario that the arguments of `remanifold.phases` describe.

    Raises:
        InvalidInput: if they describe none, or two, or one outside the range of the theory.
    """
    _require_activation(given["activation"])
    named = {
        name for name in ("load", "latent_ratio", "n_points", "ambient_dim", "latent_dim") if given[name] is not None
    }
    if given["spectrum"] is not None:
        scenario = _from_spectrum(given, named)
    elif named == {"load", "latent_ratio"}:
        scenario = _from_ratios(given)
    elif named == {"n_points", "ambient_dim", "latent_dim"}:
        scenario = _from_counts(given)
    else:
        came = " and ".join(sorted(named)) or "none of them"
        raise InvalidInput(f"one description of the data is needed, but got {came}; {_DESCRIPTIONS}.")
    _require_load(scenario)
    return scenario


def _from_ratios(given: Mapping[str, Any]) -> Scenario:
    load, ratio, ensemble = given["load"], given["latent_ratio"], given["ensemble"]
    _require_number("the load", load, "pass log(P)/N")
    require(0 < load < math.inf, "the load must be a positive finite number", load, "pass log(P)/N")
    _require_number("the latent ratio", ratio, "pass D/N")
    _require_ensemble(ensemble, given["exponent"])
    if ensemble == "power-law":
        return Scenario(LinearLandscape.power_law_limit(ratio, given["exponent"]), load, ensemble, None)
    return Scenario(_of_ensemble(ensemble, ratio), load, ensemble, None)


def _from_counts(given: Mapping[str, Any]) -> Scenario:
    ensemble, latent_dim = given["ensemble"], given["latent_dim"]
    ambient_dim = _whole("ambient_dim", given["ambient_dim"], 1)
    latent_dim = _whole("latent_dim", latent_dim, 1)
    load = _load_of(given["n_points"], ambient_dim)
    require(
        latent_dim <= ambient_dim, f"latent_dim must be at most ambient_dim = {ambient_dim}", latent_dim, "lower it"
    )
    _require_ensemble(ensemble, given["exponent"])
    if ensemble == "power-law":
        return Scenario(
            LinearLandscape.power_law(latent_dim, ambient_dim, given["exponent"]), load, ensemble, ambient_dim
        )
    return Scenario(_of_ensemble(ensemble, latent_dim / ambient_dim), load, ensemble, ambient_dim)


def _from_spectrum(given: Mapping[str, Any], named: set[str]) -> Scenario:
    spectrum: Sequence[float] | NDArray[np.floating] = given["spectrum"]
    others = sorted(named - {"n_points", "ambient_dim"})
    do = "leave it out, because the spectrum itself says it"
    require(not others, "a spectrum goes with n_points and ambient_dim only", " and ".join(others), do)
    require("n_points" in named, "a spectrum needs n_points, the number of data points", "none", "pass n_points")
    require(given["exponent"] is None, "a spectrum needs no exponent", given["exponent"], do)
    ambient_dim = _whole("ambient_dim", given["ambient_dim"], 1) if "ambient_dim" in named else np.size(spectrum)
    landscape = LinearLandscape.from_eigenvalues(spectrum, ambient_dim)
    return Scenario(landscape, _load_of(given["n_points"], ambient_dim), "spectrum", ambient_dim)


def _of_ensemble(ensemble: str, latent_ratio: float) -> LinearLandscape:
    return (
        LinearLandscape.isometric(latent_ratio) if ensemble == "isometric" else LinearLandscape.gaussian(latent_ratio)
    )


def _load_of(n_points: Any, ambient_dim: int) -> float:
    return math.log(_whole("n_points", n_points, _FEWEST_POINTS)) / ambient_dim


def _require_number(name: str, value: Any, do: str) -> None:
    require(isinstance(value, Real), f"{name} must be a number", repr(value), do)


def _whole(name: str, value: Any, least: int) -> int:
    good = isinstance(value, Integral) and int(value) >= least
    require(good, f"{name} must be a whole number of at least {least}", value, "correct it")
    return int(value)


def _require_ensemble(ensemble: str, exponent: float | None) -> None:
    require(
        ensemble in ENSEMBLES, f"the ensemble must be one of {', '.join(ENSEMBLES)}", repr(ensemble), "pass one of them"
    )
    if ensemble == "power-law":
        require(
            exponent is not None, "a power-law ensemble needs the exponent a of l_i ~ i^-a", "none", "pass exponent"
        )
        _require_number("the exponent", exponent, "pass a in l_i ~ i^-a")
    else:
        do = "leave it out or choose the power-law ensemble"
        require(exponent is None, f"the {ensemble} ensemble has no exponent", exponent, do)


def _require_activation(activation: str) -> None:
    require(
        activation == "linear",
        "the theory of this version covers the linear activation only",
        repr(activation),
        "pass activation linear, or simulate the manifold and measure its noise profile",
    )


def _require_load(scenario: Scenario) -> None:
    per_latent = scenario.load / scenario.landscape.latent_ratio
    require(
        _LEAST_LOAD <= per_latent <= _LARGEST_LOAD,
        f"the load per latent dimension, log(P)/D, must be from {_LEAST_LOAD:g} to {_LARGEST_LOAD:g}",
        f"{per_latent:g}",
        "beyond it the times leave the range of floating-point numbers, so change the load",
    )
