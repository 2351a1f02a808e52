"""Every key of the JSON that commands write, from the records behind it and their docstrings."""

import re
import types
import typing
from collections.abc import Mapping
from dataclasses import dataclass, fields, is_dataclass
from functools import cache
from typing import Any

from docstrings import attributes, first_sentence

from remanifold._core.estimate import Estimate
from remanifold._core.tables import Table
from remanifold.audits.records.audit import AuditRecord
from remanifold.audits.records.compared import ComparisonRecord
from remanifold.audits.records.holdout import HoldoutCheck
from remanifold.audits.records.models import FiniteSizeReference, ManifoldCandidate, ManifoldFit, SamplesNeeded
from remanifold.audits.records.rows import CarryingRows, ClassTimes, ExposedRow, LevelRows
from remanifold.audits.records.samples import CopiesRecord
from remanifold.noise import MeasuredLevel, NoiseLevel
from remanifold.theory import Phases
from remanifold.theory.finite.size_times import FiniteSizeTimes

CLOCKS = "clocks of a level"
LEVEL = "a measured noise level"
TIME = "a predicted noise level"
SIZE_TIME = "a noise level at finite size"
_OF_A_LEVEL = {
    "value": "The noise variance t, squared data units.",
    "stderr": "Its standard error.",
    "interval": "95 % interval of t.",
    "clocks": "The same level in other conventions.",
    "n_queries": "Rows that it is a mean over.",
    "own_weight": "E[w_own] there: the chance that exact reversal returns to the row; null where it was not measured.",
    "own_weight_stderr": "Its standard error.",
    "first_row": "The row that collapses (or traps) first.",
    "first_row_t": "The noise variance at which it does.",
}
_BY_HAND: dict[str, dict[str, str]] = {
    LEVEL: _OF_A_LEVEL,
    TIME: {key: _OF_A_LEVEL[key] for key in ("value", "clocks")},
    SIZE_TIME: {
        "value": _OF_A_LEVEL["value"],
        "stderr": "Numerical error of the prediction.",
        "effort_shift": "The part of it that more sampling would move, in the unit of `value`.",
        "spread": "Standard deviation of log t between draws of F; null where it was not estimated.",
        "spread_bound": "What it is at most: 95 % upper bound.",
        "clocks": _OF_A_LEVEL["clocks"],
    },
    CLOCKS: {
        "sigma": "Standard deviation of the noise, data units.",
        "vp_time": "Variance-preserving time s, t = e^(2s) - 1.",
        "flow_time": "Rectified-flow time u, t = (u/(1-u))^2.",
        "ddpm": "By schedule: the nearest `step` and its `t`, or null outside the schedule.",
        "sigma_in_data_std": "sigma over the data's standard deviation (audits only).",
        "ddpm_reason": "Why a step is null.",
    },
}
"""Keys of trees that are no record of their own."""

_PAIRED = {
    HoldoutCheck: {"closer_share_stderr": "Standard error of `closer_share`."},
    ExposedRow: {"stderr": "Standard error of `t`.", "interval": "95 % interval of `t`."},
    LevelRows: {"own_weight_stderr": "Standard error of `own_weight`."},
    ClassTimes: {"t_collapse_stderr": "Standard error of `t_collapse`."},
    FiniteSizeReference: {
        f"t_{name}_stderr": f"Numerical error of `t_{name}`." for name in ("onset", "collapse", "generalization")
    },
    ManifoldFit: {"latent_ratio_stderr": "Standard error of `latent_ratio`."},
    ManifoldCandidate: {"behind_stderr": "Standard error of `behind`."},
    SamplesNeeded: {"sigma": "The root of `t`."},
    Phases: {"units": "Units of the numbers, by name.", "notes": "What to know before these times are used."},
    Table: {},
}
"""Keys that a record's JSON has beside its fields."""
_NO_KEY = {
    AuditRecord: {"onset_rows", "collapse_rows", "generalization_rows"},
    FiniteSizeTimes: {"effort_shifts", "spreads", "spread_bounds"},
}
_AS_LEVELS = {AuditRecord: LEVEL, CarryingRows: LEVEL, HoldoutCheck: LEVEL, Phases: TIME, FiniteSizeTimes: SIZE_TIME}
"""Records whose times stand with their clocks."""


@dataclass(frozen=True)
class Key:
    """One key: what stands there, its meaning, and the section of what is inside, where that has keys of its own."""

    name: str
    holds: str
    meaning: str
    inside: str | None = None


def _inner(hint: Any) -> tuple[Any, str]:
    """What a type hint holds in the end, and how it is held: "", " list", " map", with "or null"."""
    origin, words = typing.get_origin(hint), typing.get_args(hint)
    if origin in (typing.Union, types.UnionType):
        (kind,) = [word for word in words if word is not type(None)]
        inside, how = _inner(kind)
        return inside, how + ", or null"
    if origin is tuple:
        if words[-1] is Ellipsis:
            inside, how = _inner(words[0])
            return inside, " list" + how
        return tuple, ""
    if origin in (dict, Mapping):
        return dict, ""
    return hint, ""


_WORDS: dict[Any, str] = {
    float: "number", int: "whole number", str: "text", bool: "true or false", tuple: "list", dict: "object",
    Estimate: "[value, standard error]", MeasuredLevel: "[t, standard error]", NoiseLevel: "t",
}  # fmt: skip


def _key(owner: type, name: str, hint: Any, meaning: str) -> Key:
    inside, how = _inner(hint)
    if inside in (MeasuredLevel, NoiseLevel) and owner in _AS_LEVELS and " list" not in how:
        return Key(name, "object" + how, meaning, _AS_LEVELS[owner])
    if is_dataclass(inside) and inside not in (Estimate, MeasuredLevel, NoiseLevel):
        return Key(name, "object" + how, meaning, inside.__name__)
    pairs = owner in _PAIRED and f"{name}_stderr" in _PAIRED[owner]
    words = "number" if pairs or (owner is ExposedRow and name == "t") else _WORDS.get(inside, "text")
    return Key(name, words + how, meaning)


def keys_of(record: type) -> list[Key]:
    """The keys of a record's JSON in order."""
    meanings, hints = attributes(record), typing.get_type_hints(record)
    hidden = _NO_KEY.get(record, set())
    names = [field.name for field in fields(record) if field.name not in hidden]  # type: ignore[arg-type]
    keys = [_key(record, name, hints[name], meanings.get(name, "")) for name in names]
    return keys + [Key(name, "see the text", text) for name, text in _PAIRED.get(record, {}).items()]


@cache
def sections(root: type) -> dict[str, tuple[str, list[Key]]]:
    """Section name -> (what it is, its keys) of everything inside ``root``, the root first."""
    found: dict[str, tuple[str, list[Key]]] = {}
    waiting: list[Any] = [root]
    while waiting:
        record = waiting.pop(0)
        if isinstance(record, str):
            if record not in found:
                found[record] = ("", [_by_hand(name, text) for name, text in _BY_HAND[record].items()])
                waiting += [CLOCKS] if "clocks" in _BY_HAND[record] else []
            continue
        if record.__name__ in found:
            continue
        found[record.__name__] = (first_sentence(record), keys_of(record))
        hints = typing.get_type_hints(record)
        for key in keys_of(record):
            if key.inside in _BY_HAND:
                waiting.append(key.inside)
            elif key.inside:
                waiting.append(_inner(hints[key.name])[0])
    return found


def _by_hand(name: str, meaning: str) -> Key:
    return Key(
        name, "object" if name in ("clocks", "ddpm") else "number", meaning, CLOCKS if name == "clocks" else None
    )


def undocumented(root: type, tree: Any, section: str | None = None, place: str = "") -> list[str]:
    """Places in the JSON ``tree`` of a ``root`` that have a key which the reference does not describe."""
    section = section or root.__name__
    known = {key.name: key for key in sections(root)[section][1]}
    missing = []
    for name, value in tree.items():
        here = f"{place}.{name}".strip(".")
        if name not in known or not known[name].meaning:
            missing.append(here)
            continue
        inside = known[name].inside
        items = value if isinstance(value, list) else [value]
        for item in items if inside else []:
            if isinstance(item, dict):
                missing += undocumented(root, item, inside, here)
    return sorted(set(missing))


ROOTS: dict[str, type] = {
    "report": AuditRecord, "copies": CopiesRecord, "compare": ComparisonRecord, "phases": Phases, "tables": Table,
}  # fmt: skip
"""What `<!-- made: json NAME -->` of the page can name."""


def json_tables(name: str) -> str:
    """Markdown: a table of keys for the record; for each inside it one that opens, under the names of its keys."""
    root = ROOTS[name]
    elsewhere = _only_of_copies() if root is AuditRecord else frozenset()
    lines: list[str] = []
    for title, (what, keys) in sections(root).items():
        if title in elsewhere:
            continue
        inner = title != root.__name__
        if inner:
            lines += ["", f"## {_spaced(title).capitalize()}", ""] + ([what, ""] if what else [])
            named = ", ".join(f"<code>{key.name}</code>" for key in keys)
            lines += [f"<details><summary>{named}</summary>", ""]
        lines += ["| key | holds | meaning |", "| --- | --- | --- |"]
        lines += [f"| `{key.name}` | {_holds(key, elsewhere)} | {cell(key.meaning)} |" for key in keys]
        lines += ["", "</details>"] if inner else []
    return "\n".join(lines) + "\n"


def _only_of_copies() -> frozenset[str]:
    """Records that a report has only inside its `samples`: they stand on the page of copies."""
    inside = set(sections(CopiesRecord))
    hints = typing.get_type_hints(AuditRecord)
    others = [_inner(hint)[0] for name, hint in hints.items() if name != "samples"]
    kept = {title for kind in others if is_dataclass(kind) for title in sections(typing.cast(type, kind))}
    return frozenset(inside - kept)


def _holds(key: Key, elsewhere: frozenset[str]) -> str:
    if key.inside is None:
        return key.holds
    words = _spaced(key.inside)
    if key.inside in elsewhere:
        return f"{key.holds}: [{words}](copies.md)"
    return f"{key.holds}: [{words}](#{words.replace(' ', '-')})"


def _spaced(title: str | None) -> str:
    return re.sub(r"(?<=[a-z])(?=[A-Z])", " ", title or "").lower()


def cell(text: str) -> str:
    """``text`` of a docstring as a cell of a Markdown table."""
    text = re.sub(r"\bNone\b", "null", re.sub(r"``(.+?)``", r"`\1`", text))
    outside = re.split(r"(`[^`]*`)", text)
    return "".join(
        part if part.startswith("`") else re.sub(r"([*_<>\[\]$])", r"\\\1", part) for part in outside
    ).replace("|", "\\|")
