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


def _statements(node: ast.AST, every: bool = False) -> Iterator[ast.Import | ast.ImportFrom]:
    """Every import below ``node``, but those for type checkers alone, unless ``every`` is wanted."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.If) and "TYPE_CHECKING" in ast.unparse(child.test) and not every:
            for other in child.orelse:
                yield from _statements(other)
        elif isinstance(child, ast.Import | ast.ImportFrom):
            yield child
        else:
            yield from _statements(child, every)


def _source(module: str, name: str, trees: dict[str, ast.Module], seen: frozenset[str] = frozenset()) -> str:
    """The module that defines ``name``, looked up in ``module``: followed through the rooms that only hand it on.

    A room that loads its names on first use has the imports of them for type checkers.
    """
    if f"{module}.{name}" in trees:
        return f"{module}.{name}"
    for statement in _statements(trees[module], every=True):
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
    """Through an import inside a function, and through the name that a package hands on, at once or on first use."""
    files = {
        "room/__init__.py": "from room.one import first",
        "room/one.py": "def first():\n    from room.two import second",
        "room/two.py": "from room import first\nsecond = first",
        "room/three.py": "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from room.four import x",
        "room/four.py": "from room import three\nx = 1",
        "lazy/__init__.py": "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from lazy.five import fifth",
        "lazy/five.py": "from lazy.six import sixth\nfifth = sixth",
        "lazy/six.py": "from lazy import fifth\nsixth = 6",
    }
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    assert sorted(map(sorted, circles(tmp_path))) == [["lazy.five", "lazy.six"], ["room.one", "room.two"]]


def test_the_graph_sees_imports_through_packages():
    graph = import_graph(SRC)
    assert graph.has_edge("remanifold.audits.audit", "remanifold.measures.profile.measuring")
    assert graph.number_of_edges() > 500


def test_no_folder_has_more_than_twenty_files():
    sizes = Counter(str(file.parent.relative_to(SRC)) for file in SRC.rglob("*.py"))
    crowded = {folder for folder, size in sizes.items() if size > MOST_FILES}
    assert not crowded
