"""Every experiment by name. To add one: a module with ``EXPERIMENT`` in this package, and its name below."""

from collections.abc import Sequence
from importlib import import_module

from remanifold._core.errors import refusal
from remanifold.experiments.experiment import Experiment

NAMES = (
    "phase-diagram",
    "no-curse",
    "nonlinear",
    "condensation",
    "basins",
    "capture",
    "stopping",
    "cycling",
    "classes",
    "kl-curve",
    "vanishing-ratio",
    "real-data",
    "published",
    "density-marks",
    "networks",
)
"""Names in the order of the page; the module of "no-curse" is ``no_curse``."""


def experiment(name: str) -> Experiment:
    """The experiment of this name.

    Raises:
        InvalidInput: if there is none; the message says which there are.
    """
    if name not in NAMES:
        raise refusal(f"an experiment must be one of {', '.join(NAMES)}", repr(name), "pass one of them, or none")
    return import_module(f"remanifold.experiments.{name.replace('-', '_')}").EXPERIMENT


def experiments(names: Sequence[str] = ()) -> tuple[Experiment, ...]:
    """The named experiments in the order of the page, each once; all where no name is given.

    Raises:
        InvalidInput: for an unknown name.
    """
    wanted = {experiment(name).name for name in names}
    return tuple(experiment(name) for name in NAMES if not wanted or name in wanted)
