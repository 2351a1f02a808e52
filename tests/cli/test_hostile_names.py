"""Names in data can hold anything: on no terminal, page, card or table does a control character arrive as it is."""

import csv
import re

import numpy as np
import pytest
from command import content, runner

from remanifold import audit, audit_copies, find_duplicates, open_points
from remanifold.measures import row_pairs

BAD = "x\x1b[2J\u202e\x07\u200f"  # clears a terminal, turns a line around, rings
RAW = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]")
ROWS = np.round(np.random.default_rng(0).normal(size=(60, 3)), 4)


def _table(path, rows, classes=None):
    with path.open("w", newline="") as file:
        table = csv.writer(file)
        table.writerow([f"{BAD}{k}" for k in range(3)] + ([] if classes is None else [f"{BAD}class"]))
        for k, row in enumerate(rows):
            table.writerow([*row, *([] if classes is None else [classes[k]])])


@pytest.fixture
def named(tmp_path, monkeypatch):
    """Files, columns, classes and groups of such names."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("REMANIFOLD_CACHE", "")
    rows = ROWS.copy()
    rows[7] = rows[3]
    _table(tmp_path / f"{BAD}train.csv", rows)
    _table(tmp_path / f"{BAD}holdout.csv", ROWS + np.random.default_rng(1).normal(size=ROWS.shape))
    samples = np.random.default_rng(2).normal(size=(30, 3))
    samples[:4] = rows[:4]
    _table(tmp_path / f"{BAD}samples.csv", samples)
    for name, n in (("labels", 60), ("groups", 60), ("holdout groups", 60)):
        kind = "h" if "holdout" in name else "t"
        (tmp_path / f"{name}.csv").write_text("".join(f"{BAD}{kind}{k % 30}\n" for k in range(n)))
    return tmp_path


def _clean(text):
    found = RAW.search(text.replace("\r\n", "\n"))
    assert found is None, text[max(0, found.start() - 60) : found.end() + 20]


TRAIN, HOLDOUT, SAMPLES = (f"{BAD}{name}.csv" for name in ("train", "holdout", "samples"))
GROUPS = ("--groups", "groups.csv", "--holdout-groups", "holdout groups.csv")


@pytest.mark.parametrize(
    "words",
    [
        ("audit", TRAIN, "--holdout", HOLDOUT, "--samples", SAMPLES, "--labels", "labels.csv", "--out", "out"),
        ("audit", TRAIN, "--holdout", HOLDOUT, *GROUPS, "--out", "out"),
        ("audit", TRAIN, "--json"),
        ("copies", "--train", TRAIN, "--samples", SAMPLES, "--holdout", HOLDOUT, *GROUPS, "--out", "out"),
        ("duplicates", TRAIN, "--out", "out.csv"),
        ("duplicates", TRAIN, SAMPLES, "--out", "out.json"),
        ("simulate", "--data", TRAIN, "--n-samples", "3", "--stop-at", "0.1", "--out", "out"),
        ("audit", TRAIN, "--columns", f"{BAD}0,{BAD}nosuch"),
        ("audit", f"{BAD}nosuch.csv"),
        ("audit", TRAIN, "--fail-above", f"{BAD}=1"),
    ],
)
def test_of_commands(words, named, capsys):
    name, *rest = words
    code, out, errors = runner(name)(capsys, *rest)
    refused = any("nosuch" in word or word.endswith("=1") for word in rest)
    assert code == (2 if refused else 0), errors
    _clean(out)
    _clean(errors)
    written = content(named / "out") if (named / "out").is_dir() else content(named)
    for file, data in written.items():
        if file.startswith("out.") or file.split(".")[-1] in ("html", "md", "json"):
            _clean(data.decode())


def test_of_notebooks_and_prompts(named):
    train, holdout, samples = (open_points(named / name) for name in (TRAIN, HOLDOUT, SAMPLES))
    records = [train, audit(train, holdout=holdout, threads=1), find_duplicates(train), row_pairs(train, samples)]
    records.append(audit_copies(train, samples, holdout, threads=1))
    for record in records:
        _clean(repr(record))
        if hasattr(record, "_repr_html_"):
            _clean(record._repr_html_())
