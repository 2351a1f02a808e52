"""Names of ``--fail-above``: all of them in the docs, and one that is nearly right is told."""

import re
from pathlib import Path

import numpy as np
import pytest
from planted import ROWS

from remanifold.audits.records.scalars import known_scalars
from remanifold.cli import main

PAGE = Path(__file__).parents[2] / "docs" / "audit.md"


def test_the_page_lists_every_name_under_what_it_needs():
    section = PAGE.read_text(encoding="utf-8").split("## Names of `--fail-above`")[1].split("\n## ")[0]
    items = [set(re.findall(r"`([a-z_]+)`", item)) - {"samples_"} for item in section.split("\n* ")[1:]]
    alone, held = set(known_scalars(False)), set(known_scalars(True))
    both, samples = set(known_scalars(True, True)), set(known_scalars(True, False, True))
    assert items == [alone, held - alone, both - held, samples - held]


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
