"""What an experiment is: a claim, independent tasks, rows computed from them, and what the rows say of the claim."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from remanifold.experiments.verdict import Verdict

if TYPE_CHECKING:
    from matplotlib.figure import Figure

Scale = Literal["quick", "full"]
FIRST_SEED: dict[Scale, int] = {"full": 0, "quick": 10**6}
"""Quick runs draw other data, so that comparing them with full ones is a test."""

Task = Mapping[str, Any]
"""Plain JSON parameters, ``seed`` among them: all that the rows of this task depend on."""
Row = dict[str, Any]
"""Column -> number, text or None; plain JSON without NaN."""
Rows = Sequence[Row]


@dataclass(frozen=True)
class Experiment:
    """One result, rebuilt from nothing.

    Attributes:
        name: On the command line and of its files.
        claim: What is claimed, one sentence.
        source: Paper, and equation of docs/theory.md.
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
