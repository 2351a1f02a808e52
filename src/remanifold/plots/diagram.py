"""What the pictures of a phase diagram show, whichever library draws them: six planes with logarithmic colours."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from remanifold.plots.ticks import round_numbers
from remanifold.theory import PhaseDiagram

_MOST_TICKS = 7
_MOST_DECADES = 6  # of colours: what is a millionth of the highest is nothing beside it
_ROUND_OFF = 1e-9
LOAD_TITLE, RATIO_TITLE = "load log(P)/N (nats)", "latent ratio D/N (no unit)"
_PANELS = (
    ("t_onset", "onset of traps", "t_o", "noise variance t (data²)", "Below it every training point is a trap."),
    ("t_collapse", "collapse", "t_c", "noise variance t (data²)", "Below it samples belong to one training point."),
    ("t_generalization", "best stop", "t_g", "noise variance t (data²)", "Stop here: unseen data fit best."),
    (
        "collapse_over_onset",
        "collapse / onset",
        "t_c / t_o",
        "ratio (no unit)",
        "In between, there are traps that samples do not see.",
    ),
    (
        "generalization_over_collapse",
        "best stop / collapse",
        "t_g / t_c",
        "ratio (no unit)",
        "1: the best stop lies at the collapse; small: far below it.",
    ),
    (
        "generalization_over_onset",
        "best stop / onset",
        "t_g / t_o",
        "ratio (no unit)",
        "The whole range between first traps and best stop.",
    ),
)


@dataclass(frozen=True)
class Panel:
    """One plane.

    Attributes:
        key: Column of the diagram's table.
        title, symbol, unit, caption: Words; the symbol has _x for an index.
        x, y: (C,) and (R,) ascending values of the axes.
        x_title, y_title: Titles of the axes, with units.
        values: (R, C), nan where there is none.
        ticks: Round numbers for the colours and for the lines of equal value.
        limits: Values at the ends of the colours, which differ: at most six decades apart, 1 % beyond each.
    """

    key: str
    title: str
    symbol: str
    unit: str
    caption: str
    x: NDArray[np.float64]
    y: NDArray[np.float64]
    x_title: str
    y_title: str
    values: NDArray[np.float64]
    ticks: tuple[float, ...]
    limits: tuple[float, float]

    @property
    def is_time(self) -> bool:
        """Whether it shows a time, not a ratio."""
        return self.key.startswith("t_")

    def coordinates(self, load: float, latent_ratio: float) -> tuple[float, float]:
        """(x, y) of a load and a latent ratio."""
        return (load, latent_ratio) if self.x_title == LOAD_TITLE else (latent_ratio, load)

    def coordinates_of_axes(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """The loads and the latent ratios."""
        return (self.x, self.y) if self.x_title == LOAD_TITLE else (self.y, self.x)


def panels_of(diagram: PhaseDiagram, load_across: bool = True) -> list[Panel]:
    """Three times and their ratios; the load runs along x where ``load_across``, else along y."""
    across, up = np.argsort(diagram.loads), np.argsort(diagram.latent_ratios)
    loads, ratios = diagram.loads[across], diagram.latent_ratios[up]
    panels = []
    for key, title, symbol, unit, caption in _PANELS:
        values = (getattr(diagram, key) if key.startswith("t_") else diagram.ratio(key))[np.ix_(up, across)]
        limits = _limits(values)
        axes = (loads, ratios, LOAD_TITLE, RATIO_TITLE) if load_across else (ratios, loads, RATIO_TITLE, LOAD_TITLE)
        shown = values if load_across else values.T
        panels.append(Panel(key, title, symbol, unit, caption, *axes, shown, _ticks(limits), limits))
    return panels


def heading_of(diagram: PhaseDiagram) -> str:
    """One line that says which manifolds are shown."""
    law = diagram.ensemble if diagram.exponent is None else f"{diagram.ensemble} {diagram.exponent:g}"
    size = "" if diagram.ambient_dim is None else f", {diagram.ambient_dim} dimensions"
    return f"Phases of hidden manifolds: activation {diagram.activation}, ensemble {law}{size}"


def tick_text(value: float) -> str:
    """A round number as short text."""
    return f"{value:g}" if 1e-3 <= value < 1e4 else f"1e{round(math.log10(value))}"


def axis_ticks(values: NDArray[np.float64]) -> list[float]:
    """A few round numbers between the ends of a logarithmic axis."""
    low, high = float(values[0]), float(values[-1])
    if high < 4 * low:
        return round_numbers(low, high) if high > low else [low]
    decades = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    numbers = [float(f"{digit}e{decade}") for decade in decades for digit in (1, 2, 5)]
    few = [number for number in numbers if low * (1 - _ROUND_OFF) <= number <= high * (1 + _ROUND_OFF)]
    return few if len(few) <= _MOST_TICKS else round_numbers(low, high)


def inner_values(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """``values`` without the cells beside an empty one, where lines of equal value would fray."""
    padded = np.pad(values, 1, mode="edge")
    rows, columns = values.shape
    around = [padded[i : i + rows, j : j + columns] for i in range(3) for j in range(3)]
    return np.where(np.isfinite(around).all(0), values, np.nan)


def _limits(values: NDArray[np.float64]) -> tuple[float, float]:
    present = values[np.isfinite(values)]
    low, high = np.quantile(present, (0.01, 0.99)).tolist() if present.size else (1.0, 1.0)
    low = max(low, high / 10**_MOST_DECADES)
    return (low, high) if high > low * 1.001 else (low / 1.1, high * 1.1)


def _ticks(limits: tuple[float, float]) -> tuple[float, ...]:
    ticks = round_numbers(*limits)
    if len(ticks) < 2:
        step = 10.0 ** math.floor(math.log10((limits[1] - limits[0]) / 2))
        ticks = [round(k * step, 12) for k in range(math.ceil(limits[0] / step), math.floor(limits[1] / step) + 1)]
    return tuple(ticks[:: math.ceil(len(ticks) / _MOST_TICKS)])
