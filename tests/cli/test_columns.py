"""Columns and labels on the command line: chosen, recorded, and said in the first lines."""

import json

import numpy as np
import pytest
from command import runner

ROWS = np.random.default_rng(3).normal(size=(40, 3)).round(3)
SAID = ("columns: a, b, c", "2 classes from column site of", "line 1 is the header", "left out as asked: patient_id")


@pytest.fixture
def table(tmp_path):
    lines = [f"{900 - k},{','.join(map(str, row))},{'xy'[k % 2]}" for k, row in enumerate([*ROWS, ROWS[7]])]
    (tmp_path / "t.csv").write_text("patient_id,a,b,c,site\n" + "\n".join(lines))
    return str(tmp_path / "t.csv")


def test_an_audit_says_and_records_how_a_table_was_read(capsys, table):
    audit, options = runner("audit"), ["--ignore", "patient_id", "--labels-from", "site", "--max-queries", "20"]
    code, out, _ = audit(capsys, table, *options)
    assert code == 0
    head = out.split("At which noise")[0]
    assert [words for words in SAID if words not in head] == []
    record = json.loads(audit(capsys, table, *options, "--json")[1])
    assert "left out as asked: patient_id" in record["data"]["reading"]
    assert len(record["classes"]) == 2 and len(record["duplicates"]) == 1
    assert json.loads(audit(capsys, table, *options, "--json", "--no-rows")[1])["data"]["reading"] == []


def test_duplicates_and_copies_take_the_columns(capsys, table, tmp_path):
    code, out, _ = runner("duplicates")(capsys, table, "--ignore", "patient_id,site")
    assert code == 0 and "row 7 and row 40: 0" in out
    samples = tmp_path / "s.csv"
    samples.write_text("a,b,c\n" + "\n".join(",".join(map(str, row)) for row in ROWS[5:15]))
    code, out, _ = runner("copies")(
        capsys, "--train", table, "--samples", samples, "--ignore", "patient_id", "--ignore", "site", "--json"
    )
    assert code == 0
    record = json.loads(out)
    assert record["sizes"]["samples"] == 10
    assert "the training rows: left out as asked: patient_id, site" in record["reading"]


def test_a_name_that_no_column_has_is_one_sentence(capsys, table):
    code, _, err = runner("audit")(capsys, table, "--ignore", "patiend_id")
    assert code == 2
    assert "--ignore must name columns of" in err and "(patient_id, a, b, c, site)" in err
