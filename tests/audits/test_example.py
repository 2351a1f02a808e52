"""The committed example report is what this version writes: no key missing, no page of an older template."""

import json
import re
from pathlib import Path

import pytest

from remanifold import AuditReport

EXAMPLE = Path(__file__).parents[2] / "docs" / "example"
RENEW = "run make demo and copy demo/report/report.html and report.json to docs/example"


@pytest.fixture(scope="module")
def committed() -> AuditReport:
    return AuditReport.from_json(EXAMPLE / "report.json")


def without_numbers(html: str) -> str:
    """``html`` less its drawings, which another matplotlib draws otherwise, and its JSON, equal up to the last bit."""
    html = re.sub(r"<svg.*?</svg>", "", re.sub(r'data-points="[^"]*"', "", html), flags=re.DOTALL)
    return re.sub(r'<script type="application/json".*?</script>', "", html, flags=re.DOTALL)


def keys_of(tree: object, place: str = "") -> set[str]:
    """Every key of nested dictionaries and lists, with its place."""
    if isinstance(tree, dict):
        return {f"{place}.{key}" for key in tree}.union(*(keys_of(tree[key], f"{place}.{key}") for key in tree))
    return set().union(*(keys_of(item, f"{place}[]") for item in tree)) if isinstance(tree, list) else set()


def test_its_json_has_the_keys_that_are_written_now(committed: AuditReport) -> None:
    text = (EXAMPLE / "report.json").read_text(encoding="utf-8")
    assert keys_of(json.loads(text)) == keys_of(committed.to_dict()), RENEW
    assert committed.t_collapse is not None and committed.collapse_rows is not None


def test_its_page_is_the_page_of_its_json(committed: AuditReport) -> None:
    page = (EXAMPLE / "report.html").read_text(encoding="utf-8")
    assert without_numbers(committed.to_html()) == without_numbers(page), RENEW
    assert AuditReport.from_json(EXAMPLE / "report.html") == committed


def test_it_shows_what_the_demo_plants(committed: AuditReport) -> None:
    assert committed.holdout is not None and len(committed.holdout.overlap) == 5
    assert (len(committed.duplicates), len(committed.classes)) == (12, 10)
    assert committed.gaussian_reference is not None and committed.pictures


def test_a_stale_key_would_be_seen() -> None:
    plain = json.loads((EXAMPLE / "report.json").read_text(encoding="utf-8"))
    stale = {**plain, "t_collapse": {k: v for k, v in plain["t_collapse"].items() if k != "own_weight"}}
    assert keys_of(stale) != keys_of(AuditReport.from_json(json.dumps(stale)).to_dict())
