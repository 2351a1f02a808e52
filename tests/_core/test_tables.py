"""Tables say where they came from, in strict JSON and in CSV that reads back to the same numbers."""

import csv
import json

import pytest

from remanifold import __version__
from remanifold._core.errors import InvalidInput
from remanifold._core.tables import Table

TABLE = Table(
    "trial", {"x": [0.1, 1e-300], "n": [1, 2], "why": [None, 'a "b", c']}, {"load": 0.3}, {"x": "nats"}, seed=7
)


def test_json_holds_header_and_columns():
    plain = json.loads(TABLE.to_json(), parse_constant=pytest.fail)
    assert plain == {
        "kind": "trial",
        "version": __version__,
        "schema_version": "1",
        "parameters": {"load": 0.3},
        "seed": 7,
        "units": {"x": "nats"},
        "columns": {"x": [0.1, 1e-300], "n": [1, 2], "why": [None, 'a "b", c']},
    }


def test_csv_reads_back_with_its_header():
    lines = TABLE.to_csv().splitlines()
    header = {key: json.loads(value) for key, value in (line[2:].split(": ", 1) for line in lines if line[0] == "#")}
    assert header == TABLE.header()
    rows = list(csv.DictReader(line for line in lines if line[0] != "#"))
    assert [float(row["x"]) for row in rows] == [0.1, 1e-300]
    assert [row["why"] for row in rows] == ["", 'a "b", c']


def test_nan_is_refused_rather_than_written():
    with pytest.raises(ValueError, match="not JSON compliant"):
        Table("trial", {"x": [float("nan")]}, {}).to_json()


def test_columns_of_different_length_are_refused():
    with pytest.raises(InvalidInput, match=r"equally long, but got \{'x': 1, 'y': 2\}; give each row"):
        Table("trial", {"x": [1], "y": [1, 2]}, {})
