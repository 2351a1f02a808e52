"""Results rebuilt from nothing, one file each: a claim, tasks, a table, verdicts beside theory, a figure."""

from remanifold.experiments.experiment import NAMES, Experiment, Row, Rows, Scale, Task, experiment, experiments
from remanifold.experiments.reproduce import compute_task, reproduce
from remanifold.experiments.results import Result, read_result, read_rows
from remanifold.experiments.verdict import Verdict, against, against_draws

__all__ = [
    "NAMES", "Experiment", "Result", "Row", "Rows", "Scale", "Task", "Verdict", "against", "against_draws",
    "compute_task", "experiment", "experiments", "read_result", "read_rows", "reproduce",
]  # fmt: skip
