"""Which columns of an Arrow table are points, which are labels, and which pandas wrote as its index."""

import json
import re
from dataclasses import dataclass
from typing import Any

from remanifold._core.errors import refusal
from remanifold.data.extras import extra
from remanifold.data.reading import listed
from remanifold.data.tables.columns import ColumnChoice, label_beside, label_name, require_names

_INDEX = re.compile(r"__index_level_\d+__")


@dataclass(frozen=True)
class ArrowColumns:
    """Names of the columns by what they hold.

    Attributes:
        points: Columns of numbers, or one of lists or pictures.
        label: That of labels, or None.
        row_names: That of row names, the only index, or None.
        told: What was left out, in sentences.
    """

    points: list[str]
    label: str | None
    row_names: str | None
    told: tuple[str, ...]


def chosen_columns(schema: Any, key: str | None, choice: ColumnChoice, source: str) -> ArrowColumns:
    """The columns of a table with that Arrow ``schema``.

    Args:
        schema: With the metadata of pandas, if it wrote the table.
        key: The one column of points, or None.
        choice: What the user chose.
        source: Of the table, for sentences.

    Raises:
        InvalidInput: if it does not tell which columns are points, or lacks one that was named.
    """
    names = list(schema.names)
    require_names(names, source)
    index, label = _index_columns(schema), label_name(names, choice, source)
    classes = _class_columns(schema)
    told = tuple(f"left out {name}, an index of pandas" for name in index if name != label)
    if label is None and len(classes) == 1 and classes[0] not in choice.named | {key}:
        label = classes[0]
        told += (f"column {label} is taken as the labels: the data set marks it as classes",)
    rest = [name for name in names if name != label and name not in index and name not in classes]
    if key is not None:
        if key not in names:
            raise refusal(
                f"the key must be one of {', '.join(names[:20])}", f"{key!r} for {source}", "pass one of them"
            )
        points = [key]
    elif choice.made:
        by_default = [k for k, name in enumerate(names) if name in rest]
        kept = choice.kept(names, by_default, source)
        told += choice.told(names, by_default, kept)
        points = _fit(schema, [names[k] for k in kept], source)
    else:
        points = _fit(schema, rest, source)
    read = set(points)
    beside = [name for name in rest if name not in read] if key is not None or not choice.made else []
    told += (f"columns that were not read: {listed(beside)}",) if beside else ()
    apart = [name for name in classes if name != label and name not in read]
    told += (f"left out {listed(apart)}, which the data set marks as classes",) if apart else ()
    row_names = index[0] if len(index) == 1 and index[0] not in (*points, label) else None
    label, lost = label_beside(label, points, choice, source)
    return ArrowColumns(points, label, row_names, told + lost)


def is_list(kind: Any) -> bool:
    """Whether an Arrow type is one of lists."""
    types = extra("pyarrow", "a table").types
    return types.is_list(kind) or types.is_large_list(kind) or types.is_fixed_size_list(kind)


def is_number(kind: Any) -> bool:
    """Whether an Arrow type is one of numbers."""
    types = extra("pyarrow", "a table").types
    return types.is_integer(kind) or types.is_floating(kind) or types.is_boolean(kind)


def is_date(kind: Any) -> bool:
    """Whether an Arrow type is one of dates or moments."""
    types = extra("pyarrow", "a table").types
    return types.is_date(kind) or types.is_timestamp(kind)


def is_category(kind: Any) -> bool:
    """Whether an Arrow type is one of words."""
    types = extra("pyarrow", "a table").types
    plain_text = types.is_string(kind) or types.is_large_string(kind) or types.is_string_view(kind)
    return plain_text or (types.is_dictionary(kind) and is_category(kind.value_type))


def is_cell(kind: Any) -> bool:
    """Whether an Arrow type is one of cells that have coordinates, see `remanifold.data.tables.embedding`."""
    types = extra("pyarrow", "a table").types
    apart = types.is_null(kind) or types.is_decimal(kind)
    if types.is_dictionary(kind):
        return is_cell(kind.value_type)
    return is_number(kind) or is_date(kind) or is_category(kind) or apart


def is_picture(kind: Any) -> bool:
    """Whether an Arrow type may hold encoded pictures."""
    types = extra("pyarrow", "a table").types
    return (
        types.is_binary(kind)
        or types.is_large_binary(kind)
        or (types.is_struct(kind) and kind.get_field_index("bytes") >= 0)
    )


def plain(kind: Any) -> Any:
    """The type that an extension type is stored as."""
    return getattr(kind, "storage_type", kind)


def _fit(schema: Any, names: list[str], source: str) -> list[str]:
    """Those of ``names`` that are points: one column of lists or pictures, or all, if they are single cells."""
    types = {name: schema.field(name).type for name in names}
    columns = [name for name, kind in types.items() if is_picture(kind) or is_list(plain(kind))]
    if len(columns) == 1:
        return columns
    others = [name for name, kind in types.items() if not is_cell(kind)]
    if columns or not types or others:
        do = "pass key=COLUMN" if columns or not types else f"pass key=COLUMN, or `ignore` {','.join(others[:4])!r}"
        need = "a table must have one column of points, or only numbers, words, dates, and yes or no"
        raise refusal(need, f"{', '.join(list(schema.names)[:20])} in {source}", do)
    return names


def _class_columns(schema: Any) -> list[str]:
    """Names of the columns that the `datasets` of Hugging Face mark as classes."""
    try:
        features = json.loads((schema.metadata or {}).get(b"huggingface", b"{}"))["info"]["features"]
        kinds = {name: feature.get("_type") for name, feature in features.items() if isinstance(feature, dict)}
    except (ValueError, AttributeError, KeyError, TypeError, RecursionError):  # of another program
        return []
    return [name for name in schema.names if kinds.get(name) == "ClassLabel"]


def _index_columns(schema: Any) -> list[str]:
    """Names of the columns that are an index by the metadata of pandas, or by the name that pandas gives one."""
    try:
        written = json.loads((schema.metadata or {}).get(b"pandas", b"{}")).get("index_columns", [])
    except (ValueError, AttributeError, RecursionError):  # of another program
        written = []
    written = written if isinstance(written, list) else []
    return [name for name in schema.names if name in written or is_index(name)]


def is_index(name: str) -> bool:
    """Whether pandas gives that name to an index."""
    return _INDEX.fullmatch(name) is not None
