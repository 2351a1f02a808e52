"""The phases on one logarithmic noise axis, as positions in per cent for the page's strip (no script needed)."""

import math
from dataclasses import dataclass
from itertools import pairwise

from remanifold.audits.answers.noise import sampler_stop, untraceable_stop
from remanifold.audits.answers.numbers import number
from remanifold.audits.pages.figures import marks_of
from remanifold.audits.records.audit import AuditRecord
from remanifold.plots import round_numbers

_MARGIN = math.log(3.0)  # the axis reaches a factor 3 beyond the outermost mark
_NAMES = {
    "generalization": ("g", "best fit"),
    "inside": ("g", "best fit"),
    "collapse": ("c", "collapse"),
    "untraceable": ("1", "first row collapses"),
    "onset": ("o", "traps begin"),
    "sampler": ("s", "your sampler ends"),
}

_PHASES = (  # kind, name, meaning; from low to high noise
    ("memorizing", "Memorizing", "the average noised row is denoised back to its own training row"),
    ("traps", "Traps exist", "on average paths from a training row fall back into it, typical paths do not"),
    ("no-traps", "Few traps", "on average no row attracts, though single exposed rows still can; far up, nearly noise"),
)


@dataclass(frozen=True)
class Phase:
    """A stretch of the axis: where it starts and how wide it is (per cent), its kind, its name and what it means."""

    left: float
    width: float
    kind: str
    name: str
    meaning: str


@dataclass(frozen=True)
class Pin:
    """A mark on the axis: place (per cent), kind, index of sigma, name, value."""

    left: float
    kind: str
    index: str
    name: str
    value: str


@dataclass(frozen=True)
class Strip:
    """The whole axis: phases, pins and (place, label) ticks."""

    phases: tuple[Phase, ...]
    pins: tuple[Pin, ...]
    ticks: tuple[tuple[float, str], ...]


def phase_strip(report: AuditRecord) -> Strip | None:
    """The strip of ``report``; None where none of the three times exists."""
    sigmas = {name: mark[0] for name, mark in marks_of(report).items()}
    if not sigmas:
        return None
    pinned = _pinned(report, sigmas)
    low, high = math.log(min(pinned.values())) - _MARGIN, math.log(max(pinned.values())) + _MARGIN

    def place(sigma: float) -> float:
        return round(100 * (math.log(sigma) - low) / (high - low), 2)

    pins = tuple(
        Pin(place(sigma), name, *_NAMES[name], number(sigma))
        for name, sigma in sorted(pinned.items(), key=lambda item: item[1])
    )
    ticks = tuple((place(sigma), f"{sigma:g}") for sigma in round_numbers(1.05 * math.exp(low), math.exp(high) / 1.05))
    return Strip(_phases({name: place(sigma) for name, sigma in sigmas.items()}), pins, ticks)


def _pinned(report: AuditRecord, sigmas: dict[str, float]) -> dict[str, float]:
    """All marks: the times, with the best fit under another kind where it lies inside memorization, and both stops."""
    collapse = sigmas.get("collapse", 0.0)
    inside = sigmas.get("generalization", math.inf) < collapse
    pinned = {"inside" if inside and name == "generalization" else name: sigma for name, sigma in sigmas.items()}
    stop, last = untraceable_stop(report), sampler_stop(report)
    if stop is not None and stop.value > 0:
        pinned["untraceable"] = stop.sigma
    if last is not None:
        pinned["sampler"] = last
    return pinned


def _phases(places: dict[str, float]) -> tuple[Phase, ...]:
    collapse = places.get("collapse", 0.0)
    onset = max(places.get("onset", collapse), collapse)
    borders = (0.0, collapse, onset, 100.0)
    stretches = (Phase(low, round(high - low, 2), *_PHASES[i]) for i, (low, high) in enumerate(pairwise(borders)))
    return tuple(stretch for stretch in stretches if stretch.width > 0)
