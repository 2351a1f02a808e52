"""Tables in, figures of matplotlib out; nothing here measures, and each loads when it is drawn."""

from typing import TYPE_CHECKING

from remanifold._core.on_use import on_use

if TYPE_CHECKING:
    from remanifold.plots.compared import models_figure
    from remanifold.plots.distances import distance_figure
    from remanifold.plots.exposure import exposure_figure
    from remanifold.plots.memory import loss_figure, memory_figure
    from remanifold.plots.palette import Band, Marks, Values
    from remanifold.plots.profile import crossing_figure, dimension_figure, likelihood_figure, order_figure
    from remanifold.plots.ticks import round_numbers, round_steps

__all__ = [
    "Band",
    "Marks",
    "Values",
    "crossing_figure",
    "dimension_figure",
    "distance_figure",
    "exposure_figure",
    "likelihood_figure",
    "loss_figure",
    "memory_figure",
    "models_figure",
    "order_figure",
    "round_numbers",
    "round_steps",
]

_NAMES_OF = {
    "remanifold.plots.compared": "models_figure",
    "remanifold.plots.distances": "distance_figure",
    "remanifold.plots.exposure": "exposure_figure",
    "remanifold.plots.memory": "loss_figure memory_figure",
    "remanifold.plots.palette": "Band Marks Values",
    "remanifold.plots.profile": "crossing_figure dimension_figure likelihood_figure order_figure",
    "remanifold.plots.ticks": "round_numbers round_steps",
}

if not TYPE_CHECKING:  # a type checker sees the imports above, and no other name
    __getattr__, __dir__ = on_use(__name__, _NAMES_OF)
