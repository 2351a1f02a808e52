"""Several reports on one page: what is seen of each at a glance, with a way to the whole."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from remanifold.audits.answers.all import answers_of
from remanifold.audits.answers.numbers import number, with_error
from remanifold.audits.answers.unit import unit
from remanifold.audits.noun import noun
from remanifold.audits.pages.first_screen import FirstScreen, first_screen
from remanifold.audits.records.audit import AuditRecord
from remanifold.plots.page.render import render
from remanifold.plots.page.table import Table, table_of

_PAIRS = 6


@dataclass(frozen=True)
class Glance:
    """What the page shows of one report.

    Attributes:
        name: Heading.
        link: Where the whole report lies, beside the page.
        first: Its first screen.
        report: The report.
        unit: Of its noise levels.
    """

    name: str
    link: str
    first: FirstScreen
    report: AuditRecord
    unit: str


def overview_page(
    title: str, lead: str, reports: Mapping[str, tuple[AuditRecord, str]], tables: Sequence[Table] = ()
) -> str:
    """One self-contained page of ``reports``: networks and samples side by side first, then data alone.

    Args:
        title: Heading.
        lead: A sentence or two under it.
        reports: Name -> (report, place of its own page relative to this one).
        tables: What else is to be shown, at the end.
    """
    glances = [_glance(name, *told) for name, told in reports.items()]
    return render(
        "remanifold.audits.pages",
        "overview.html.j2",
        title=title,
        lead=lead,
        audited=[one for one in glances if one.report.verdict is not None],
        data=[one for one in glances if one.report.verdict is None],
        beside=_side_by_side([one for one in glances if one.report.verdict is not None]),
        tables=tables,
    )


def _side_by_side(glances: Sequence[Glance]) -> Table:
    """What was measured on networks and samples, a line each."""

    def cells(one: Glance) -> Iterator[str]:
        model, samples = one.report.model, one.report.samples
        index = None if model is None else model.index
        yield from (one.name, one.first.state)
        yield number(None) if index is None else with_error(index.value, index.stderr)
        yield number(None) if model is None else f"{len(model.remembered)} of {model.n_training}"
        yield number(None) if samples is None else f"{len(samples.flagged)} of {samples.sizes['samples']}"

    nouns = {noun(one.report) for one in glances}
    row = nouns.pop() if len(nouns) == 1 else "row"
    columns = ("", "verdict", "memory index (0 to 1)", f"training {row}s it remembers", "samples named as copies")
    return table_of("Side by side", columns, glances, cells)


def _glance(name: str, report: AuditRecord, link: str) -> Glance:
    first = first_screen(report, {answer.key: answer for answer in answers_of(report)})
    first = replace(first, pairs=first.pairs[:_PAIRS])
    return Glance(name, link, first, report, unit(report))
