"""Other readings of one network: other prediction types, clocks and scales, to find what a wrong adaptor mistook."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any, get_args

import numpy as np
from numpy.typing import NDArray

from remanifold.networks.clocks import CLOCKS, Clock, clock_of
from remanifold.networks.network import Network
from remanifold.networks.network_denoiser import NetworkDenoiser, Predicts
from remanifold.noise import SCHEDULE_NAMES
from remanifold.scores.denoiser import Denoiser

Units = tuple[float, float]
_RANGES = {"0..255": (0.0, 255.0), "-1..1": (-1.0, 1.0), "0..1": (0.0, 1.0)}
_DIFFUSERS = {"noise": "epsilon", "denoised": "sample", "velocity": "v_prediction"}


@dataclass(frozen=True, eq=False)
class Suspect:
    """Another reading of a network.

    Attributes:
        cause: What would be wrong: "the prediction type", "the clock", "the scale of the data", or two of them.
        reading: The other reading, in words.
        denoiser: The network read so.
        units: A row is units[0] times the network's numbers plus units[1].
    """

    cause: str
    reading: str
    denoiser: NetworkDenoiser
    units: Units = (1.0, 0.0)

    def __call__(self, x: NDArray[np.float64], t: float, labels: Any = None) -> NDArray[np.float64]:
        """Posterior mean in the units of the data."""
        scale, shift = self.units
        return np.asarray(scale * self.denoiser((x - shift) / scale, t / scale**2, labels) + shift, np.float64)


def as_network(denoiser: Denoiser) -> NetworkDenoiser:
    """``denoiser`` itself, or what it returns as the output of a network that is told the noise variance."""
    if isinstance(denoiser, NetworkDenoiser):
        return denoiser
    call: Callable[..., Any] = denoiser

    def told(y: Any, t: Any, labels: Any) -> Any:
        noise = float(t[0]) if (t == t[0]).all() else t
        return call(y, noise) if labels is None else call(y, noise, labels)

    network = Network(told, takes="numpy")
    return NetworkDenoiser(network, "denoised", CLOCKS["variance"], type(denoiser).__name__)


def single_suspects(denoiser: NetworkDenoiser, rows: NDArray[np.float64]) -> list[Suspect]:
    """All readings of ``denoiser`` that differ in one thing; ``rows`` (n, ...) tell which scales are possible."""
    others = [kind for kind in get_args(Predicts) if kind != denoiser.predicts]
    kinds = [Suspect("the prediction type", _kind_words(kind), replace(denoiser, predicts=kind)) for kind in others]
    clocks = [Suspect("the clock", words, replace(denoiser, clock=clock)) for words, clock in _clocks(denoiser.clock)]
    scales = [Suspect("the scale of the data", words, denoiser, units) for words, units in _units(rows)]
    return [*kinds, *clocks, *scales]


def double_suspects(denoiser: NetworkDenoiser, rows: NDArray[np.float64]) -> Iterator[Suspect]:
    """All readings that differ in two things."""
    singles = single_suspects(denoiser, rows)
    for first in singles:
        for second in singles:
            if first.cause == "the prediction type" and second.cause == "the clock":
                both = replace(second.denoiser, predicts=first.denoiser.predicts)
            elif first.cause != "the scale of the data" and second.cause == "the scale of the data":
                both = first.denoiser
            else:
                continue
            cause, reading = (f"{a} and {b}" for a, b in ((first.cause, second.cause), (first.reading, second.reading)))
            yield Suspect(cause, reading, both, second.units)


def _kind_words(kind: str) -> str:
    also = f" ({_DIFFUSERS[kind]} in diffusers)" if kind in _DIFFUSERS else ""
    return f"predicts={kind!r}{also}"


def _clocks(own: Clock) -> list[tuple[str, Clock]]:
    """Clocks by name that are not ``own``, and its own steps with an input that is not scaled."""
    readings = [(f"clock={name!r}", clock_of(name)) for name in (*CLOCKS, *SCHEDULE_NAMES) if name != own.name]
    readings = [(words, clock) for words, clock in readings if not _alike(clock, own)]
    if own.levels is not None and own.path != "exploding":
        readings.append(("the same steps with the input x itself, not scaled", replace(own, path="exploding")))
    return readings


def _alike(clock: Clock, own: Clock) -> bool:
    if clock.levels is None or own.levels is None or len(clock.levels) != len(own.levels):
        return False
    return clock.path == own.path and bool(np.allclose(clock.levels, own.levels, rtol=1e-2))


def _units(rows: NDArray[np.float64]) -> list[tuple[str, Units]]:
    """From the scale that the rows can have to those that a network may want, standardised ones last."""
    least, most = float(rows.min()), float(rows.max())
    scales = []
    for here, (low, high) in _RANGES.items():
        slack = 0.01 * (high - low)
        if not (low - slack <= least and most <= high + slack and most - least > 0.02 * (high - low)):
            continue
        for there, (bottom, top) in _RANGES.items():
            scale = (high - low) / (top - bottom)
            units = (scale, low - scale * bottom)
            if there != here and units not in [known for _, known in scales]:
                scales.append((f"rows of {here} brought to {there}", units))
    spread = float(rows.std())
    if spread > 0:
        scales.append(("rows brought to mean 0 and standard deviation 1", (spread, float(rows.mean()))))
    return scales
