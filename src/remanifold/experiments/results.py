"""The files of one result: table, record with verdicts, figures; each appears whole or not at all."""

import csv
import io
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from remanifold._core.files import write_whole
from remanifold._core.kept.part_file import stamp_in
from remanifold._core.tables import Table
from remanifold._core.version import __version__
from remanifold.experiments.experiment import Experiment, Row, Rows, Scale, Task
from remanifold.experiments.verdict import COLUMNS


@dataclass(frozen=True)
class Result:
    """A finished result, as read from its files.

    Attributes:
        record: Content of NAME.json: version, scale, tasks, claim, source, verdicts.
        rows: The table.
        svg: The figure, or None.
    """

    record: dict[str, Any]
    rows: Rows
    svg: str | None


def stamp_of(experiment: Experiment, scale: Scale, tasks: tuple[Task, ...]) -> dict[str, Any]:
    """What pieces and finished tables must agree in to be the same run."""
    return {
        "version": __version__,
        "revision": experiment.revision,
        "experiment": experiment.name,
        "scale": scale,
        "tasks": [dict(task) for task in tasks],
    }


def table_of(experiment: Experiment, scale: Scale, rows: Rows) -> Table:
    """The rows as a table with its header, to eight digits; columns in the order in which they appear."""
    names = list(dict.fromkeys(name for row in rows for name in row))
    parameters = {"experiment": experiment.name, "scale": scale, "tasks": f"see {experiment.name}.json"}
    columns = {name: [_rounded(row.get(name)) for row in rows] for name in names}
    return Table(experiment.claim, columns, parameters, dict(experiment.units))


def read_rows(path: Path) -> Rows:
    """The rows of a table on disk, numbers as numbers, empty cells as None."""
    lines = [line for line in path.read_text(encoding="utf-8").splitlines(keepends=True) if not line.startswith("# ")]
    return [{name: _cell(text) for name, text in row.items()} for row in csv.DictReader(lines)]


def write_result(out: Path, experiment: Experiment, stamp: dict[str, Any], rows: Rows) -> Rows:
    """Write NAME.csv, and NAME.json with verdicts from the table as it is on disk; return that table."""
    path = write_whole(out / f"{experiment.name}.csv", table_of(experiment, stamp["scale"], rows).to_csv())
    table = read_rows(path)
    verdicts = [verdict.to_dict() for verdict in experiment.verdicts(table)]
    record = stamp | {"claim": experiment.claim, "source": experiment.source, "rows": len(table), "verdicts": verdicts}
    write_whole(out / f"{experiment.name}.json", json.dumps(record, indent=1, allow_nan=False) + "\n")
    return table


def finished_rows(out: Path, name: str, stamp: dict[str, Any]) -> Rows | None:
    """The table of a finished run with this stamp, or None.

    An older version of remanifold counts: the revision of an experiment says when its numbers change.
    """
    result = read_result(out, name)
    if result is None:
        return None
    wanted = json.loads(json.dumps(stamp)) | {"version": result.record.get("version"), "rows": len(result.rows)}
    return result.rows if all(result.record.get(key) == value for key, value in wanted.items()) else None


def scale_in(out: Path, name: str) -> str | None:
    """The scale of the finished or unfinished run of a result that ``out`` holds, or None."""
    try:
        return json.loads((out / f"{name}.json").read_text(encoding="utf-8"))["scale"]
    except (OSError, ValueError, KeyError, TypeError):
        pass
    stamp = stamp_in(out / f"{name}.part")
    return None if stamp is None else stamp.get("scale")


def read_result(out: Path, name: str) -> Result | None:
    """What ``out`` holds of a result, or None."""
    try:
        record = json.loads((out / f"{name}.json").read_text(encoding="utf-8"))
        rows = read_rows(out / f"{name}.csv")
    except (OSError, ValueError):
        return None
    figure = out / f"{name}.svg"
    return Result(record, rows, figure.read_text(encoding="utf-8") if figure.exists() else None)


def verdicts_csv(results: dict[str, Result]) -> str:
    """All verdicts as one table."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(("experiment", "scale", *COLUMNS))
    for name, result in results.items():
        for verdict in result.record["verdicts"]:
            writer.writerow((name, result.record["scale"], *(verdict[column] for column in COLUMNS)))
    return text.getvalue()


def _rounded(value: Any) -> Any:
    """Eight digits of a float: far below every statistical error, and half the size of the table."""
    return float(f"{value:.8g}") if isinstance(value, float) else value


def _cell(text: str) -> Any:
    if text == "":
        return None
    for kind in (int, float):
        try:
            return kind(text)
        except ValueError:
            continue
    return text


def plain_row(row: Row) -> Row:
    """``row`` with numpy numbers as Python's, as the pieces on disk hold them."""
    return {name: value.item() if hasattr(value, "item") else value for name, value in row.items()}
