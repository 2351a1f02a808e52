"""A report goes to JSON and comes back the same; anything else is refused in one sentence."""

import json
import math
from dataclasses import fields, replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from remanifold import InvalidInput
from remanifold._core.estimate import Estimate
from remanifold.audits import AuditReport
from remanifold.audits.records.holdout import HoldoutCheck
from remanifold.audits.records.models import SamplesNeeded
from remanifold.audits.records.rows import DuplicateGroup, ExposedRow
from remanifold.noise import MeasuredLevel, NoiseLevel

HERE = Path(__file__).parent
NUMBERS = st.floats(allow_nan=False, allow_infinity=True)
ROWS = st.integers(0, 10**9)
VARIANCES = st.floats(0, 1e300)
LEVELS = st.builds(MeasuredLevel, st.floats(1e-300, 1e300), VARIANCES)
EXPOSED = st.builds(ExposedRow, ROWS, LEVELS, ROWS, NUMBERS, st.none() | st.text())
GROUPS = st.builds(DuplicateGroup, st.lists(ROWS, min_size=2, max_size=4).map(tuple), NUMBERS)
NEEDS = st.builds(
    SamplesNeeded, st.builds(NoiseLevel, VARIANCES), NUMBERS, NUMBERS, st.tuples(NUMBERS, NUMBERS), st.booleans()
)
CHECKS = st.builds(
    HoldoutCheck,
    n=ROWS,
    source=st.text(),
    fingerprint=st.text(),
    median_distance=NUMBERS,
    median_distance_training=NUMBERS,
    closer_share=st.builds(Estimate, NUMBERS, NUMBERS, st.just(0)),
    overlap=st.lists(st.tuples(ROWS, ROWS, NUMBERS), max_size=3).map(tuple),
    t_generalization=st.none() | LEVELS,
    z=st.none() | NUMBERS,
)


SINCE_0_2 = {
    **dict.fromkeys(("transform", "sample_file", "train_file")),  # of a pair: nothing was known
    "verdict": None,
    "tests": [],
    "outstanding": [],
    "detectable": {},
    "doubts": [],
    "difference": 0.0,
    "carried": None,
    "near_copies": [],
    "reading": [],
}
"""Keys that reports of 0.1 lack, with what is written for them."""


def same(one: object, other: object) -> bool:
    """Key for key and number for number, up to round-off in the last bit; keys that came later are empty."""
    if isinstance(one, dict) and isinstance(other, dict):
        later = {key for key in one.keys() - other.keys() if one[key] == SINCE_0_2.get(key, one)}
        return one.keys() - later == other.keys() and all(same(one[key], other[key]) for key in other)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(same, one, other))
    if isinstance(one, float) and isinstance(other, float):
        return math.isclose(one, other, rel_tol=4e-16)
    return one == other


@pytest.mark.parametrize(
    "file",
    [HERE / "report_of_0_1.json", HERE / "bare_report_of_0_1.json", HERE.parents[2] / "docs/example/report.json"],
    ids=lambda file: file.name,
)
def test_reports_that_version_0_1_wrote_are_read_and_written_back(file: Path) -> None:
    """The first was audited with network, law, second network, samples, labels, hold-out and manifold."""
    tree = json.loads(file.read_text(encoding="utf-8"))
    report = AuditReport.from_json(file)
    assert same(report.to_dict(), tree)
    assert same(json.loads(report.to_json()), tree)
    planted = json.loads(report.to_json())
    planted["data"]["std"] *= 1 + 1e-15
    assert not same(planted, tree)
    assert AuditReport.from_json(report.to_json()) == report


def test_levels_and_their_rows_come_out_of_the_json_as_records() -> None:
    report = AuditReport.from_json(HERE / "report_of_0_1.json")
    tree = json.loads((HERE / "report_of_0_1.json").read_text(encoding="utf-8"))
    assert report.t_collapse is not None and report.collapse_rows is not None and report.model is not None
    assert (report.t_collapse, report.t_collapse.n) == (tree["t_collapse"]["value"], tree["t_collapse"]["n_queries"])
    assert report.collapse_rows.first_row_t == tree["t_collapse"]["first_row_t"]
    assert report.model.index == Estimate(*tree["model"]["index"], 0)
    assert report.generalization_rows is not None and report.generalization_rows.first_row is None


def test_the_sample_comes_back_the_same(sample: AuditReport, bare: AuditReport) -> None:
    for report in (sample, bare):
        assert AuditReport.from_json(report.to_json()) == report


@given(
    exposure=st.lists(EXPOSED, max_size=3).map(tuple),
    duplicates=st.lists(GROUPS, max_size=3).map(tuple),
    needs=st.lists(NEEDS, max_size=2).map(tuple),
    holdout=st.none() | CHECKS,
    notes=st.lists(st.text(), max_size=2).map(tuple),
)
@settings(max_examples=60, deadline=None)
def test_any_content_comes_back_the_same(sample: AuditReport, exposure, duplicates, needs, holdout, notes) -> None:
    report = replace(
        sample,
        exposure=exposure,
        duplicates=duplicates,
        samples_needed=needs,
        holdout=holdout,
        notes=notes,
        pictures={},
    )
    assert AuditReport.from_json(report.to_json()) == report


def test_nan_is_null_and_comes_back_as_nan(sample: AuditReport) -> None:
    odd = replace(sample, data=replace(sample.data, std=math.nan))
    assert odd.to_dict()["data"]["std"] is None
    assert "NaN" not in odd.to_json()
    assert math.isnan(AuditReport.from_json(odd.to_json()).data.std)


def test_infinity_is_text_so_that_the_json_stays_strict(sample: AuditReport) -> None:
    odd = replace(sample, data=replace(sample.data, std=-math.inf))
    assert odd.to_dict()["data"]["std"] == "-Infinity"
    assert AuditReport.from_json(odd.to_json()) == odd


def test_numpy_numbers_paths_and_tuples_in_free_fields_become_plain(sample: AuditReport) -> None:
    odd = replace(
        sample,
        parameters={"q": np.int64(3), "x": np.float32(0.5), "a": np.arange(2), "p": Path("a"), "t": (1, math.nan)},
    )
    assert odd.to_dict()["parameters"] == {"q": 3, "x": 0.5, "a": [0, 1], "p": "a", "t": [1, None]}
    json.loads(odd.to_json(), parse_constant=pytest.fail)


def test_the_keys_that_the_outside_relies_on(sample: AuditReport) -> None:
    tree = json.loads(sample.to_json(), parse_constant=pytest.fail)
    named = [field.name for field in fields(AuditReport) if not field.name.endswith("_rows")]
    assert list(tree) == [name for name in named if name not in ("groups", "row_names")]  # only where given
    for name in ("t_onset", "t_collapse", "t_generalization"):
        assert {"value", "stderr", "interval", "clocks"} <= set(tree[name])
    levels = len(tree["profile"]["t"])
    for name in ("gap", "trap", "nll", "own_surprisal", "local_dimension"):
        assert len(tree["profile"][name]["value"]) == len(tree["profile"][name]["stderr"]) == levels
    assert tree["duplicates"][1] == {"members": [13, 61, 62], "max_distance": 0.16}
    assert {"row", "t", "stderr"} <= set(tree["exposure"][0])
    assert tree["schema_version"] == "1" and tree["gaussian_reference"] and tree["data"]


def test_a_report_is_read_from_a_file_by_path_or_name_and_from_its_page(sample: AuditReport, tmp_path: Path) -> None:
    (tmp_path / "r.json").write_text(sample.to_json(), encoding="utf-8")
    (tmp_path / "r.html").write_text(sample.to_html(), encoding="utf-8")
    for given_path in (tmp_path / "r.json", str(tmp_path / "r.json"), tmp_path / "r.html"):
        assert AuditReport.from_json(given_path) == sample


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        (lambda tree: tree.pop("profile"), "no key 'profile' at report.profile"),
        (lambda tree: tree["data"].update(n_points="500"), "'500' where a value of type int belongs"),
        (lambda tree: tree["data"].update(n_points=True), "True where a value of type int belongs"),
        (lambda tree: tree["data"].update(std="big"), "'big' where a number belongs at report.data.std"),
        (lambda tree: tree["data"].update(source=None), "None where a value of type str belongs"),
        (lambda tree: tree["exposure"][2].pop("t"), "no key 't' at report.exposure[2].t"),
        (lambda tree: tree["duplicates"][0]["members"].append("x"), "report.duplicates[0].members[2]"),
        (lambda tree: tree["t_onset"].update(interval=[1.0]), "report.t_onset.interval"),
        (lambda tree: tree["t_onset"].update(value=-1.0), "where a noise variance belongs at report.t_onset"),
        (
            lambda tree: tree["exposure"][1].update(t=None),
            "None where a number and its error belong at report.exposure[1].t",
        ),
        (lambda tree: tree["profile"]["gap"]["value"].pop(), "profile.gap of a report must have a value and a stderr"),
        (lambda tree: tree.pop("schema_version"), "JSON without the key schema_version"),
        (lambda tree: tree.update(schema_version="2"), "must have schema_version '1', but got '2'; read it with"),
        (lambda tree: tree.update(schema_version=1), "must have schema_version '1', but got 1;"),
        (lambda tree: tree.update(duplicates=7), "at report.duplicates"),
    ],
)
def test_a_damaged_report_is_refused_in_one_sentence(sample: AuditReport, change, complaint: str) -> None:
    tree = json.loads(sample.to_json())
    change(tree)
    with pytest.raises(InvalidInput) as caught:
        AuditReport.from_json(json.dumps(tree))
    message = str(caught.value)
    assert complaint in message
    assert message.endswith(".") and "\n" not in message and "but got" in message and "; " in message


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("{", "broken JSON"),
        ("[1, 2]", "JSON without the key schema_version"),
        ('{"schema_version": NaN}', "NaN is not JSON"),
        ("[" * 100_000, "broken JSON"),
        ("<html></html>", "a page without an embedded report"),
        ("nowhere.json", "No such file or directory"),
    ],
)
def test_what_is_no_report_is_refused_in_one_sentence(text: str, complaint: str) -> None:
    with pytest.raises(InvalidInput, match="a report must be JSON that remanifold wrote, but got") as caught:
        AuditReport.from_json(text)
    assert complaint in str(caught.value)


def test_a_name_that_no_file_has_is_refused() -> None:
    with pytest.raises(InvalidInput, match=r"a report must have a name in UTF-8, but got 'bad\?name'"):
        AuditReport.from_json("bad\0name")


def test_a_file_that_is_not_text_is_refused(tmp_path: Path) -> None:
    (tmp_path / "x.json").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(InvalidInput, match="not UTF-8 text"):
        AuditReport.from_json(tmp_path / "x.json")
