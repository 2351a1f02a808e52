"""Cumulative distances of samples and hold-out rows as one inline picture: no script, no library."""

from dataclasses import dataclass

from remanifold.audits.records.samples import CopiesRecord

_LEFT, _RIGHT, _TOP, _BOTTOM = 52.0, 628.0, 14.0, 256.0


@dataclass(frozen=True)
class DrawnCurves:
    """Points of an SVG 640 wide and 300 high.

    Attributes:
        samples, holdout: Of the curves, "x,y x,y ..."; "" without a hold-out.
        rows, ticks: Place and label of lines of equal share, and of distances.
    """

    samples: str
    holdout: str
    rows: tuple[tuple[float, str], ...]
    ticks: tuple[tuple[float, str], ...]


def drawn_curves(copies: CopiesRecord) -> DrawnCurves | None:
    """The picture of the curves of ``copies``; None where they were not recorded or all distances are 0."""
    curves = copies.curves
    if curves is None or not curves.distances or curves.distances[-1] <= 0:
        return None
    most = curves.distances[-1]
    rows = tuple((_height(share), f"{share:.0%}") for share in (0.0, 0.25, 0.5, 0.75, 1.0))
    ticks = tuple((_place(part * most, most), f"{part * most:.3g}") for part in (0.0, 0.25, 0.5, 0.75, 1.0))
    holdout = _line(curves.distances, curves.holdout, most) if curves.holdout else ""
    return DrawnCurves(_line(curves.distances, curves.samples, most), holdout, rows, ticks)


def _line(distances: tuple[float, ...], shares: tuple[float, ...], most: float) -> str:
    points, before = [f"{_LEFT:.1f},{_BOTTOM:.1f}"], 0.0
    for distance, share in zip(distances, shares, strict=True):  # steps
        x = _place(distance, most)
        points += [f"{x:.1f},{_height(before):.1f}", f"{x:.1f},{_height(share):.1f}"]
        before = share
    return " ".join(points)


def _place(distance: float, most: float) -> float:
    return _LEFT + (_RIGHT - _LEFT) * distance / most


def _height(share: float) -> float:
    return _BOTTOM - (_BOTTOM - _TOP) * share
