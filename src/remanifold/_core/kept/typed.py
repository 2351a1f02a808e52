"""A dataclass of plain values from the JSON of a file that others may have changed: every value of its declared type.

JSON readers take 1e999 for an infinite number, and dataclasses take whatever comes; a field that nothing looks at
would travel on and fail where nobody expects it, in the file that is written last.
"""

import sys
from collections.abc import Mapping
from dataclasses import fields
from types import NoneType, UnionType
from typing import Any, TypeVar, Union, get_args, get_origin, get_type_hints

Kind = TypeVar("Kind")


def typed(kind: type[Kind], tree: object) -> Kind:
    """``kind(**tree)``, lists as tuples.

    Args:
        kind: A dataclass whose fields are None, bool, int, float, str, tuples of these and mappings with text for keys.
        tree: What a JSON file holds.

    Raises:
        TypeError: if ``tree`` is no mapping, has a key that ``kind`` does not know, or a value of another type; a
            number must be finite.
    """
    if not isinstance(tree, Mapping):
        raise TypeError(f"{tree!r:.40} where the fields of a {kind.__name__} belong")
    hints = get_type_hints(kind)
    unknown = sorted(set(tree) - {field.name for field in fields(kind)})  # type: ignore[arg-type]
    if unknown:
        raise TypeError(f"no field {unknown[0]!r:.40}")
    return kind(**{name: _of_type(hints[name], value, name) for name, value in tree.items()})


def _of_type(hint: Any, value: Any, name: str) -> Any:
    """``value``, if it fits the ``hint``."""
    kinds = get_args(hint) if get_origin(hint) in (Union, UnionType) else (hint,)
    for kind in kinds:
        if get_origin(kind) is tuple and isinstance(value, list):
            return tuple(_of_type(get_args(kind)[0], item, name) for item in value)
        if _fits(kind, value):
            return value
    raise TypeError(f"{value!r:.40} for {name!r}")


def _fits(kind: Any, value: Any) -> bool:
    if kind is Any:
        return not isinstance(value, float) or _finite(value)
    if get_origin(kind) is not None:  # a mapping, as its keys and values say
        return isinstance(value, Mapping) and all(_fits(get_args(kind)[1], item) for item in value.values())
    if kind is float:
        return isinstance(value, int | float) and not isinstance(value, bool) and _finite(value)
    return value is None if kind is NoneType else type(value) is kind


def _finite(value: float) -> bool:
    return abs(value) <= sys.float_info.max  # of whole numbers of any size, and false for nan
