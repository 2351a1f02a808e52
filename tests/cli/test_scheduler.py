"""``remanifold audit --scheduler``: the same report from a cluster, and each mistake in one sentence."""

import json

import numpy as np
import pytest
from command import runner

from remanifold import audit, open_points
from remanifold._core.errors import InvalidInput
from remanifold.cluster import profiler


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
    with pytest.raises(InvalidInput, match="data on a cluster must lie in a file or folder, but got array in memory;"):
        audit(train, profiler=profiler(None))
    other = open_points("train.npy")
    other.record.__dict__["shape"] = (7, 6)
    with pytest.raises(
        InvalidInput, match=r"workers must read the data as they are here, shape \(7, 6\), but got shape"
    ):
        profiler(None)(other)
