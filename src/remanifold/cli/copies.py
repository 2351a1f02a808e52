"""``remanifold copies``: are samples copies of training rows?"""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from typer import Option

from remanifold._core.errors import refusal, require
from remanifold._core.files import require_writable_directory, write_whole
from remanifold.cli.limits import enforce, enforce_verdict, limit_of, show_verdict, show_what_it_rests_on, states_of
from remanifold.cli.options import (
    Columns,
    FailOn,
    Groups,
    HoldoutGroups,
    Ignore,
    Invariances,
    LabelsFrom,
    NoFingerprints,
    NoRows,
    OneRowAFile,
    SamplesMap,
    Split,
    Standardize,
)
from remanifold.cli.output import echo, heading, paragraph
from remanifold.cli.progress import progress_bar

if TYPE_CHECKING:
    from remanifold.audits.records.samples import CopiesRecord, FlaggedSample

EPILOG = "Example: remanifold copies --train train.npy --samples samples.npy --holdout holdout.npy --out report"
_SHOWN = 10


def copies_command(
    train: Annotated[str, Option(metavar="A", help="Training rows, in any format that `audit` reads.")],
    samples: Annotated[str, Option(metavar="B", help="Samples of the model.")],
    holdout: Annotated[
        str | None, Option(metavar="C", help="Rows of the source of the training rows that the model never saw.")
    ] = None,
    features: Annotated[
        str | None,
        Option(
            metavar="F",
            help="Where distances are taken: dct (pictures: brightness, contrast, size and JPEG hardly matter), or an "
            ".npz with arrays train, samples, holdout.",
        ),
    ] = None,
    invariances: Invariances = None,
    samples_map: SamplesMap = None,
    groups: Groups = None,
    holdout_groups: HoldoutGroups = None,
    columns: Columns = None,
    ignore: Ignore = None,
    labels_from: LabelsFrom = None,
    split: Split = None,
    one_row_a_file: OneRowAFile = None,
    standardize: Standardize = None,
    alpha: Annotated[float, Option(help="Level of the tests and of the false discovery rate.")] = 0.05,
    duplicate_distance: Annotated[
        float,
        Option(
            metavar="DISTANCE",
            help="Training rows at this distance or less count as one row, and so do hold-out rows. Default: equal "
            "rows.",
        ),
    ] = 0.0,
    seed: Annotated[int, Option(help="Seed of random labels and cells.")] = 0,
    memory: Annotated[str, Option(metavar="SIZE", help="Memory budget of readings, like 4GB or 800MB.")] = "2GB",
    threads: Annotated[int | None, Option(help="Threads of the search for nearest rows; all cores by default.")] = None,
    out: Annotated[
        Path | None, Option(metavar="DIR", help="Directory for copies.json, copies.md and copies.html.")
    ] = None,
    no_rows: NoRows = False,
    no_fingerprints: NoFingerprints = False,
    json: Annotated[bool, Option("--json", help="Print the report as JSON, and nothing else.")] = False,
    fail_on: FailOn = None,
    fail_above: Annotated[
        list[str] | None,
        Option(
            metavar="NAME=VALUE",
            help="Exit with code 1 if that number exceeds VALUE; docs/reference/limits.md lists the names. Repeatable.",
        ),
    ] = None,
) -> None:
    """Tell whether samples are copies of training rows, how many and which.

    With a hold-out there are tests with a stated rate of false alarms; without, exact copies and the usual
    statistics only. Distances are exact; equal training rows count once. Rows are numbered from 0. `remanifold audit
    --samples` puts the same comparison beside an audit of the data.
    """
    from remanifold.audits.records.samples import OF_TABLES, WITH_HOLDOUT, WITHOUT_HOLDOUT

    held = WITH_HOLDOUT + OF_TABLES
    known = WITHOUT_HOLDOUT + (held if holdout is not None else ())
    limits = [
        limit_of(text, known, ", which needs --holdout" if text.partition("=")[0] in held else "")
        for text in fail_above or ()
    ]
    states = states_of(fail_on or [], True)
    require(no_rows or not no_fingerprints, "--no-fingerprints must come with --no-rows", "it alone", "pass both")
    if out is not None:
        require_writable_directory(out)
    from remanifold.audits import audit_copies
    from remanifold.audits.pages.copies import copies_page
    from remanifold.data import open_points
    from remanifold.data.maps.mapped import mapped_points
    from remanifold.data.open import open_beside

    asked: dict[str, Any] = {"one_row_a_file": one_row_a_file, "columns": columns, "ignore": ignore}
    asked["labels_from"] = labels_from
    training_rows = open_points(train, split=split, **asked)
    sample_rows = open_beside(samples, split=split, least=1, **asked)
    unseen_rows = None if holdout is None else open_beside(holdout, split=split, **asked)
    with progress_bar() as progress:
        report = audit_copies(
            training_rows,
            sample_rows,
            unseen_rows,
            features,
            invariances=invariances,
            samples_map=samples_map,
            standardize=standardize,
            alpha=alpha,
            groups=groups,
            holdout_groups=holdout_groups,
            duplicate_distance=duplicate_distance,
            seed=seed,
            memory=memory,
            threads=threads,
            progress=progress,
        )
    scalars = report.scalars()
    for name, _ in limits:
        if name not in scalars:
            raise refusal(f"--fail-above {name} needs that number", "too few hold-out rows", "pass more")
    if no_rows:
        report = report.without_rows(fingerprints=not no_fingerprints)
    if out is not None:
        drawn = sample_rows if samples_map is None else mapped_points(sample_rows, samples_map, training_rows)
        pictured = None if no_rows else [training_rows, drawn, *(() if unseen_rows is None else [unseen_rows])]
        made = {"json": report.to_json(), "md": report.to_markdown(), "html": copies_page(report, pictured)}
        for ending, text in made.items():
            write_whole(out / f"copies.{ending}", text)
    if json:
        echo(report.to_json(), nl=False)
    else:
        _show(report)
    if out is not None:
        echo(f"wrote copies.json, copies.md and copies.html to {out}", err=json)
    enforce(scalars, limits)
    enforce_verdict(report.verdict, states)


def _show(report: "CopiesRecord") -> None:
    """The answer, the nearest flagged pairs, and all that was measured."""
    from remanifold.audits.answers.samples import copies_answer, number_texts
    from remanifold.audits.noun import noun

    answer, row = copies_answer(report), noun(report)
    if report.verdict is not None:
        show_verdict(report.verdict)
    heading(answer.question)
    paragraph(answer.answer, "  ")
    _show_pairs(report, row)
    for text in report.warnings:
        paragraph(f"Warning: {text}", "", "  ")
    if report.verdict is not None:
        show_what_it_rests_on(report.verdict)
    heading("\nWhat was measured")
    for text in (*report.reading, *report.notes):
        paragraph(text, "", "  ")
    for item in report.numbers:
        name, meaning, value, _, null, p_value, *_ = number_texts(item)
        null = "" if item.null is None else f", without copying {null}"
        p_value = "" if item.p_value is None else f", p = {p_value}"
        paragraph(f"{name} = {value}{null}{p_value} ({meaning})", "", "  ")


def _show_pairs(report: "CopiesRecord", row: str) -> None:
    """Samples that may be copies, each with its training row."""
    from remanifold.audits.answers.unit import unit

    if report.flagged:
        paragraph(f"Named samples, smallest d1/d2 first, at their distance ({unit(report)}):", "  ", "  ")
    beside = () if report.side_by_side is None else report.side_by_side.pairs
    agree = [f" ({pair.words})" for pair in beside] or [""] * _SHOWN
    for flag, words in zip(report.flagged[:_SHOWN], agree):
        told = f"sample {flag.sample} and training {row} {flag.train}: {flag.distance:.3g}{words}{_told(flag)}"
        paragraph(told, "    ", "      ")
    if len(report.flagged) > _SHOWN:
        echo(f"    and {len(report.flagged) - _SHOWN} more")


def _told(pair: "FlaggedSample") -> str:
    """The transform under which the sample is so near, and the files, as far as there are any."""
    files = [name for name in (pair.sample_file, pair.train_file) if name is not None]
    return (f", {pair.transform}" if pair.transform else "") + (f" ({' and '.join(files)})" if files else "")
