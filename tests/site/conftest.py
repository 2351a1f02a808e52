"""The site, built once into site/ as `make docs` builds it, with warnings for errors."""

import importlib.util
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGES = {"example/report.html", "results/interactive.html", "explorer.html"}
"""Whole pages that are tested where they are made."""


@pytest.fixture(scope="session")
def site() -> Path:
    """The folder of the built site; without Sphinx, skip."""
    if importlib.util.find_spec("furo") is None:
        pytest.skip("the extra docs is not installed")
    command = [sys.executable, "-m", "sphinx", "-b", "html", "-W", "--keep-going", "-q", "docs", "site"]
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "src")}
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return ROOT / "site"


@pytest.fixture(scope="session")
def pages(site) -> dict[str, str]:
    """The pages that Sphinx made, by their place in the site, and their HTML."""
    found = sorted(path.relative_to(site).as_posix() for path in site.rglob("*.html"))
    made = [name for name in found if name not in PAGES and not name.startswith(("_static/", "_downloads/"))]
    return {name: (site / name).read_text(encoding="utf-8") for name in made}
