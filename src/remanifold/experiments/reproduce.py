"""Run experiments: independent tasks over processes, pieces that survive a kill, files and one page at the end."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any, get_args

from remanifold._core.checks import whole
from remanifold._core.errors import refusal
from remanifold._core.files import require_writable_directory, write_whole
from remanifold._core.kept.part_file import PartFile
from remanifold._core.progress import Progress, silent
from remanifold._core.workers import run_tasks
from remanifold.experiments.experiment import NAMES, Experiment, Row, Rows, Scale, Task, experiment, experiments
from remanifold.experiments.figures import write_figures
from remanifold.experiments.page import page
from remanifold.experiments.results import (
    Result,
    finished_rows,
    plain_row,
    read_result,
    scale_in,
    stamp_of,
    verdicts_csv,
    write_result,
)


def reproduce(
    names: Sequence[str] = (), *, out: str | Path, scale: Scale = "full", jobs: int = 1, progress: Progress = silent
) -> dict[str, Result]:
    """Rebuild results: tables, verdicts, figures and a page in ``out``.

    Every finished task is kept in OUT/NAME.part, so that an interrupted or killed run goes on from there to the same
    bytes; a finished result of the same version, scale and tasks is kept and only its verdicts and figures are made
    again. Pieces of another version or other tasks are dropped. Results that ``out`` holds of other names stay.

    Args:
        names: Experiments; all by default.
        out: Directory, made if missing.
        scale: "full", or "quick" with smaller sizes and fewer repeats.
        jobs: Processes. The tables do not depend on it where numpy uses one thread, as the command line sees to
            (OMP_NUM_THREADS=1).
        progress: Told ("NAME", tasks done, tasks).

    Returns:
        Name -> result, of all that ``out`` now holds.

    Raises:
        InvalidInput: for an unknown name or scale, a bad number of jobs, or an ``out`` that cannot be written or holds
            a run of another scale.
        NotConverged: if a number could not be had; finished tasks are kept.
    """
    if scale not in get_args(Scale):
        raise refusal("`scale` must be quick or full", repr(scale), "pass one of them")
    whole("`jobs`", jobs, least=1)
    directory = require_writable_directory(out)
    chosen = experiments(names)
    _require_no_other_scale(directory, chosen, scale)
    runs = [_Run(item, scale, directory) for item in chosen]
    pending = {(k, i): (run.experiment.name, task) for k, run in enumerate(runs) for i, task in run.missing().items()}
    places = dict(enumerate(pending))
    for run in runs:
        run.finish(progress)
    for key, rows in run_tasks(compute_task, dict(enumerate(pending.values())), jobs):
        k, i = places[key]
        runs[k].add(i, rows)
        runs[k].finish(progress)
    return write_page(directory)


def compute_task(named: tuple[str, Task]) -> list[Row]:
    """The rows of one task of the experiment of that name, as plain JSON."""
    name, task = named
    return [plain_row(row) for row in experiment(name).compute(task)]


def write_page(out: Path) -> dict[str, Result]:
    """Write verdicts.csv and index.html of all results that ``out`` holds, and return them."""
    results = {name: result for name in NAMES if (result := read_result(out, name)) is not None}
    write_whole(out / "verdicts.csv", verdicts_csv(results))
    write_whole(out / "index.html", page(results))
    return results


def _require_no_other_scale(out: Path, chosen: Sequence[Experiment], scale: Scale) -> None:
    """Hours of a full run must not make room for a quick one by mistake, nor the other way round."""
    for name in (item.name for item in chosen):
        other = scale_in(out, name)
        if other not in (None, scale):
            need = f"a {scale} run must go where no run of another scale is"
            raise refusal(need, f"{out} with a {other} run of {name}", "pass another --out, or delete its files first")


def _is_skipped(rows: Rows) -> bool:
    """Whether something was not installed: it may be by now."""
    return any(row.get("kind") == "skipped" for row in rows)


class _Run:
    """One experiment on its way: what is finished, what is missing, and its files once all is there."""

    def __init__(self, experiment: Experiment, scale: Scale, out: Path) -> None:
        self.experiment, self.out = experiment, out
        self._tasks = experiment.tasks(scale)
        self._stamp: dict[str, Any] = json.loads(json.dumps(stamp_of(experiment, scale, self._tasks)))
        rows = finished_rows(out, experiment.name, self._stamp)
        self._rows: Rows | None = None if rows is None or _is_skipped(rows) else rows
        self._part = PartFile(out / f"{experiment.name}.part", self._stamp, self._fits)
        self._written = False
        self._tried: set[int] = set()

    def _fits(self, number: int, rows: Any) -> bool:
        return 0 <= number < len(self._tasks) and all(isinstance(row, dict) and row for row in rows)

    def _pieces(self) -> dict[int, list[Row]]:
        """Finished tasks; one that was skipped in another run counts as not finished."""
        return {i: rows for i, rows in self._part.pieces.items() if i in self._tried or not _is_skipped(rows)}

    def missing(self) -> dict[int, Task]:
        """Tasks still to do, by number."""
        done = self._pieces()
        return {} if self._rows is not None else {i: t for i, t in enumerate(self._tasks) if i not in done}

    def add(self, number: int, rows: list[Row]) -> None:
        """Keep the rows of a finished task."""
        self._part.add(number, rows)
        self._tried.add(number)

    def finish(self, progress: Progress) -> None:
        """Tell the progress; where all tasks are done, write the files, once."""
        pieces = self._pieces()
        done = len(self._tasks) if self._rows is not None else len(pieces)
        progress(self.experiment.name, done, len(self._tasks))
        if self._written or done < len(self._tasks):
            return
        rows = self._rows if self._rows is not None else [row for i in sorted(pieces) for row in pieces[i]]
        for old in ("json", "svg", "pdf"):  # no record or figure of another table beside this one
            if self._rows is None:
                (self.out / f"{self.experiment.name}.{old}").unlink(missing_ok=True)
        table = write_result(self.out, self.experiment, self._stamp, rows)
        write_figures(self.out, self.experiment, table)
        self._part.remove()
        self._written = True
