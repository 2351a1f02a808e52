"""The reference of Python names: every public name of the front door and of each room, by autodoc."""

import ast
import inspect
import itertools
import re
import textwrap
from dataclasses import is_dataclass
from importlib import import_module
from typing import Any

from docstrings import first_sentence
from json_keys import cell

import remanifold

ROOMS = (
    "audits", "data", "networks", "measures", "sampling", "scores", "theory", "manifolds", "noise", "cluster",
    "experiments", "explorer",
)  # fmt: skip
"""Rooms with a page of their own; `plots` draws for the others, and its functions take what these return."""


def names_of(module: str) -> list[str]:
    """The public names of ``module``; a room's without those that stand at the front door, which are told there."""
    names = list(import_module(module).__all__)
    return names if module == remanifold.__name__ else [name for name in names if name not in remanifold.__all__]


def _directive(module: str, name: str) -> str:
    thing = getattr(import_module(module), name)
    full = f"{module}.{name}"
    if inspect.isclass(thing):
        return f".. autoclass:: {full}\n   :members:\n"
    if inspect.isfunction(inspect.unwrap(thing) if callable(thing) else thing):
        return f".. autofunction:: {full}\n"
    return f".. py:data:: {full}\n\n   {_escaped(_told(module, name))}\n"


def _told(module: str, name: str) -> str:
    """The text under a constant, which autodoc does not find where a room only passes it on."""
    tree = ast.parse(inspect.getsource(import_module(module)))
    sources = {
        alias.name: node.module for node in tree.body if isinstance(node, ast.ImportFrom) for alias in node.names
    }
    body = ast.parse(inspect.getsource(import_module(sources.get(name) or module))).body
    for node, text in itertools.pairwise(body):
        targets = (
            node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", getattr(node, "name", None))]
        )
        named = any(isinstance(target, ast.Name) and target.id == name for target in targets)
        if named and isinstance(text, ast.Expr) and isinstance(text.value, ast.Constant):
            return " ".join(str(text.value.value).split())
    raise LookupError(f"{module}.{name} has no text under it: write what it is in a string below it")


def names(module: str) -> str:
    """Markdown: a line for every public name of ``module``, then what autodoc is to tell of each."""
    told, door = names_of(module), []
    if module != remanifold.__name__:
        door = [name for name in import_module(module).__all__ if name in remanifold.__all__]
    links = f"At the [front door](index.md): {', '.join(map(_link, door))}.\n\n" if door else ""
    lines = "".join(f"* {_link(f'{module}.{name}')}{_said(module, name)}\n" for name in told)
    parts = "\n".join(_directive(module, name) for name in told)
    return f"{links}{lines}\n```{{eval-rst}}\n{parts}```\n"


def _link(name: str) -> str:
    return f"{{py:obj}}`~{name if '.' in name else f'remanifold.{name}'}`"


def _said(module: str, name: str) -> str:
    thing = getattr(import_module(module), name)
    text = first_sentence(thing) if inspect.isclass(thing) or callable(thing) else _told(module, name)
    return f": {cell(text)}" if text else ""


def written_signature(thing: Any) -> tuple[str, str | None] | None:
    """Arguments and result as the source has them: `PointsLike`, where Python itself shows all that it stands for."""
    try:
        (node,) = ast.parse(textwrap.dedent(inspect.getsource(inspect.unwrap(thing)))).body
    except (OSError, TypeError, ValueError, SyntaxError):
        return None
    if isinstance(node, ast.FunctionDef):
        returns = None if node.returns is None else ast.unparse(node.returns).strip("'")
        return f"({_arguments(node)})", returns
    if not isinstance(node, ast.ClassDef):
        return None
    makers = [part for part in node.body if isinstance(part, ast.FunctionDef) and part.name in ("__init__", "__new__")]
    if makers:
        return f"({_arguments(makers[0])})", None
    if not is_dataclass(thing):
        return None
    fields = [part for part in node.body if isinstance(part, ast.AnnAssign)]
    return f"({', '.join(ast.unparse(field) for field in fields)})", None


def _arguments(function: ast.FunctionDef) -> str:
    arguments = function.args
    if arguments.args and arguments.args[0].arg in ("self", "cls"):
        arguments.args = arguments.args[1:]
    return ast.unparse(arguments)


def sign(app: Any, what: str, name: str, thing: Any, *_: object) -> tuple[str, str | None] | None:
    """Handler of autodoc-process-signature."""
    return written_signature(thing) if what in ("function", "method", "class") else None


def as_rst(lines: list[str]) -> list[str]:
    """A docstring of this package, which is plain text with code in backticks, as reStructuredText."""
    made: list[str] = []
    in_doctest = False
    for line in lines:
        in_doctest = line.lstrip().startswith(">>>") or (in_doctest and bool(line.strip()))
        made.append(line if in_doctest else _escaped(line))
    return made


def _escaped(line: str) -> str:
    bullet, line = re.fullmatch(r"(\s*\* )?(.*)", line, flags=re.S).groups()  # type: ignore[union-attr]
    parts = re.split(r"(``.+?``|`[^`]+`)", line)
    return (bullet or "") + "".join(
        part if part.startswith("`") else re.sub(r"([*|\\]|_(?=\W|$))", r"\\\1", part) for part in parts
    )


def prepare(app: Any, what: str, name: str, thing: object, options: object, lines: list[str]) -> None:
    """Handler of autodoc-process-docstring, before napoleon reads the sections."""
    first = ["..", ""] if what in ("attribute", "property") else []  # else napoleon takes "x: y" there for a type
    lines[:] = first + as_rst(lines)
