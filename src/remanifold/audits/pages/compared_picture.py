"""Index and losses of compared models as inline pictures: no script, no library."""

from collections.abc import Sequence
from dataclasses import dataclass

from remanifold._core.estimate import Estimate
from remanifold.audits.answers.compared import shown_name
from remanifold.audits.records.compared import ComparisonRecord
from remanifold.plots.ticks import round_steps

_LEFT, _RIGHT, _TOP, _BOTTOM = 64.0, 628.0, 14.0, 216.0
_LABELS = 8  # at most


@dataclass(frozen=True)
class DrawnLine:
    """Points "x,y x,y ...", and the bars (x, upper end, lower end) of their 95 % intervals."""

    name: str
    points: str
    bars: tuple[tuple[float, float, float], ...]


@dataclass(frozen=True)
class Panel:
    """An SVG 640 wide and 262 high: its lines, and place and label of the marks of both axes."""

    title: str
    lines: tuple[DrawnLine, ...]
    rows: tuple[tuple[float, str], ...]
    ticks: tuple[tuple[float, str], ...]


def drawn_models(report: ComparisonRecord) -> tuple[Panel, ...]:
    """The memory index, where it is known, and both losses over the models, evenly spaced in their order."""
    every = max(1, -(-len(report.models) // _LABELS))
    steps = all(model.step is not None for model in report.models)
    names = [str(model.step) if steps else shown_name(model)[-12:] for model in report.models]
    places = [_place(k, len(names)) for k in range(len(names))]
    ticks = tuple((places[k], names[k]) for k in range(0, len(names), every))
    panels, models = [], report.models
    index = [model.index for model in models if model.index is not None]
    if len(index) == len(models):
        panels.append(_panel("memory index", {"memory index": index}, places, ticks, [0.0]))
    losses = {"training": [m.training_loss for m in models], "hold-out": [m.holdout_loss for m in models]}
    return (*panels, _panel("loss of the noise", losses, places, ticks, []))


def _panel(
    title: str,
    curves: dict[str, list[Estimate]],
    places: Sequence[float],
    ticks: tuple[tuple[float, str], ...],
    shown: list[float],
) -> Panel:
    ends = [end for curve in curves.values() for value in curve for end in value.interval] + shown
    marks = round_steps(min(ends), max(ends))
    low, span = marks[0], marks[-1] - marks[0]

    def height(value: float) -> float:
        return round(_BOTTOM - (_BOTTOM - _TOP) * (value - low) / span, 1)

    lines = []
    for name, curve in curves.items():
        points = " ".join(f"{x:.1f},{height(value.value)}" for x, value in zip(places, curve, strict=True))
        bars = tuple(
            (x, height(value.interval[1]), height(value.interval[0])) for x, value in zip(places, curve, strict=True)
        )
        lines.append(DrawnLine(name, points, bars))
    rows = tuple((height(mark), f"{mark:.3g}") for mark in marks)
    return Panel(title, tuple(lines), rows, ticks)


def _place(k: int, count: int) -> float:
    return round(_LEFT + (_RIGHT - _LEFT) * (k + 0.5) / count, 1)
