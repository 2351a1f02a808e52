"""Audit records as strict JSON and back: every number that does not exist is null, every tuple a list.

The JSON is that of schema 1, which is older than the records: a number with its error is a pair in what it says of a
network and two keys elsewhere, and the three noise levels carry their clocks and what single rows do there.
"""

import json
import math
import re
from collections.abc import Callable
from dataclasses import dataclass, fields, is_dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any, NoReturn

import numpy as np
from cattrs import AttributeValidationNote, Converter, IterableValidationNote
from cattrs.gen import make_dict_structure_fn

from remanifold._core.errors import InvalidInput, refusal, require
from remanifold._core.estimate import Estimate
from remanifold._core.files import path_of, require_regular
from remanifold._core.shown import plain_json
from remanifold.audits.records.audit import SCHEMA_VERSION, AuditRecord
from remanifold.audits.records.holdout import HoldoutCheck
from remanifold.audits.records.models import FiniteSizeReference, ManifoldCandidate, ManifoldFit, SamplesNeeded
from remanifold.audits.records.profile import Curve, ProfileTable
from remanifold.audits.records.rows import ClassTimes, ExposedRow, LevelRows
from remanifold.noise import MeasuredLevel, NoiseLevel

_INFINITIES = {"Infinity": math.inf, "-Infinity": -math.inf}  # JSON has no such number: written as text
_PAGE = re.compile(r'<script type="application/json" id="report-json">(.*?)</script>', re.DOTALL)
_NEED = "a report must be JSON that remanifold wrote"
_DO = "pass the text of a report, or the path of a .json or .html report"
_LEVELS = ("onset", "collapse", "generalization")
_ERROR_KEYS: dict[type, dict[str, str]] = {
    HoldoutCheck: {"closer_share": "closer_share_stderr"},
    ExposedRow: {"t": "stderr"},
    LevelRows: {"own_weight": "own_weight_stderr"},
    ClassTimes: {"t_collapse": "t_collapse_stderr"},
    FiniteSizeReference: {f"t_{name}": f"t_{name}_stderr" for name in _LEVELS},
    ManifoldFit: {"latent_ratio": "latent_ratio_stderr"},
    ManifoldCandidate: {"behind": "behind_stderr"},
}
"""Fields of a number with its error that are two keys in JSON, with the key of the error."""


def to_plain(record: AuditRecord) -> dict[str, Any]:
    """``record`` as dictionaries, lists, numbers and text, ready for any strict JSON writer.

    nan becomes None; an infinite number becomes the text "Infinity" or "-Infinity".
    """
    tree, std = _plain(record), record.data.std
    for name in _LEVELS:
        tree[f"t_{name}"] = _level_tree(getattr(record, f"t_{name}"), tree.pop(f"{name}_rows"), std)
        if record.carried is not None:
            tree["carried"][f"t_{name}"] = _level_tree(getattr(record.carried, f"t_{name}"), None, std)
    if record.groups is None:
        tree.pop("groups")
    if record.model is not None and record.model.captions is None:
        del tree["model"]["captions"]
    if not record.row_names:
        tree.pop("row_names")
    if record.data.standardize is None:  # of an older report
        del tree["data"]["standardize"], tree["data"]["columns"]
    if record.samples is not None and record.samples.data is None:
        for name in ("data", "curves", "side_by_side"):
            del tree["samples"][name]
    if record.samples is not None:
        del tree["samples"]["shape"]  # that of the data
        if record.samples.reference is None:  # none, or of an older report
            del tree["samples"]["reference"]
    if record.holdout is not None:
        tree["holdout"]["t_generalization"] = _level_tree(record.holdout.t_generalization, None, std)
    return tree


def to_json_text(record: AuditRecord, indent: int | None = 2) -> str:
    """``record`` as strict JSON (no NaN token), indented by ``indent`` spaces; None: on one line."""
    apart = None if indent is not None else (",", ":")
    text = json.dumps(to_plain(record), indent=indent, separators=apart, ensure_ascii=False, allow_nan=False)
    return plain_json(text) + "\n"


def from_json_text(text: str | Path) -> AuditRecord:
    """The record in JSON ``text``, in an HTML page that remanifold wrote, or in the file at that path.

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
        record = _converter().structure(tree, AuditRecord)
    except Exception as error:  # cattrs raises groups of whatever its hooks raise
        raise InvalidInput(f"{_NEED}, but got {_first(error)}; {_DO}.") from error
    _check_lengths(record.profile)
    if record.samples is None:
        return record
    return replace(record, samples=replace(record.samples, shape=record.data.shape))


def _plain(value: Any) -> Any:
    if isinstance(value, Estimate | MeasuredLevel):
        return [_plain(value.value), _plain(value.stderr)]
    if is_dataclass(value):
        return _record_tree(value)
    if isinstance(value, dict):
        return {str(key): _plain(item) for key, item in value.items()}
    value = value.tolist() if isinstance(value, np.ndarray | np.generic) else value
    if isinstance(value, list | tuple | set | frozenset):
        return [_plain(item) for item in value]
    if isinstance(value, float):
        infinite = "Infinity" if value > 0 else "-Infinity"
        return float(value) if math.isfinite(value) else None if math.isnan(value) else infinite
    return str(value) if isinstance(value, Path) else value


def _record_tree(record: Any) -> dict[str, Any]:
    tree: dict[str, Any] = {}
    errors = _ERROR_KEYS.get(type(record), {})
    for field in fields(record):
        value = _plain(getattr(record, field.name))
        if field.name in errors:
            tree[field.name], tree[errors[field.name]] = value or (None, None)
        else:
            tree[field.name] = value
        if field.name == "t" and isinstance(record, ExposedRow):
            tree["interval"] = _plain(record.t.interval)
        if field.name == "t" and isinstance(record, SamplesNeeded):
            tree["sigma"] = record.t.sigma
    return tree


def _level_tree(level: MeasuredLevel | None, rows: dict[str, Any] | None, std: float) -> dict[str, Any] | None:
    if level is None:
        return None
    tree = {
        "value": level.value,
        "stderr": level.stderr,
        "interval": level.interval,
        "clocks": {**level.clocks(), "sigma_in_data_std": level.sigma / std},
        "n_queries": level.n,
    }
    nothing = dict.fromkeys(("own_weight", "own_weight_stderr", "first_row", "first_row_t"))
    return _plain(tree) | (rows or nothing)


@dataclass(frozen=True)
class _LevelTree:
    """A noise level as it stands in JSON; its other keys follow from these."""

    value: float
    stderr: float
    interval: tuple[float, float]
    clocks: dict[str, Any]
    n_queries: int


def _content(text: str | Path) -> str:
    if isinstance(text, str) and text.lstrip()[:1] in ("{", "[", "<"):
        return text
    path = require_regular(path_of(text, "a report"), "a report")
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


def _number(value: Any, _: object = float) -> float:
    if value is None:
        return math.nan
    if isinstance(value, str) and value in _INFINITIES:
        return _INFINITIES[value]
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise TypeError(f"{value!r:.40} where a number belongs")
    return float(value)


def _pair(value: Any) -> tuple[float, float]:
    if not isinstance(value, list) or len(value) != 2:
        raise TypeError(f"{value!r:.40} where a number and its error belong")
    return _number(value[0]), _number(value[1])


def _estimate(value: Any, _: object) -> Estimate:
    return Estimate(math.nan, math.nan, 0) if value is None else Estimate(*_pair(value), 0)


def _level(value: Any, _: object) -> NoiseLevel:
    try:
        return NoiseLevel(_number(value))
    except InvalidInput as error:
        raise TypeError(f"{value!r:.40} where a noise variance belongs") from error


def _measured(value: Any, _: object) -> MeasuredLevel:
    if isinstance(value, dict):
        tree = _converter().structure(value, _LevelTree)
        t, stderr, n = tree.value, tree.stderr, tree.n_queries
    else:
        (t, stderr), n = _pair(value), 0
    try:
        return MeasuredLevel(t, stderr, n)
    except InvalidInput as error:
        raise TypeError(f"{t:g} with the error {stderr:g} where a noise variance belongs") from error


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
    converter.register_structure_hook(Estimate, _estimate)
    converter.register_structure_hook(NoiseLevel, _level)
    converter.register_structure_hook(MeasuredLevel, _measured)
    for kind, errors in _ERROR_KEYS.items():
        converter.register_structure_hook(kind, _after(_paired(errors), kind, converter))
    converter.register_structure_hook(AuditRecord, _after(_with_rows, AuditRecord, converter))
    return converter


def _after(change: Callable[[dict[str, Any]], dict[str, Any]], kind: type, converter: Converter) -> Any:
    """What reads a ``kind`` from the tree as ``change`` leaves it."""
    read = make_dict_structure_fn(kind, converter)
    return lambda tree, _: read(change(tree) if isinstance(tree, dict) else tree, kind)


def _paired(errors: dict[str, str]) -> Callable[[dict[str, Any]], dict[str, Any]]:
    """What makes two keys of a number and its error one pair."""

    def change(tree: dict[str, Any]) -> dict[str, Any]:
        pairs = {name: [tree[name], tree.get(key)] for name, key in errors.items() if tree.get(name) is not None}
        return tree | pairs

    return change


def _with_rows(tree: dict[str, Any]) -> dict[str, Any]:
    """What single rows do at a level, which stands beside its number in JSON."""
    levels = {name: tree.get(f"t_{name}") for name in _LEVELS}
    told = {f"{k}_rows": v for k, v in levels.items() if isinstance(v, dict) and v.get("own_weight") is not None}
    return tree | told


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


def _check_lengths(profile: ProfileTable) -> None:
    levels = len(profile.t)
    curves = {name: curve for name, curve in vars(profile).items() if isinstance(curve, Curve)}
    for name, curve in curves.items():
        sizes = (len(curve.value), len(curve.stderr))
        if sizes != (levels, levels):
            raise refusal(
                f"profile.{name} of a report must have a value and a stderr at each of its {levels} levels",
                sizes,
                "pass the report as remanifold wrote it",
            )
