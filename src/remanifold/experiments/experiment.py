"""An experiment: a claim, independent tasks, rows computed from them, what they say of the claim; and all of them.

To add one: a module with ``EXPERIMENT`` in this package, and its name in `NAMES`.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from importlib import import_module
from typing import TYPE_CHECKING, Any, Literal

from remanifold._core.errors import refusal
from remanifold.experiments.verdict import Verdict

if TYPE_CHECKING:
    from matplotlib.figure import Figure

NAMES = (
    "phase-diagram", "no-curse", "nonlinear", "condensation", "basins", "capture", "stopping", "cycling", "classes",
    "kl-curve", "vanishing-ratio", "real-data", "published", "density-marks", "networks",
)  # fmt: skip
"""Names in the order of the page; the module of "no-curse" is ``no_curse``."""

Scale = Literal["quick", "full"]
"""Smaller and fewer, or as committed."""
FIRST_SEED: dict[Scale, int] = {"full": 0, "quick": 10**6}
"""Quick runs draw other data, so that comparing them with full ones is a test."""

Task = Mapping[str, Any]
"""Plain JSON parameters, ``seed`` among them: all that the rows of this task depend on."""
Row = dict[str, Any]
"""Column -> number, text or None; plain JSON without NaN."""
Rows = Sequence[Row]
"""A table."""


@dataclass(frozen=True)
class Experiment:
    """One result, rebuilt from nothing.

    Attributes:
        name: On the command line and of its files.
        claim: What is claimed, one sentence.
        source: Paper, and equation of docs/explanation/theory.md.
        tasks: Scale -> the tasks; quick and full differ in sizes and repeats only.
        compute: Task -> its rows. Pure: depends on the task alone, with one thread.
        verdicts: All rows -> theory beside measurement.
        figure: All rows -> a matplotlib figure; imports matplotlib inside.
        units: Column -> unit or meaning.
        revision: Raised whenever ``compute`` changes, so that no old piece is taken for a new one.
    """

    name: str
    claim: str
    source: str
    tasks: Callable[[Scale], tuple[Task, ...]]
    compute: Callable[[Task], list[Row]]
    verdicts: Callable[[Rows], list[Verdict]]
    figure: Callable[[Rows], "Figure"]
    units: Mapping[str, str] = field(default_factory=dict)
    revision: int = 1


def experiment(name: str) -> Experiment:
    """The experiment of this name.

    Raises:
        InvalidInput: if there is none; the message says which there are.
    """
    if name not in NAMES:
        raise refusal(f"an experiment must be one of {', '.join(NAMES)}", repr(name), "pass one of them, or none")
    return import_module(f"remanifold.experiments.catalogue.{name.replace('-', '_')}").EXPERIMENT


def experiments(names: Sequence[str] = ()) -> tuple[Experiment, ...]:
    """The named experiments in the order of the page, each once; all where no name is given.

    Raises:
        InvalidInput: for an unknown name.
    """
    wanted = {experiment(name).name for name in names}
    return tuple(experiment(name) for name in NAMES if not wanted or name in wanted)
