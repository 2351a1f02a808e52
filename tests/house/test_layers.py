"""Imports point down: the contracts of pyproject.toml hold, and would notice if they did not."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def _lint(root: Path) -> subprocess.CompletedProcess[str]:
    program = "from importlinter.cli import lint_imports_command; lint_imports_command()"
    return subprocess.run(
        [sys.executable, "-c", program, "--no-cache"],
        cwd=root,
        env={**os.environ, "PYTHONPATH": str(root / "src")},
        capture_output=True,
        text=True,
        check=False,
    )


def test_contracts_hold():
    result = _lint(ROOT)
    assert result.returncode == 0, result.stdout + result.stderr
    assert "0 broken" in result.stdout


def test_contracts_break_on_a_planted_import_and_on_an_unlisted_room(tmp_path):
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    shutil.copytree(ROOT / "src", tmp_path / "src", ignore=shutil.ignore_patterns("__pycache__"))
    rooms = tmp_path / "src" / "remanifold"
    assert _lint(tmp_path).returncode == 0

    (rooms / "theory" / "planted.py").write_text("import remanifold.scores\n")
    result = _lint(tmp_path)
    assert result.returncode == 1
    assert "remanifold.theory.planted" in result.stdout

    (rooms / "theory" / "planted.py").write_text("import matplotlib\n")
    assert "numerics know no pictures BROKEN" in _lint(tmp_path).stdout

    (rooms / "theory" / "planted.py").unlink()
    (rooms / "attic").mkdir()
    (rooms / "attic" / "__init__.py").write_text("")
    assert _lint(tmp_path).returncode == 1
