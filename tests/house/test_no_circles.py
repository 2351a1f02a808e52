"""No circle of files, imports inside functions counted; no folder that nobody can take in at a glance."""

import ast
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import networkx as nx

SRC = Path(__file__).parents[2] / "src"
MOST_FILES = 20


def _name(file: Path, root: Path) -> str:
    parts = file.relative_to(root).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def _statements(node: ast.AST, *, types: bool = False) -> Iterator[ast.Import | ast.ImportFrom]:
    """Every import in ``node``, but those for type checkers alone; with ``types`` those, in place of their else."""
    if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
        below = node.body if types == (ast.unparse(node.test) == "TYPE_CHECKING") else node.orelse
    else:
        below = ast.iter_child_nodes(node)
    if isinstance(node, ast.Import | ast.ImportFrom):
        yield node
    for child in below:
        yield from _statements(child, types=types)


def _handed_on(tree: ast.Module) -> Iterator[ast.Import | ast.ImportFrom]:
    """What a room imports for others; where names load on first use, what it declares for type checkers."""
    defined = {part.name for part in ast.walk(tree) if isinstance(part, ast.FunctionDef)}
    assigned = {part.id for part in ast.walk(tree) if isinstance(part, ast.Name) and isinstance(part.ctx, ast.Store)}
    lazy = "__getattr__" in defined | assigned
    yield from _statements(tree, types=lazy)


def _source(module: str, name: str, trees: dict[str, ast.Module], seen: frozenset[str] = frozenset()) -> str:
    """The module that defines ``name``, looked up in ``module``: followed through the rooms that only hand it on."""
    if f"{module}.{name}" in trees:
        return f"{module}.{name}"
    for statement in _handed_on(trees[module]):
        if isinstance(statement, ast.ImportFrom) and statement.module in trees and module not in seen:
            for alias in statement.names:
                if (alias.asname or alias.name) == name:
                    return _source(statement.module, alias.name, trees, seen | {module})
    return module


def import_graph(root: Path) -> nx.DiGraph:
    """Which file imports which, packages resolved to the file that defines the name."""
    trees = {_name(file, root): ast.parse(file.read_text(encoding="utf-8")) for file in sorted(root.rglob("*.py"))}
    graph = nx.DiGraph()
    graph.add_nodes_from(trees)
    for module, tree in trees.items():
        for statement in _statements(tree):
            if isinstance(statement, ast.Import):
                graph.add_edges_from((module, alias.name) for alias in statement.names if alias.name in trees)
            elif statement.module in trees:
                graph.add_edges_from(
                    (module, _source(statement.module, alias.name, trees)) for alias in statement.names
                )
    return graph


def circles(root: Path) -> list[set[str]]:
    return [files for files in nx.strongly_connected_components(import_graph(root)) if len(files) > 1]


def test_no_files_import_each_other_in_a_circle():
    assert circles(SRC) == []


def test_a_planted_circle_is_found(tmp_path):
    """Through an import inside a function, and through the name that a package hands on."""
    files = {
        "room/__init__.py": "from room.one import first",
        "room/one.py": "def first():\n    from room.two import second",
        "room/two.py": "from room import first\nsecond = first",
        "room/three.py": "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from room.four import x",
        "room/four.py": "from room import three\nx = 1",
    }
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    assert circles(tmp_path) == [{"room.one", "room.two"}]


def test_the_graph_sees_imports_through_packages():
    graph = import_graph(SRC)
    assert graph.has_edge("remanifold.audits.audit", "remanifold.measures.profile.measuring")
    assert graph.number_of_edges() > 500


def test_no_folder_has_more_than_twenty_files():
    sizes = Counter(str(file.parent.relative_to(SRC)) for file in SRC.rglob("*.py"))
    crowded = {folder for folder, size in sizes.items() if size > MOST_FILES}
    assert not crowded
