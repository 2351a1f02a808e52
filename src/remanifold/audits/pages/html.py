"""The report as one self-contained HTML page: nothing is fetched, and everything comes back out of it."""

import json
from functools import cache
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup
from plotly.offline import get_plotlyjs

from remanifold.audits.answers.all import LIMITS, answers_of
from remanifold.audits.pages import tables
from remanifold.audits.pages.clock_table import clock_table
from remanifold.audits.pages.figures import Illustration, exposure_illustration, profile_illustrations
from remanifold.audits.pages.network_page import levels_table, model_illustrations, remembered_table, turns_table
from remanifold.audits.pages.phase_strip import phase_strip
from remanifold.audits.pages.samples_tables import copy_numbers_table, copy_pairs_table
from remanifold.audits.records.audit import AuditRecord
from remanifold.audits.records.codec import to_json_text


def render_html(report: AuditRecord) -> str:
    """One HTML page of ``report``, about 5 MB, nearly all of it the plotting library.

    A content security policy in its head forbids every request, so that the page works offline and tells nobody that
    it is read. The report's JSON is embedded: `AuditReport.from_json` also reads the page.
    """
    return _environment().get_template("report.html.j2").render(_context(report))


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("remanifold.audits.pages", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["tied"] = _tied
    return environment


def _tied(text: str) -> str:
    """``text`` that does not break inside a number: no-break spaces around its signs and before its unit."""
    for sign in (" = ", " ± ", " × ", " %", " data units"):
        text = text.replace(sign, sign.replace(" ", "\u00a0"))
    return text


def _context(report: AuditRecord) -> dict[str, Any]:
    profile, exposure = profile_illustrations(report), exposure_illustration(report)
    memory = model_illustrations(report)
    drawn = (*memory, *profile, *((exposure,) if exposure else ()))
    return {
        "report": report,
        "answers": {answer.key: answer for answer in answers_of(report)},
        "about": _about(report),
        "limits": LIMITS,
        "strip": phase_strip(report),
        "profile": profile,
        "exposure": exposure,
        "memory": memory,
        "tables": _tables(report),
        "figures_json": _script_safe(_figures_json(drawn)),
        "report_json": _script_safe(to_json_text(report)),
        "plotly_js": Markup(get_plotlyjs()),
    }


def _about(report: AuditRecord) -> str:
    """What the page is about beside the data."""
    beside = ["one trained network"] * (report.model is not None)
    beside += ["samples of one" if beside else "samples of a trained network"] * (report.samples is not None)
    return f", and about {' and '.join(beside)} beside it" if beside else ", not a trained network"


def _tables(report: AuditRecord) -> dict[str, tables.Table]:
    return {
        "clocks": clock_table(report),
        "exposure": tables.exposure_table(report),
        "duplicates": tables.duplicates_table(report),
        "pairs": tables.pairs_table(report),
        "samples": tables.samples_table(report),
        "gaussian": tables.gaussian_table(report),
        "manifold": tables.manifold_table(report),
        "overlap": tables.overlap_table(report),
        "classes": tables.classes_table(report),
        "record": tables.record_table(report),
        "levels": levels_table(report),
        "remembered": remembered_table(report),
        "turns": turns_table(report),
        "copies": copy_numbers_table(report),
        "copy_pairs": copy_pairs_table(report),
    }


def _figures_json(drawn: tuple[Illustration, ...]) -> str:
    return json.dumps({item.key: json.loads(item.figure.to_json() or "{}") for item in drawn}, allow_nan=False)


def _script_safe(text: str) -> Markup:
    """JSON that cannot end the script element it stands in: ``<`` occurs only in strings, where it can be escaped."""
    return Markup(text.replace("<", "\\u003c"))
