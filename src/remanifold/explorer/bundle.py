"""Modules of JavaScript put together into one script, which a page can hold without asking for a file."""

import re
from importlib.resources import files

_IMPORT = re.compile(r'^import\s*\{([^}]*)\}\s*from\s*"([^"]+)";\n', re.MULTILINE)
_EXPORT = re.compile(r"^export (?=(?:async )?(?:function\*?|const|class) (\w+))", re.MULTILINE)
_NOTE = re.compile(r"^\s*//.*\n", re.MULTILINE)


def bundled(entry: str) -> str:
    """The module ``entry`` of the folder ``js`` and all that it imports, as one script.

    Each module becomes a function that is called once and returns its exports, in an order in which every module stands
    behind those that it imports. The modules keep to ``import { a, b } from "./path.js";`` and to ``export`` before a
    function, constant or class. Lines that are comments are left out.

    Args:
        entry: Path below ``js``, like "main.js".

    Raises:
        ValueError: if modules import each other in a circle.
    """
    order: list[str] = []
    _visit(entry, order, ())
    return "\n".join(_wrapped(name) for name in order)


def source_of(name: str) -> str:
    """The text of the module at the path ``name`` below ``js``."""
    return files("remanifold.explorer").joinpath("js", *name.split("/")).read_text(encoding="utf-8")


def _visit(name: str, order: list[str], above: tuple[str, ...]) -> None:
    if name in above:
        raise ValueError(f"modules import each other in a circle: {' -> '.join((*above, name))}")
    if name not in order:
        for _, target in _IMPORT.findall(source_of(name)):
            _visit(_resolved(name, target), order, (*above, name))
        order.append(name)


def _resolved(name: str, target: str) -> str:
    """Path below ``js`` of what the module ``name`` imports as ``target``, "./x.js" or "../y/x.js"."""
    parts = name.split("/")[:-1]
    for part in target.split("/"):
        if part == "..":
            parts.pop()
        elif part != ".":
            parts.append(part)
    return "/".join(parts)


def _variable(name: str) -> str:
    return "m_" + re.sub(r"\W", "_", name.removesuffix(".js"))


def _wrapped(name: str) -> str:
    source = source_of(name)
    exports = ", ".join(match for match in _EXPORT.findall(source))
    body = _IMPORT.sub(lambda found: f"const {{{found[1]}}} = {_variable(_resolved(name, found[2]))};\n", source)
    body = _NOTE.sub("", _EXPORT.sub("", body))
    return f"const {_variable(name)} = (() => {{\n{body}return {{ {exports} }};\n}})();"
