"""Habits of the tests: what is private is left alone unless a comment says why, and nobody sleeps for a fixed time."""

import ast
import io
import tokenize
from pathlib import Path

import pytest

TESTS = Path(__file__).parents[1]
FILES = sorted(path for path in TESTS.rglob("*.py") if path.name != Path(__file__).name)
_OWN = ("self", "cls")  # whose private names a class may use
_OPEN = ("_core", "_repr_html_", "_replace", "_asdict", "_fields", "_exit")  # private by their look only
_SLEEPERS = ("polling.py", "peak_memory.py")  # they look again after each sleep


def _private(name: object) -> bool:
    last = name.split(".")[-1] if isinstance(name, str) else ""
    return last.startswith("_") and not last.startswith("__") and last not in _OPEN


def _commented(text: str) -> set[int]:
    """Lines that hold a comment."""
    tokens = tokenize.generate_tokens(io.StringIO(text).readline)
    return {token.start[0] for token in tokens if token.type == tokenize.COMMENT and "fmt:" not in token.string}


def _reaches_in(node: ast.AST, own: set[str]) -> str | None:
    """What ``node`` imports, reads or patches that is private to someone else."""
    if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("remanifold"):
        return next((alias.name for alias in node.names if _private(alias.name)), None)
    if isinstance(node, ast.Attribute) and _private(node.attr) and node.attr not in own:
        return None if isinstance(node.value, ast.Name) and node.value.id in _OWN else node.attr
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in ("setattr", "delattr"):
        words = [word.value for word in node.args[:2] if isinstance(word, ast.Constant)]
        return next((word for word in words if _private(word)), None)
    return None


def without_reason(text: str) -> list[tuple[int, str]]:
    """(line, private name) of every import, use or patch of one with no comment on its lines or on the line above."""
    tree, comments, found = ast.parse(text), _commented(text), []
    own = {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}
    for statement in ast.walk(tree):
        if not isinstance(statement, ast.stmt):
            continue
        parts = [node for node in ast.iter_child_nodes(statement) if not isinstance(node, ast.stmt)]
        nodes = [statement, *(inner for part in parts for inner in ast.walk(part))]
        for node in nodes:
            name = _reaches_in(node, own)
            if name and not comments & {node.lineno - 1, *range(node.lineno, (node.end_lineno or node.lineno) + 1)}:
                found.append((node.lineno, name))
    return sorted(set(found))


def fixed_sleeps(text: str) -> list[int]:
    """Lines that call ``sleep``, with no comment there or on the line above."""
    comments = _commented(text)
    calls = [node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Call)]
    lines = [node.lineno for node in calls if ast.unparse(node.func) in ("time.sleep", "sleep")]
    return [line for line in lines if not comments & {line - 1, line}]


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(TESTS)))
def test_private_names_have_a_reason_and_waiting_looks_again(path):
    text = path.read_text(encoding="utf-8")
    assert without_reason(text) == [], "say in a comment why no public call will do"
    assert path.name in _SLEEPERS or fixed_sleeps(text) == [], "wait for what must happen: polling.until"


def test_planted_habits_are_seen():
    text = (
        "from remanifold.scores import _one, two\n"
        "monkeypatch.setattr(module, '_THREE', 3)\n"
        "monkeypatch.setattr('remanifold.scores._four', 4)\n"
        "monkeypatch.setattr(module, '_FIVE', 5)  # more would take minutes\n"
        "# no public call fails here\n"
        "monkeypatch.setattr(module, 'six', thing._six)\n"
        "self._seven = record._asdict() if engine._seven else remanifold._core.errors\n"
        "time.sleep(1)\n"
        "time.sleep(0.1)  # the work itself\n"
    )
    assert without_reason(text) == [(1, "_one"), (2, "_THREE"), (3, "remanifold.scores._four"), (7, "_seven")]
    assert fixed_sleeps(text) == [8]
