"""Names of ``--fail-above``: all of them in the docs, and one that is nearly right is told."""

import re
from pathlib import Path

import numpy as np
import pytest
from planted import ROWS

from remanifold.audits.records.scalars import known_scalars
from remanifold.cli import main

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "limits.md"


def names_under(heading: str) -> set[str]:
    """What the first column of the table under ``heading`` names."""
    section = PAGE.read_text(encoding="utf-8").split(f"\n## {heading}\n")[1].split("\n## ")[0]
    cells = [line.split(" | ")[0] for line in section.splitlines() if line.startswith("| `")]
    return {name for cell in cells for name in re.findall(r"`([a-z_]+)`", cell)}


def test_the_page_lists_every_name_under_what_it_needs():
    alone, held = set(known_scalars(False)), set(known_scalars(True))
    both, samples = set(known_scalars(True, True)), set(known_scalars(True, False, True))
    assert names_under("Always") == alone
    assert names_under("With `--holdout`") == held - alone
    assert names_under("With `--holdout` and `--model`") == both - held
    assert names_under("With `--samples`") == samples - held


@pytest.mark.parametrize(
    ("words", "meant"),
    [
        (["audit", "rows.npy", "--fail-above", "duplicate_row=0"], "did you mean duplicate_rows"),
        (["copies", "--train", "rows.npy", "--samples", "b.npy", "--fail-above", "exact_copys=0"], "exact_copies?"),
    ],
)
def test_a_name_that_is_nearly_right(tmp_path, monkeypatch, capsys, words, meant):
    monkeypatch.chdir(tmp_path)
    np.save("rows.npy", ROWS)
    np.save("b.npy", ROWS + 1)
    assert main(words) == 2
    assert meant in capsys.readouterr().err


def test_a_name_that_is_far_from_all_is_told_how_names_begin_in_one_short_line(capsys):
    assert main(["audit", "rows.npy", "--fail-above", "foo=1"]) == 2
    said = capsys.readouterr().err
    assert (
        "names begin with t_, sigma_, n_, duplicate_, most_, collapse_; docs/reference/limits.md lists all 25" in said
    )
    assert len(said) < 220


def test_a_word_of_a_name_is_enough_to_be_told_names_with_it(capsys):
    assert main(["audit", "rows.npy", "--fail-above", "in_data=1"]) == 2
    assert "did you mean sigma_onset_in_data_std or sigma_collapse_in_data_std or" in capsys.readouterr().err
