"""The phases on one logarithmic noise axis, as positions in per cent for the page's strip (no script needed)."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise, product

from remanifold._core.estimate import Estimate
from remanifold.audits.answers.noise import sampler_stop, untraceable_stop
from remanifold.audits.answers.numbers import number
from remanifold.audits.noun import noun
from remanifold.audits.pages.figures import marks_of
from remanifold.audits.records.audit import AuditRecord
from remanifold.plots import round_numbers

_MARGIN = math.log(3.0)  # the axis reaches a factor 3 beyond the outermost mark
_NAMES = {
    "generalization": ("g", "best stop"),
    "collapse": ("c", "collapse"),
    "untraceable": ("1", "first {row} collapses"),
    "onset": ("o", "traps begin"),
    "sampler": ("s", "your sampler ends"),
}

_WHOLE, _LETTER = 100.0, 0.75  # per cent of a wide page

_PHASES = (  # kind, name, meaning; from low to high noise
    ("memorizing", "Memorizing", "the average noised {row} is denoised back to its own training {row}"),
    ("traps", "Traps exist", "on average paths from a training {row} fall back into it, typical paths do not"),
    (
        "no-traps",
        "Few traps",
        "on average no {row} attracts, though single exposed {row}s still can; far up, nearly noise",
    ),
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
    """A mark on the axis: place (per cent), kind, index of sigma, name, value, on which side of its line its label
    stands, and how high (0 the lowest)."""

    left: float
    kind: str
    index: str
    name: str
    value: str
    leftwards: bool = False
    level: int = 0


@dataclass(frozen=True)
class Memory:
    """A network's memory index over the axis, in per cent: its curve, its 95 % band, the heights of 0 and 1, words."""

    curve: str
    band: str
    none: float
    all: float
    words: str


@dataclass(frozen=True)
class Strip:
    """The whole axis: phases, pins, (place, label) ticks, and the memory of a network over it, or None."""

    phases: tuple[Phase, ...]
    pins: tuple[Pin, ...]
    ticks: tuple[tuple[float, str], ...]
    memory: Memory | None


def phase_strip(report: AuditRecord) -> Strip | None:
    """The strip of ``report``; None where none of the three times exists."""
    sigmas, row = {name: mark[0] for name, mark in marks_of(report).items()}, noun(report)
    if not sigmas:
        return None
    pinned = _pinned(report, sigmas)
    low, high = math.log(min(pinned.values())) - _MARGIN, math.log(max(pinned.values())) + _MARGIN

    def place(sigma: float) -> float:
        return round(100 * (math.log(sigma) - low) / (high - low), 2)

    pins = _spread(
        [
            Pin(place(sigma), name, *_named(name, row), number(sigma))
            for name, sigma in sorted(pinned.items(), key=lambda item: item[1])
        ]
    )
    ticks = tuple((place(sigma), f"{sigma:g}") for sigma in round_numbers(1.05 * math.exp(low), math.exp(high) / 1.05))
    phases = _phases({name: place(sigma) for name, sigma in sigmas.items()}, row)
    return Strip(phases, pins, ticks, _memory(report, place))


def _memory(report: AuditRecord, place: Callable[[float], float]) -> Memory | None:
    """The memory index at the levels of the axis; None where no network was audited or it has none there."""
    levels = () if report.model is None else report.model.levels
    known = [(place(math.sqrt(one.t)), one.index) for one in levels if one.index is not None]
    known = [(left, index) for left, index in known if 0 <= left <= _WHOLE]
    if not known:
        return None
    low, high = min(-0.1, *(index.value for _, index in known)), max(1.15, *(index.value for _, index in known))

    def points(steps: float, order: Sequence[tuple[float, Estimate]] = known) -> str:
        ends = [(left, index.value + (1.96 * steps * index.stderr if steps else 0.0)) for left, index in order]
        return " ".join(f"{left:g},{_height(min(high, max(low, end)), low, high):g}" for left, end in ends)

    band = f"{points(1)} {points(-1, known[::-1])}"
    words = f"the network's memory index from {number(known[0][1].value)} to {number(known[-1][1].value)}"
    return Memory(points(0), band, _height(0, low, high), _height(1, low, high), words)


def _height(value: float, low: float, high: float) -> float:
    """Per cent from the top."""
    return round(100 * (high - value) / (high - low), 2)


def _spread(pins: list[Pin]) -> tuple[Pin, ...]:
    """``pins``, from left to right, with sides and heights for their labels: as few lines as can be cross a label.

    Labels to the right fall in height from left to right, labels to the left rise: within either side no line crosses
    one. How many stand on which side, and which side stands higher, is tried.
    """

    def at(split: int, right_from: int, left_from: int) -> list[Pin]:
        right = [replace(pin, level=right_from + split - 1 - k) for k, pin in enumerate(pins[:split])]
        left = [replace(pin, leftwards=True, level=left_from + k) for k, pin in enumerate(pins[split:])]
        return right + left

    n = len(pins)
    ways = [at(k, *levels) for k in range(n + 1) for levels in ((0, k), (n - k, 0))]
    return tuple(min(ways, key=_crossings))


def _crossings(pins: Sequence[Pin]) -> tuple[int, int]:
    """How many labels leave a wide page, and how many are crossed by lines."""
    ends = [_label(pin) for pin in pins]
    outside = sum(low < 0 or high > _WHOLE for low, high in ends)
    crossed = 0
    for (pin, (low, high)), other in product(zip(pins, ends, strict=True), pins):
        crossed += low < other.left < high and other.level > pin.level
    return outside, crossed


def _label(pin: Pin) -> tuple[float, float]:
    """From where to where its label reaches."""
    width = _LETTER * len(f"{pin.name} σ{pin.index} = {pin.value}")
    return (pin.left - width, pin.left) if pin.leftwards else (pin.left, pin.left + width)


def _named(pin: str, row: str) -> tuple[str, str]:
    """Index of sigma, and name."""
    index, name = _NAMES[pin]
    return index, name.format(row=row)


def _pinned(report: AuditRecord, sigmas: dict[str, float]) -> dict[str, float]:
    """All marks: the times, where the first row collapses, and where the user's sampler ends."""
    pinned = dict(sigmas)
    stop, last = untraceable_stop(report), sampler_stop(report)
    if stop is not None and stop.value > 0:
        pinned["untraceable"] = stop.sigma
    if last is not None:
        pinned["sampler"] = last
    return pinned


def _phases(places: dict[str, float], row: str) -> tuple[Phase, ...]:
    collapse = places.get("collapse", 0.0)
    onset = max(places.get("onset", collapse), collapse)
    borders = (0.0, collapse, onset, 100.0)
    stretches = []
    for (kind, name, meaning), (low, high) in zip(_PHASES, pairwise(borders), strict=True):
        stretches.append(Phase(low, round(high - low, 2), kind, name, meaning.format(row=row)))
    return tuple(stretch for stretch in stretches if stretch.width > 0)
