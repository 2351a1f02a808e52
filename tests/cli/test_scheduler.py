"""``remanifold audit --scheduler``: the same report from a cluster, and each mistake in one sentence."""

import json
import re
from pathlib import Path

import numpy as np
import pytest
from command import runner

from remanifold import open_points
from remanifold._core.errors import InvalidInput
from remanifold.cluster.shards import plan_shards


@pytest.fixture
def train(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    rng = np.random.default_rng(0)
    points = (rng.normal(size=(120, 3)) @ rng.normal(size=(3, 6))).astype(np.float32)
    points[5] = points[9]
    np.save("train.npy", points)
    return points


run = runner("audit")


def test_the_report_is_that_of_one_process(capsys, train):
    words = ("train.npy", "--max-queries", 30, "--threads", 1, "--json")
    code, out, err = run(capsys, *words, "--scheduler", "local")
    assert code == 0
    assert err.startswith("cluster: 1 workers, dashboard http://")
    got, expected = json.loads(out), json.loads(run(capsys, *words)[1])
    for name in ("t_onset", "t_collapse", "t_generalization"):
        assert got[name]["value"] == pytest.approx(expected[name]["value"], rel=1e-5)
    assert got["duplicates"] == expected["duplicates"]
    assert [row["row"] for row in got["exposure"]] == [row["row"] for row in expected["exposure"]]


def _table(rows):
    lines = [f"{900 - k},{','.join(map(str, row))},{'xy'[k % 2]}" for k, row in enumerate(rows)]
    Path("t.csv").write_text("patient_id,a,b,c,d,e,f,site\n" + "\n".join(lines))
    return "t.csv", "--ignore", "patient_id", "--labels-from", "site", "--columns", "0-3"


def _one_row_a_file(rows):
    for split, some in (("train", rows), ("test", rows[:4] + 9)):
        Path("d", split).mkdir(parents=True)
        for k, row in enumerate(some):
            np.save(Path("d", split, f"{k:03d}.npy"), row)
    return "d", "--split", "train", "--one-row-a-file"


@pytest.mark.parametrize("made", [_table, _one_row_a_file])
def test_workers_read_what_was_chosen(capsys, train, made):
    """Columns, labels, a split, one row a file: what a worker opens is what the command opened."""
    words = (*made(train[:60]), "--max-queries", 30, "--threads", 1, "--json")
    code, out, err = run(capsys, *words, "--scheduler", "local")
    assert code == 0, err
    got, expected = json.loads(out), json.loads(run(capsys, *words)[1])
    assert got["data"]["fingerprint"] == expected["data"]["fingerprint"]
    assert got["t_collapse"]["value"] == pytest.approx(expected["t_collapse"]["value"], rel=1e-5)


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("--scheduler", "tcp://127.0.0.1:9"), "the scheduler must answer, but got no answer from 'tcp://127.0.0.1:9'"),
        (
            ("--scheduler", "local", "--device", "cuda"),
            "--device must be cpu where a cluster measures the profile, but",
        ),
    ],
)
@pytest.mark.usefixtures("train")
def test_a_mistake_is_one_sentence_and_code_2(capsys, monkeypatch, words, sentence):
    monkeypatch.setattr("remanifold.cluster.session._ANSWER", 0.3)  # else the refusal takes ten seconds
    code, out, err = run(capsys, "train.npy", *words)
    assert (code, out) == (2, "")
    assert err.startswith("remanifold: " + sentence)
    assert err.count("\n") == 1


def test_data_in_memory_cannot_go_to_a_cluster(train):
    chosen = open_points(open_points("train.npy"), columns="1,0")  # no path alone opens these
    for points in (open_points(train), chosen):
        need = f"data on a cluster must lie in a file or folder, but got {points.record.source};"
        with pytest.raises(InvalidInput, match=re.escape(need)):
            plan_shards(points, 1)
