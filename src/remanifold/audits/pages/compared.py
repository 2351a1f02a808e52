"""A comparison of models as Markdown and as one page with its picture."""

from collections.abc import Iterator

from remanifold._core.estimate import Estimate
from remanifold.audits.answers.compared import (
    compared_advice,
    compared_answer,
    compared_facts,
    compared_state,
    shown_name,
)
from remanifold.audits.answers.numbers import number, with_error
from remanifold.audits.noun import noun
from remanifold.audits.pages.markdown import folded
from remanifold.audits.pages.model_figures import model_figures
from remanifold.audits.pages.words import with_words
from remanifold.audits.records.compared import ComparedModel, ComparisonRecord
from remanifold.plots.page.render import render
from remanifold.plots.page.table import Table, escaped, markdown_list, markdown_table, table_of

_COLUMNS = (
    "model", "memory index", "change", "adjusted p", "memory", "training loss", "change", "hold-out loss", "change",
)  # fmt: skip
_OF_SAMPLES = ("samples", "nearer to training", "named copies")


def compared_table(report: ComparisonRecord) -> Table:
    """One row a model."""
    row = noun(report)
    caption = f"Models on the same {row}s, noise levels and noise; a change is the difference to the model before"
    columns = (*_COLUMNS, *(_OF_SAMPLES if report.models[0].samples is not None else ()))
    return table_of(caption, columns, report.models, lambda model: _cells(model, bool(report.doubts)), most=10**6)


def compared_notes(report: ComparisonRecord) -> list[str]:
    """Notes on the comparison and on single models."""
    models = report.models
    unclear = [(shown_name(m), m.samples.told) for m in models if m.samples and m.samples.verdict == "cannot tell"]
    said = (f"{name}, samples: {told}" for name, told in unclear)
    return [*report.notes, *(f"{shown_name(model)}: {model.note}" for model in models if model.note), *said]


def compared_markdown(report: ComparisonRecord) -> str:
    """The answer, what to do, the table and the notes; errors and p-values stand in the table and are folded away."""
    answer, exact = compared_answer(report, exact=False), compared_answer(report)
    parts = [
        "# Models compared",
        f"**{escaped(answer)}**",
        f"**What to do.** {escaped(compared_advice(report))}",
        folded("With numbers and errors", [escaped(exact)]) if exact != answer else "",
        markdown_table(compared_table(report), most=10**6),
        escaped(compared_facts(report)),
        markdown_list(compared_notes(report)),
        f"Made by remanifold {escaped(report.version)}, seed {report.seed}; not a privacy certificate.",
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def compared_html(report: ComparisonRecord) -> str:
    """One self-contained page."""
    page = render(
        "remanifold.audits.pages",
        "compare.html.j2",
        model_figures(report),
        report=report,
        answer=compared_answer(report, exact=False),
        exact=compared_answer(report),
        state=compared_state(report),
        advice=compared_advice(report),
        facts=compared_facts(report),
        notes=compared_notes(report),
        models=compared_table(report),
    )
    return with_words(page)


def _cells(model: ComparedModel, doubtful: bool) -> Iterator[str]:
    yield shown_name(model)
    yield from (_told(model.index), _told(model.index_change), number(model.adjusted))
    yield "cannot tell" if doubtful else "yes" if model.remembers else "not shown"
    yield from (_told(model.training_loss), _told(model.training_change))
    yield from (_told(model.holdout_loss), _told(model.holdout_change))
    drawn = model.samples
    if drawn is not None:
        yield drawn.verdict
        yield (
            number(None)
            if drawn.closer_share is None
            else f"{number(drawn.closer_share)} of {number(drawn.closer_null)}"
        )
        yield f"{drawn.named} of {drawn.n}"


def _told(estimate: Estimate | None) -> str:
    return number(None) if estimate is None else with_error(estimate.value, estimate.stderr)
