"""Tables in, figures of matplotlib out; nothing here measures, and each loads when it is drawn."""

from importlib import import_module
from typing import TYPE_CHECKING

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

_FILE_OF = {
    "Band": "palette",
    "Marks": "palette",
    "Values": "palette",
    "crossing_figure": "profile",
    "dimension_figure": "profile",
    "distance_figure": "distances",
    "exposure_figure": "exposure",
    "likelihood_figure": "profile",
    "loss_figure": "memory",
    "memory_figure": "memory",
    "models_figure": "compared",
    "order_figure": "profile",
    "round_numbers": "ticks",
    "round_steps": "ticks",
}

if not TYPE_CHECKING:  # a type checker sees the imports above

    def __getattr__(name: str) -> object:
        if name not in _FILE_OF:
            raise AttributeError(f"module 'remanifold.plots' has no attribute {name!r}")
        value = getattr(import_module(f"remanifold.plots.{_FILE_OF[name]}"), name)
        globals()[name] = value
        return value
