"""The house is tidy: short files, no trace of anybody's machine, pins that match the declared needs."""

import re
import subprocess
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[2]
SOURCES = sorted((ROOT / "src").rglob("*.py"))
# Written so that no pattern matches this file.
FOREIGN = {
    "a path of somebody's machine": re.compile(r"(?<![\w.])/(?:home|root|Users|work|mnt)/\w"),
    "the host of a package registry": re.compile(r"py[p]i\.org|python[h]osted\.org|download\.pytorch[.]"),
    "an option that names a package index": re.compile(r"--(?:extra-)?index[-]url|--find[-]links"),
}


def _tracked() -> list[Path]:
    listing = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, check=True, capture_output=True, text=True).stdout
    return [path for name in listing.split("\0") if name and (path := ROOT / name).is_file()]


def _foreign(text: str) -> list[str]:
    return [what for what, pattern in FOREIGN.items() if pattern.search(text)]


def test_source_files_are_short():
    long = {str(path): n for path in SOURCES if (n := len(path.read_text().splitlines())) > 400}
    assert not long


@pytest.mark.skipif(not (ROOT / ".git").exists(), reason="not a git checkout, so no list of tracked files")
def test_tracked_files_name_no_machine_and_no_registry():
    found = {str(path): what for path in _tracked() if (what := _foreign(path.read_bytes().decode(errors="ignore")))}
    assert not found


@pytest.mark.parametrize("text", ["in /ho" + "me/ann/x", "--index" + "-url x", "https://py" + "pi.org/simple"])
def test_the_search_for_foreign_traces_finds_them(text):
    assert len(_foreign(text)) == 1


def _pins() -> dict[str, str]:
    lines = [line for line in (ROOT / "constraints.txt").read_text().splitlines() if not line.startswith("#")]
    return dict(line.split("==") for line in lines)


def test_constraints_pin_exact_versions_and_nothing_else():
    pins = _pins()
    assert all(re.fullmatch(r"[a-z0-9-]+", name) for name in pins)
    assert all(re.fullmatch(r"[0-9][0-9a-z.]*", version) for version in pins.values())


def test_every_declared_need_is_pinned_within_its_bound():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    needs = [*project["dependencies"], *(need for extra in project["optional-dependencies"].values() for need in extra)]
    pins = _pins()
    for need in map(Requirement, needs):
        if need.name != "remanifold":
            assert need.specifier.contains(pins[canonicalize_name(need.name)]), need
