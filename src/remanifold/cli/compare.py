"""``remanifold compare``: which of several models, such as the checkpoints of one training, remember their data."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from typer import Argument, Option

from remanifold._core.errors import refusal
from remanifold._core.files import require_writable_directory, write_whole
from remanifold._core.kept.until_written import until_written
from remanifold.cli.options import (
    Captions,
    Columns,
    Groups,
    HoldoutCaptions,
    HoldoutGroups,
    Ignore,
    LabelsFrom,
    Memory,
    OneRowAFile,
    Prompt,
    Resize,
    Split,
    Threads,
)
from remanifold.cli.output import echo, heading, paragraph, width
from remanifold.cli.progress import progress_bar
from remanifold.cli.targets import told_where

if TYPE_CHECKING:
    from remanifold.audits import ModelComparison

EPILOG = "Example: remanifold compare train.npy --holdout holdout.npy --model checkpoints --out report"


def compare_command(
    data: Annotated[
        str, Argument(metavar="DATA", help="What the models were trained on, in any format that `audit` reads.")
    ],
    holdout: Annotated[
        str, Option(metavar="FILE", help="Rows from the same source that no model was trained on, prepared like DATA.")
    ],
    model: Annotated[
        list[str],
        Option(
            metavar="MODEL",
            help="A model, as `audit --model` names it, in the order of training; or a folder of checkpoints: each of "
            "its models, in the order of the numbers in their names. Repeatable.",
        ),
    ],
    predicts: Annotated[
        str | None, Option(help="Of networks without their pipeline and of FILE.py:NAME; see `audit --predicts`.")
    ] = None,
    clock: Annotated[
        str | None, Option(help="Of the same, or the folder of their scheduler; see `audit --clock`.")
    ] = None,
    class_conditional: Annotated[
        bool, Option("--class-conditional", help="The networks take classes: ask them with each row's own.")
    ] = False,
    labels: Annotated[str | None, Option(metavar="FILE", help="One label a row, for --class-conditional.")] = None,
    holdout_labels: Annotated[
        str | None, Option(metavar="FILE", help="One label a hold-out row, for --class-conditional.")
    ] = None,
    lora: Annotated[
        list[str] | None,
        Option(
            metavar="LORA",
            help="A LoRA, as `audit --lora` names it, or a folder of them in the order of the numbers in their names: "
            "each is put on the one --model, which comes first. Repeatable.",
        ),
    ] = None,
    captions: Captions = None,
    holdout_captions: HoldoutCaptions = None,
    prompt: Prompt = None,
    groups: Groups = None,
    holdout_groups: HoldoutGroups = None,
    evaluations: Annotated[
        int, Option(metavar="N", help="Most rows that each model is asked about, beside its check.")
    ] = 40_000,
    n_samples: Annotated[
        int,
        Option(metavar="N", help="Samples drawn of every model and searched for copies: 20 or more. Default: none."),
    ] = 0,
    max_queries: Annotated[int, Option(help="Rows from which the collapse of the data is measured.")] = 2000,
    duplicate_distance: Annotated[
        float | None, Option(help="Rows at this distance or less count as one point; see `audit`.")
    ] = None,
    resize: Resize = None,
    columns: Columns = None,
    ignore: Ignore = None,
    labels_from: LabelsFrom = None,
    split: Split = None,
    one_row_a_file: OneRowAFile = None,
    seed: Annotated[int, Option(help="Seed of the choice of rows and of the noise.")] = 0,
    memory: Memory = "4GB",
    threads: Threads = None,
    out: Annotated[
        Path | None,
        Option(metavar="DIR", help="Directory for compare.html, compare.json and compare.md; made if missing."),
    ] = None,
    json: Annotated[bool, Option("--json", help="Print the comparison as JSON, and nothing else, on stdout.")] = False,
) -> None:
    """Compare trained models, such as the checkpoints of one training, on the same rows, noise levels and noise.

    Tells for each the memory index, whether it remembers training rows (all models tested together), its training and
    hold-out loss, and the change of each since the model before, with the error of that difference.

    With --out, finished work is kept in DIR/compare.parts until all is done: after an interruption or a kill the same
    command goes on from there.
    """
    if out is not None:
        require_writable_directory(out)
    from remanifold.audits import compare_models
    from remanifold.audits.network.checkpoints import loras_in, models_in
    from remanifold.data import open_points
    from remanifold.data.open import open_beside

    names = [name for text in model for name in models_in(text)]
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        raise refusal("every --model must be another one", f"{twice} twice", "name each once")
    loras = [name for text in lora or [] for name in loras_in(text)]
    twice = next((name for name in loras if loras.count(name) > 1), None)
    if twice is not None:
        raise refusal("every --lora must be another one", f"{twice} twice", "name each once")
    if loras and len(names) > 1:
        do = "compare the LoRAs of one base model at a time"
        raise refusal("--lora must come with one --model, its base", f"{len(names)} models", do)
    if len(names) + len(loras) < 2:
        do = "name more, or a folder of checkpoints; one model is for `remanifold audit --model`"
        raise refusal("a comparison needs two models at least", f"{names[0]} alone", do)
    reading: dict[str, Any] = {"one_row_a_file": one_row_a_file, "columns": columns, "ignore": ignore}
    reading |= {"resize": resize, "split": split}
    rows = open_points(data, labels=labels, labels_from=labels_from, **reading)
    unseen = open_beside(holdout, labels_from=None if labels is not None else labels_from, **reading)
    parts = None if out is None else out / "compare.parts"
    with until_written():
        with progress_bar() as progress, told_where(*([] if parts is None else [parts])):
            report = compare_models(
                rows,
                dict(zip(names, names, strict=True)),
                unseen,
                holdout_labels=holdout_labels,
                class_conditional=class_conditional,
                loras=loras,
                captions=captions,
                holdout_captions=holdout_captions,
                prompt=prompt,
                groups=groups,
                holdout_groups=holdout_groups,
                predicts=predicts,
                clock=clock,
                evaluations=evaluations,
                n_samples=n_samples,
                max_queries=max_queries,
                duplicate_distance=duplicate_distance,
                seed=seed,
                memory=memory,
                threads=threads,
                parts=parts,
                progress=progress,
            )
        written = [] if out is None else _write(report, out)
    if json:
        echo(report.to_json(), nl=False)
    else:
        _show(report)
    for path in written:
        echo(f"wrote {path}", err=json)


def _write(report: "ModelComparison", out: Path) -> list[Path]:
    pages = {"html": report.to_html(), "json": report.to_json(), "md": report.to_markdown()}
    return [write_whole(out / f"compare.{ending}", page) for ending, page in pages.items()]


def _show(report: "ModelComparison") -> None:
    from remanifold.audits.answers.compared import compared_advice, compared_answer, compared_facts
    from remanifold.audits.pages.compared import compared_notes, compared_table

    heading(compared_answer(report, exact=False))
    table = compared_table(report)
    _show_table(table.columns, [[cell.text for cell in row] for row in table.rows])
    for text in (f"What to do: {compared_advice(report)}", compared_facts(report), *compared_notes(report)):
        paragraph(text)


def _show_table(columns: Sequence[str], rows: list[list[str]]) -> None:
    """A line a model; where that is wider than the terminal, a paragraph a model."""
    widths = [max(map(len, column)) for column in zip(columns, *rows, strict=True)]
    lines = ("  ".join(text.ljust(size) for text, size in zip(row, widths, strict=True)) for row in (columns, *rows))
    if 2 * len(widths) + sum(widths) <= width():
        for line in lines:
            echo(f"  {line}".rstrip())
        return
    for name, *cells in rows:
        told = [f"{column} {cell}" for column, cell in zip(columns[1:], cells, strict=True) if cell != "–"]
        paragraph(f"{name}: {', '.join(told)}", "  ", "    ")
