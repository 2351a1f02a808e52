"""Files at the root say what is so: hooks and workflow call what exists, lowest versions are bounds, quick chooses."""

import re
import shutil
import tomllib
from pathlib import Path

import pytest
import yaml
from changed_rooms import chosen_tests, room_of
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

ROOT = Path(__file__).parents[2]
RAISED = {"safetensors"}  # by diffusers, which comes with the tests
TARGETS = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), flags=re.M))


def _yaml(name: str):
    return yaml.safe_load((ROOT / name).read_text())


def test_the_citation_names_software_and_paper():
    cited = _yaml("CITATION.cff")
    assert {"cff-version", "message", "title", "authors"} <= cited.keys(), "what the format requires"
    assert cited["title"] == "remanifold"
    assert cited["authors"] == [{"name": "the remanifold authors"}]
    (paper,) = cited["references"]
    assert {"type", "title", "authors"} <= paper.keys()
    assert paper["identifiers"][0]["value"] == "arXiv:2502.09578"


def test_the_workflow_calls_the_one_script():
    steps = [step for job in _yaml(".github/workflows/checks.yml")["jobs"].values() for step in job["steps"]]
    assert [step["run"] for step in steps if "run" in step] == [".ci/run"]
    assert (ROOT / ".ci" / "run").stat().st_mode & 0o100


def test_hooks_fetch_nothing_and_call_what_exists():
    (local,) = _yaml(".pre-commit-config.yaml")["repos"]
    assert local["repo"] == "local"
    for hook in local["hooks"]:
        assert hook["language"] == "system"
        program, *words = hook["entry"].split()
        if program == "make":
            assert set(words) <= TARGETS
        else:
            assert Path(program).parent == Path(".venv/bin")
            if (ROOT / ".venv" / ".check").exists():  # `make test` alone installs no tools of checks
                assert shutil.which(ROOT / program), f"{program} is not installed"


def test_every_make_target_is_listed_as_one_that_is_no_file():
    phony = re.search(r"^\.PHONY: (.*)$", (ROOT / "Makefile").read_text(), flags=re.M)
    assert phony
    assert set(phony[1].split()) == TARGETS


def test_the_lowest_versions_tested_are_the_bounds():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    extras = project["optional-dependencies"]
    asked = [Requirement(text) for text in [*project["dependencies"], *extras["test"]]]
    for extra in next(iter(need.extras for need in asked if need.name == project["name"])):
        asked += map(Requirement, extras[extra])
    lines = [line for line in (ROOT / "constraints-lowest.txt").read_text().splitlines() if "==" in line]
    tested = {name: Version(version) for name, version in (line.split("==") for line in lines)}
    bounds = {
        canonicalize_name(need.name): Version(next(iter(need.specifier)).version)
        for need in asked
        if need.name not in (project["name"], *RAISED)
    }
    assert {name: tested.get(name) for name in bounds} == bounds


@pytest.mark.parametrize(
    ("path", "room"),
    [
        ("src/remanifold/measures/profile/sweep.py", "measures/profile"),
        ("src/remanifold/measures/copies/rates.py", "measures"),
        ("src/remanifold/noise/level.py", "noise"),
        ("src/remanifold/__init__.py", "house"),
        ("tests/noise/test_level.py", "noise"),
        ("docs/explanation/theory.md", "house"),
        ("tests/conftest.py", None),
    ],
)
def test_quick_knows_the_room_of_a_file(path, room, tmp_path):
    for name in ("measures/profile", "noise", "house"):
        (tmp_path / "tests" / name).mkdir(parents=True)
    assert room_of(path, tmp_path) == (None if room is None else tmp_path / "tests" / room)


def test_quick_begins_with_the_nearest_tests(tmp_path):
    for name in ("noise/test_level", "noise/test_schedules", "noise/test_words", "theory/test_times"):
        file = tmp_path / "tests" / f"{name}.py"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.touch()
    changed = ["src/remanifold/noise/schedules.py", "tests/noise/test_words.py", "src/remanifold/gone/level.py"]
    assert chosen_tests(changed, tmp_path) == [
        f"tests/noise/test_{name}.py" for name in ("words", "level", "schedules")
    ]
