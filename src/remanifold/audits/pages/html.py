"""The report as one self-contained HTML page: nothing is fetched, and everything comes back out of it."""

from remanifold.audits.answers.all import answers_of, limits_of
from remanifold.audits.answers.numbers import groups_words
from remanifold.audits.answers.unit import table_in_unit, unit
from remanifold.audits.noun import noun
from remanifold.audits.pages import level_tables, tables
from remanifold.audits.pages.figures import (
    distance_illustration,
    exposure_illustration,
    model_illustrations,
    profile_illustrations,
)
from remanifold.audits.pages.first_screen import first_screen
from remanifold.audits.pages.row_cells import beside_table
from remanifold.audits.pages.row_names import with_names
from remanifold.audits.pages.words import with_words
from remanifold.audits.records.audit import AuditRecord
from remanifold.audits.records.codec import to_json_text
from remanifold.plots.page.render import render
from remanifold.plots.page.table import EMPTY, Table


def render_html(report: AuditRecord) -> str:
    """One HTML page of ``report``: beside its pictures and its JSON some 400 kB, most of it drawings.

    A content security policy in its head forbids every request, so that the page works offline and tells nobody that
    it is read. The report's JSON is embedded: `remanifold.AuditReport.from_json` also reads the page.
    """
    profile, exposure = profile_illustrations(report), exposure_illustration(report)
    answers = {answer.key: answer for answer in answers_of(report)}
    memory = model_illustrations(report)
    curves = None if report.samples is None else distance_illustration(report.samples)
    page = render(
        "remanifold.audits.pages",
        "report.html.j2",
        tuple(item for item in (*memory, *profile, exposure, curves) if item is not None),
        report=report,
        answers=answers,
        first=first_screen(report, answers),
        about=_about(report),
        row=noun(report),
        groups=groups_words(report),
        unit=unit(report),
        curves=curves,
        limits=limits_of(report),
        profile=profile,
        exposure=exposure,
        memory=memory,
        tables=_tables(report),
        report_json=to_json_text(report, indent=None),
    )
    return with_words(page)


def _about(report: AuditRecord) -> str:
    """What the page is about beside the data."""
    beside = ["one trained network"] * (report.model is not None)
    beside += ["samples of one" if beside else "samples of a trained network"] * (report.samples is not None)
    return f", and about {' and '.join(beside)} beside it" if beside else ", not a trained network"


def _tables(report: AuditRecord) -> dict[str, Table]:
    words = unit(report)
    tables = {name: with_names(table, report.row_names) for name, table in _all_tables(report).items()}
    return {name: table_in_unit(table, words) for name, table in tables.items()}


def _all_tables(report: AuditRecord) -> dict[str, Table]:
    return {
        "reasons": EMPTY if report.verdict is None else tables.reasons_table(report.verdict, noun(report)),
        "clocks": level_tables.clock_table(report),
        "exposure": tables.exposure_table(report),
        "duplicates": tables.duplicates_table(report),
        "pairs": tables.pairs_table(report),
        "samples": level_tables.samples_table(report),
        "gaussian": level_tables.gaussian_table(report),
        "manifold": level_tables.manifold_table(report),
        "overlap": tables.overlap_table(report),
        "classes": tables.classes_table(report),
        "record": tables.record_table(report),
        "levels": level_tables.levels_table(report),
        "remembered": level_tables.remembered_table(report),
        "near_copies": tables.near_copies_table(report),
        "turns": level_tables.turns_table(report),
        "copies": tables.copy_numbers_table(report.samples),
        "copy_pairs": tables.copy_pairs_table(report.samples),
        "beside": beside_table(report.samples),
    }
