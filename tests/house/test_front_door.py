"""The front door: few names, all of them real, documented, and fast to reach."""

import inspect
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

import remanifold

ROOT = Path(__file__).parents[2]
NAMES = [name for name in remanifold.__all__ if not name.startswith("__")]


def _python(code: str) -> str:
    return subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout


def _loaded_after(code: str) -> set[str]:
    """Top-level modules in sys.modules after ``code``, which may print and exit as it likes."""
    program = f"import sys\ntry:\n    {code}\nexcept SystemExit:\n    pass\nprint(chr(10) + ' '.join(sys.modules))"
    return {name.split(".")[0] for name in _python(program).splitlines()[-1].split()}


@pytest.mark.parametrize("room", ["remanifold", "remanifold.measures"])
def test_star_import_resolves_every_name(room):
    code = f"from {room} import *; import {room} as room; print([n for n in room.__all__ if n not in globals()])"
    assert _python(code).strip() == "[]"


def test_front_door_has_at_most_twenty_names_and_no_twin():
    assert len(remanifold.__all__) <= 20
    assert len(set(remanifold.__all__)) == len(remanifold.__all__)


def test_unknown_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="no attribute 'no_such_name'"):
        _ = remanifold.no_such_name


@pytest.mark.parametrize("name", NAMES)
def test_public_name_has_its_own_docstring(name):
    doc = inspect.getdoc(getattr(remanifold, name)) or ""
    assert len(doc) > 20
    assert not doc.startswith(f"{name}("), "this is the signature that dataclass writes, not a docstring"


def test_import_loads_nothing_heavy():
    loaded = _loaded_after("import remanifold")
    assert "remanifold" in loaded
    assert not loaded & {"torch", "scipy", "matplotlib", "numpy"}


def test_few_rows_are_compared_without_torch():
    pairs = "row_pairs(numpy.eye(9) + numpy.arange(9)[:, None], within='2x')"
    loaded = _loaded_after(f"import numpy; from remanifold.measures import row_pairs; {pairs}")
    assert "scipy" in loaded
    assert "torch" not in loaded


def test_help_loads_nothing_heavy():
    loaded = _loaded_after("sys.argv = ['remanifold', '--help']; from remanifold.cli import main; main()")
    assert "typer" in loaded
    assert not loaded & {"torch", "scipy", "matplotlib"}


def test_the_probe_sees_a_heavy_import():
    assert "scipy" in _loaded_after("import remanifold, scipy")


def test_version_is_the_same_everywhere():
    declared = tomllib.loads((ROOT / "pyproject.toml").read_text())
    assert declared["project"]["dynamic"] == ["version"]
    said = (ROOT / declared["tool"]["hatch"]["version"]["path"]).read_text()
    cited = (ROOT / "CITATION.cff").read_text()
    changed = (ROOT / "CHANGELOG.md").read_text()
    found = [
        re.findall(pattern, text, flags=re.M)[0]
        for pattern, text in (
            (r'^__version__ = "(.+)"$', said),
            (r"^version: (.+)$", cited),
            (r"^## \[(\d+\.\d+\.\d+)\]", changed),
        )
    ]
    assert found == [remanifold.__version__] * 3
