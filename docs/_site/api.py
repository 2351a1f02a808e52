"""The reference of Python names: every public name of the front door and of each room, by autodoc."""

import ast
import inspect
import itertools
import re
import textwrap
from dataclasses import is_dataclass
from html import escape
from importlib import import_module
from typing import Any

from docstrings import first_sentence

import remanifold

ROOMS = (
    "audits", "data", "networks", "measures", "sampling", "scores", "theory", "manifolds", "noise", "cluster",
    "experiments", "explorer", "plots",
)  # fmt: skip
"""Rooms with a page of their own."""


def names_of(module: str) -> list[str]:
    """The public names of ``module``; a room's without those that stand at the front door, which are told there."""
    names = list(import_module(module).__all__)
    return names if module == remanifold.__name__ else [name for name in names if name not in remanifold.__all__]


def _directive(module: str, name: str) -> str:
    thing = getattr(import_module(module), name)
    full = f"{module}.{name}"
    if inspect.isclass(thing):
        return f".. autoclass:: {full}\n   :members:\n"
    if _is_function(thing):
        return f".. autofunction:: {full}\n"
    return f".. py:data:: {full}\n\n   {_escaped(_told(module, name))}\n"


def _is_function(thing: object) -> bool:
    return inspect.isfunction(inspect.unwrap(thing) if callable(thing) else thing)


def _told(module: str, name: str) -> str:
    """The text under a constant, which autodoc does not find where a room only passes it on."""
    tree = ast.parse(inspect.getsource(import_module(module)))
    sources = {
        alias.name: node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) for alias in node.names
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
    """Markdown: a line for every public name of ``module``, which opens to what autodoc tells of it; by sub-room."""
    told, door = names_of(module), []
    if module != remanifold.__name__:
        door = [name for name in import_module(module).__all__ if name in remanifold.__all__]
    links = f"At the [front door](index.md): {', '.join(map(_link, door))}.\n\n" if door else ""
    rooms: dict[str, list[str]] = {}
    for name in told:
        rooms.setdefault(_sub_room(module, name), []).append(name)
    parts = [
        (f"## {room}\n\n" if len(rooms) > 1 else "") + "\n".join(_folded(module, name) for name in rooms[room])
        for room in rooms
    ]
    return links + "\n".join(parts)


def _sub_room(module: str, name: str) -> str:
    """The sub-room that makes ``name``: `profile` of remanifold.measures.profile.sweep; the room itself else."""
    made_in = str(getattr(getattr(import_module(module), name), "__module__", module))
    parts = made_in.removeprefix(f"{module}.").split(".")
    return parts[0] if made_in.startswith(f"{module}.") and len(parts) > 1 else module.rpartition(".")[2]


def _folded(module: str, name: str) -> str:
    """A line that opens; browsers open it by themselves for who follows a link to what is inside."""
    said = re.sub("``?([^`]+)``?", r"<code>\1</code>", escape(_said(module, name)))
    line = f"<summary><code>{name}</code>{said}</summary>"
    return f'<details class="name">{line}\n\n```{{eval-rst}}\n{_directive(module, name)}```\n\n</details>\n'


def _link(name: str) -> str:
    return f"{{py:obj}}`~{name if '.' in name else f'remanifold.{name}'}`"


def _said(module: str, name: str) -> str:
    thing = getattr(import_module(module), name)
    text = first_sentence(thing) if inspect.isclass(thing) or _is_function(thing) else _told(module, name)
    return f": {' '.join(text.split())}" if text else ""


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
