"""Audit reports as strict JSON and back: every number that does not exist is null, every tuple a list."""

import json
import math
import re
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import cattrs
import numpy as np
from cattrs import AttributeValidationNote, Converter, IterableValidationNote

from remanifold._core.errors import InvalidInput, refusal, require
from remanifold.audits.report import SCHEMA_VERSION, AuditReport, Curve, ProfileTable

if TYPE_CHECKING:
    from collections.abc import Iterator

_INFINITIES = {"Infinity": math.inf, "-Infinity": -math.inf}  # JSON has no such number: written as text
_PAGE = re.compile(r'<script type="application/json" id="report-json">(.*?)</script>', re.DOTALL)
_NEED = "a report must be JSON that remanifold wrote"
_DO = "pass the text of a report, or the path of a .json or .html report"


def to_plain(report: AuditReport) -> dict[str, Any]:
    """``report`` as dictionaries, lists, numbers and text, ready for any strict JSON writer.

    nan becomes None; an infinite number becomes the text "Infinity" or "-Infinity".
    """
    return _plain(cattrs.unstructure(report))


def to_json_text(report: AuditReport) -> str:
    """``report`` as strict JSON (no NaN token), two-space indent, keys in the order of the dataclass."""
    return json.dumps(to_plain(report), indent=2, ensure_ascii=False, allow_nan=False) + "\n"


def from_json_text(text: str | Path) -> AuditReport:
    """The report in JSON ``text``, in an HTML page that remanifold wrote, or in the file at that path.

    Raises:
        InvalidInput: if it is not a report of a schema that this version reads.
    """
    tree = _parsed(_content(text))
    require(isinstance(tree, dict) and "schema_version" in tree, _NEED, "JSON without the key schema_version", _DO)
    version = tree["schema_version"]
    if version != SCHEMA_VERSION:
        raise refusal(
            f"a report must have schema_version {SCHEMA_VERSION!r}",
            repr(version)[:40],
            "read it with the version of remanifold that wrote it, or run the audit again",
        )
    try:
        report = _converter().structure(tree, AuditReport)
    except Exception as error:  # cattrs raises groups of whatever its hooks raise
        raise InvalidInput(f"{_NEED}, but got {_first(error)}; {_DO}.") from error
    _check_lengths(report.profile)
    return report


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, np.ndarray | np.generic):
        return _plain(value.tolist())
    if isinstance(value, list | tuple | set | frozenset):
        return [_plain(item) for item in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None if math.isnan(value) else ("Infinity" if value > 0 else "-Infinity")
    return str(value) if isinstance(value, Path) else value


def _content(text: str | Path) -> str:
    if isinstance(text, str) and text.lstrip()[:1] in ("{", "[", "<"):
        return text
    path = Path(text)
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "not UTF-8 text"
        raise InvalidInput(f"{_NEED}, but got {str(text)[:80]!r} ({reason}); {_DO}.") from error


def _parsed(text: str) -> Any:
    if text.lstrip().startswith("<"):
        page = _PAGE.search(text)
        if page is None:
            raise InvalidInput(f"{_NEED}, but got a page without an embedded report; {_DO}.")
        text = page[1]
    try:
        return json.loads(text, parse_constant=_refuse)
    except (ValueError, RecursionError) as error:
        raise InvalidInput(f"{_NEED}, but got broken JSON ({str(error)[:80]}); {_DO}.") from error


def _refuse(token: str) -> NoReturn:
    raise ValueError(f"{token} is not JSON")


def _number(value: Any, _: type) -> float:
    if value is None:
        return math.nan
    if isinstance(value, str) and value in _INFINITIES:
        return _INFINITIES[value]
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise TypeError(f"{value!r:.40} where a number belongs")
    return float(value)


def _exactly(kind: type) -> Any:
    def hook(value: Any, _: type) -> Any:
        if type(value) is not kind:
            raise TypeError(f"{value!r:.40} where a value of type {kind.__name__} belongs")
        return value

    return hook


@cache
def _converter() -> Converter:
    # cattrs casts by default (int("3"), str(None)); a foreign file must be refused instead.
    converter = Converter(detailed_validation=True)
    converter.register_structure_hook(float, _number)
    for kind in (int, str, bool):
        converter.register_structure_hook(kind, _exactly(kind))
    return converter


def _first(error: BaseException) -> str:
    """The first complaint in a tree of cattrs errors, with the place it is about."""
    place = ""
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
        for note in getattr(error, "__notes__", ()):
            if isinstance(note, AttributeValidationNote):
                place += f".{note.name}"
            elif isinstance(note, IterableValidationNote):
                place += f"[{note.index}]"
    what = f"no key {error}" if isinstance(error, KeyError) else str(error)
    return f"{what} at report{place}"


def _curves(profile: ProfileTable) -> "Iterator[tuple[str, Curve]]":
    for name, curve in vars(profile).items():
        if isinstance(curve, Curve):
            yield name, curve


def _check_lengths(profile: ProfileTable) -> None:
    levels = len(profile.t)
    for name, curve in _curves(profile):
        sizes = (len(curve.value), len(curve.stderr))
        if sizes != (levels, levels):
            raise refusal(
                f"profile.{name} of a report must have a value and a stderr at each of its {levels} levels",
                sizes,
                "pass the report as remanifold wrote it",
            )
