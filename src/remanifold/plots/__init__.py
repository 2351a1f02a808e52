"""Tables in, plotly figures out; nothing here measures, and nothing below knows of it."""

from remanifold.plots.exposure import exposure_figure
from remanifold.plots.memory import loss_figure, memory_figure
from remanifold.plots.palette import Marks
from remanifold.plots.profile import crossing_figure, dimension_figure, likelihood_figure, order_figure
from remanifold.plots.ticks import round_numbers

__all__ = [
    "Marks",
    "crossing_figure",
    "dimension_figure",
    "exposure_figure",
    "likelihood_figure",
    "loss_figure",
    "memory_figure",
    "order_figure",
    "round_numbers",
]
