"""Nothing is undocumented: options, JSON keys, public names, limits, statistics, formats, schedulers, named pages."""

import json
import re
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace

import api
import commands
import json_keys
import pytest
from docstrings import attributes, undescribed
from real_runs import EXAMPLES

from remanifold import InvalidInput
from remanifold.audits.records.audit import AuditRecord
from remanifold.audits.records.samples import BUT_ONE, OF_TABLES, WITH_HOLDOUT, WITHOUT_HOLDOUT
from remanifold.audits.records.scalars import known_scalars
from remanifold.data import open_points
from remanifold.networks.pipelines import schedulers
from remanifold.theory import phases

ROOT = Path(__file__).parents[2]
REFERENCE = ROOT / "docs" / "reference"
_COPIES = (*WITHOUT_HOLDOUT, *WITH_HOLDOUT, *OF_TABLES)
_LABELS = ("Definition", "Null", "Direction", "Fails", "Source")


def named_in(text: str) -> set[str]:
    """What stands in backticks."""
    return set(re.findall(r"`([^`\n]+)`", text))


# Commands


@pytest.mark.parametrize("name", commands.commands())
def test_every_command_has_a_page_an_example_and_help_for_every_option(name):
    assert (REFERENCE / "cli" / f"{name}.md").read_text() == f"# remanifold {name}\n\n<!-- made: command {name} -->\n"
    assert EXAMPLES[name].startswith(f"{name} ")
    assert commands.without_help(commands.commands()[name]) == []


def test_an_option_without_help_is_seen():
    silent = SimpleNamespace(name="quiet", help=None, opts=["--quiet"], secondary_opts=[], param_type_name="option")
    assert commands.without_help(SimpleNamespace(params=[silent])) == ["--quiet"]


# JSON


@pytest.mark.parametrize("name", json_keys.ROOTS)
def test_every_key_of_json_has_a_meaning(name):
    silent = [
        (section, key.name)
        for section, (_, keys) in json_keys.sections(json_keys.ROOTS[name]).items()
        for key in keys
        if not key.meaning
    ]
    assert silent == [], "describe the field in the section Attributes of its record"
    assert f"<!-- made: json {name} -->" in (REFERENCE / "json" / f"{name}.md").read_text()


def test_what_is_written_has_no_other_key():
    report = json.loads((ROOT / "docs" / "example" / "report.json").read_text())
    assert json_keys.undocumented(AuditRecord, report) == []
    told = phases(n_points=600, ambient_dim=30, latent_dim=9).to_dict()
    assert json_keys.undocumented(json_keys.ROOTS["phases"], told) == []
    report["exposure"][0]["planted"] = told["planted"] = 1
    assert json_keys.undocumented(AuditRecord, report) == ["exposure.planted"]
    assert json_keys.undocumented(json_keys.ROOTS["phases"], told) == ["planted"]


def test_a_field_without_words_is_seen():
    @dataclass
    class Planted:
        """A record.

        Attributes:
            one, two: Both described,
                over two lines.
        """

        one: int
        two: int
        three: int

    assert attributes(Planted) == dict.fromkeys(("one", "two"), "Both described, over two lines.")
    assert undescribed(Planted) == ["three"]


# Python names


def rooms_with_names(source: Path) -> set[str]:
    """Folders right below ``source`` that export public names."""
    return {init.parent.name for init in source.glob("*/__init__.py") if "\n__all__" in init.read_text()}


def test_every_room_has_a_page():
    assert rooms_with_names(ROOT / "src" / "remanifold") == set(api.ROOMS)
    for room in api.ROOMS:
        assert f"<!-- made: api remanifold.{room} -->" in (REFERENCE / "api" / f"{room}.md").read_text()
    assert "<!-- made: api remanifold -->" in (REFERENCE / "api" / "index.md").read_text()


@pytest.mark.parametrize("room", ["remanifold", *(f"remanifold.{room}" for room in api.ROOMS)])
def test_every_public_name_is_told(room):
    made = api.names(room)
    assert [name for name in api.names_of(room) if f":: {room}.{name}\n" not in made] == []


def test_a_public_name_without_words_is_seen(monkeypatch):
    import remanifold.noise as noise

    monkeypatch.setattr(noise, "__all__", [*noise.__all__, "planted"])
    monkeypatch.setattr(noise, "planted", 3, raising=False)
    with pytest.raises(LookupError, match="planted has no text"):
        api.names("remanifold.noise")


# Hand-written pages that must name all that exists


def missing_limits(text: str) -> set[str]:
    """Names of `--fail-above` that ``text`` does not have."""
    return {*known_scalars(True, True, True), *_COPIES} - named_in(text)


def test_every_name_of_fail_above_is_told_and_no_other():
    text = (REFERENCE / "limits.md").read_text()
    assert missing_limits(text) == set()
    assert missing_limits(text.replace("`samples_evidence`", "")) == {"samples_evidence"}
    listed = {name for line in text.splitlines() if line.startswith("| `") for name in named_in(line.split(" | ")[0])}
    assert listed <= {*known_scalars(True, True, True)}


def statistics(text: str) -> dict[str, list[str]]:
    """Statistic -> which of the five labels its section lacks."""
    parts = re.split(r"^### (.+)$", text, flags=re.M)[1:]
    return {
        name: [label for label in _LABELS if f"* **{label}**:" not in body]
        for heading, body in zip(parts[::2], parts[1::2], strict=True)
        for name in heading.split(", ")
    }


def test_every_statistic_has_definition_null_direction_failure_and_source():
    text = (REFERENCE / "statistics.md").read_text()
    told = statistics(text)
    assert {name: lacks for name, lacks in told.items() if lacks} == {}
    assert {*_COPIES, BUT_ONE} - set(told) == set()
    assert statistics("### one, two\n* **Definition**: x\n")["two"] == list(_LABELS[1:])


def missing_schedulers(text: str) -> list[str]:
    """Schedulers of diffusers, read or refused, whose name (without its ending) is not a word of ``text``."""
    words = set(re.findall(r"\w+", text))
    known = {*schedulers.STEPS, *schedulers.FLOW, *schedulers.EDM, *schedulers.SCORE, *schedulers.REFUSED}
    return sorted(name for name in known if name.removesuffix("Scheduler") not in words)


def test_every_scheduler_and_every_format_is_told(tmp_path):
    text = (REFERENCE / "schedulers.md").read_text()
    assert missing_schedulers(text) == []
    assert missing_schedulers(text.replace("ScoreSdeVe ", "")) == ["ScoreSdeVeScheduler"]
    (tmp_path / "rows.planted").write_text("1 2")
    with pytest.raises(InvalidInput) as refused:
        open_points(tmp_path / "rows.planted")  # the sentence lists what can be opened
    suffixes = re.findall(r"\.\w+", str(refused.value).split("but got")[0])
    told = (REFERENCE / "formats.md").read_text()
    assert len(suffixes) > 5
    assert [suffix for suffix in suffixes if f"`{suffix}`" not in told] == []


# Pages that code names


def lost_pages(text: str) -> list[str]:
    """Pages of the documentation that ``text`` names and that do not exist."""
    return [name for name in re.findall(r"docs/[\w/-]+\.(?:md|csv|svg)", text) if not (ROOT / name).exists()]


def test_pages_named_in_code_exist():
    files = [path for room in ("src", "tests", "benchmarks") for path in (ROOT / room).rglob("*.py")]
    found = {str(path.relative_to(ROOT)): lost for path in files if (lost := lost_pages(path.read_text()))}
    assert found == {}
    planted = "/".join(["docs", "gone.md"])  # so that this file names no such page
    assert lost_pages(f"see {planted}") == [planted]
