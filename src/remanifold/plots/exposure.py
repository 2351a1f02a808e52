"""The figure of per-sample collapse: every ranked row's own noise level, first to collapse first."""

import math
from collections.abc import Sequence

from matplotlib.figure import Figure

from remanifold.plots.noise_axes import house_style, plain_figure, told
from remanifold.plots.palette import BLUE, COLLAPSE

_MARKERS_UP_TO = 60
_SIZE = (960, 380)


def exposure_figure(
    ranks: Sequence[int],
    t: Sequence[float],
    intervals: Sequence[tuple[float, float]],
    t_collapse: float | None,
    row: str = "row",
) -> Figure:
    """Per-sample collapse levels sigma = sqrt(t) by rank, with their 95 % intervals.

    Args:
        ranks: Ascending, 1 the first to collapse; where there are many rows, some may be left out.
        t: Noise variance at which each row collapses.
        intervals: 95 % interval of each ``t``.
        t_collapse: The set's own collapse, drawn as a line, or None.
        row: What a row is called.
    """
    sigma = [math.sqrt(level) for level in t]
    rank = list(ranks)
    low, high = ([math.sqrt(max(ends[side], 0.0)) for ends in intervals] for side in (0, 1))
    figure, axes = plain_figure("rank (1 = first to collapse)", f"collapse of the {row}, σ (data units)", _SIZE)
    with house_style():
        axes.fill_between(rank, low, high, color=BLUE, alpha=0.25, linewidth=0)
        look = {"marker": "o", "markersize": 4} if len(rank) <= _MARKERS_UP_TO else {}
        axes.plot(rank, sigma, color=BLUE, linewidth=2, label=row, **look)
    axes.set_xlim(0.5, rank[-1] + 0.5)
    ends = [*low, *high]
    if t_collapse is not None:
        ends.append(math.sqrt(t_collapse))
        axes.axhline(ends[-1], color=COLLAPSE, linewidth=2, linestyle="dashed")
        axes.annotate(
            f"{told('σ_c')} of the set",
            (0.01, ends[-1]),
            xytext=(0, 4),
            xycoords=("axes fraction", "data"),
            textcoords="offset points",
            color=COLLAPSE,
        )
    pad = 0.06 * (max(ends) - min(ends)) or 0.06 * max(ends)
    axes.set_ylim(min(ends) - pad, max(ends) + pad)
    return figure
