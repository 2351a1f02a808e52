"""``remanifold audit`` as a user meets it: what it prints, what it writes, how it says no."""

import json
import pickle
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from remanifold.cli.app import run


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working directory with good and bad inputs."""
    monkeypatch.chdir(tmp_path)
    rng = np.random.default_rng(0)
    good = rng.normal(size=(60, 5))
    np.save("ok.npy", good)
    np.save("wide.npy", rng.normal(size=(20, 6)))
    np.save("holdout.npy", rng.normal(size=(20, 5)))
    np.save("labels.npy", np.arange(60) % 2)
    np.save("ten.npy", np.arange(10))
    np.save("object.npy", np.array([{1: 2}, 3], dtype=object), allow_pickle=True)
    np.save("complex.npy", good * 1j)
    np.save("text.npy", np.array([["a", "b"]] * 5))
    np.save("scalar.npy", np.array(3.0))
    np.save("constant.npy", np.ones((50, 4)))
    np.save("two.npy", good[:2])
    np.save("copies.npy", np.repeat(good[:2], 20, axis=0))
    good[17, 2] = np.nan
    np.save("nan.npy", good)
    good[17, 2] = np.inf
    np.save("inf.npy", good)
    Path("empty.npy").write_bytes(b"")
    Path("short.npy").write_bytes(Path("ok.npy").read_bytes()[:400])
    Path("pickle.pkl").write_bytes(b"\x80\x04N.")
    Path("pickle.pt").write_bytes(pickle.dumps([Path("x")]))
    Path("file").write_text("not a folder")
    Path("words").mkdir()
    Path("words/a.txt").write_text("no picture")
    Path("mixed").mkdir()
    for k in range(4):
        Image.fromarray(rng.integers(0, 255, (8 + k, 8, 3), dtype=np.uint8)).save(f"mixed/{k}.png")
    return tmp_path


# command line after "audit" -> words that the one sentence must contain
REFUSED = {
    "": ["needs DATA"],
    "missing.npy": ["missing.npy", "does not exist"],
    "empty.npy": ["empty"],
    "short.npy": ["truncated"],
    "object.npy": ["pickle"],
    "pickle.pkl": ["pickle"],
    "pickle.pt": ["pickled"],
    "complex.npy": ["complex"],
    "text.npy": ["text"],
    "scalar.npy": ["single number"],
    "constant.npy": ["equal points"],
    "nan.npy": ["nan in row 17"],
    "inf.npy": ["inf in row 17"],
    "two.npy": ["at least 3 points"],
    "copies.npy": ["at least 3 distinct points", "got 2"],
    "words": ("a folder must hold pictures", "1 .txt in words", "pass one of the files"),
    "mixed": ["9 x 8", "--resize"],
    "mixed --resize 0": ["positive"],
    "ok.npy --holdout wide.npy": ["(5,)", "(6,)"],
    "ok.npy --holdout nan.npy": ["nan in row 17 of nan.npy"],
    "ok.npy --holdout missing.npy": ["missing.npy"],
    "ok.npy --labels ten.npy": ["60", "10"],
    "ok.npy --labels missing.npy": ["missing.npy"],
    "ok.npy --bogus": ["--bogus"],
    "ok.npy more": ["more"],
    "ok.npy --max-queries -3": ["--max-queries", "-3"],
    "ok.npy --max-queries many": ["--max-queries", "many"],
    "ok.npy --seed -1": ["--seed", "-1"],
    "ok.npy --memory 1KB": ["at least", "memory"],
    "ok.npy --memory lots": ["lots"],
    "ok.npy --threads 0": ["--threads", "0"],
    "ok.npy --device abacus": ["--device", "abacus"],
    "ok.npy --duplicate-distance nan": ["--duplicate-distance", "nan"],
    "ok.npy --duplicate-distance -1": ["--duplicate-distance", "-1"],
    "ok.npy --duplicate-distance 1e9": ["at least 3 distinct points"],
    "ok.npy --target-sigma 0": ["--target-sigma", "0"],
    "ok.npy --target-sigma nan": ["--target-sigma", "nan"],
    "ok.npy --fail-above colour=1": ["a number that this report has", "'colour'", "names begin with t_"],
    "ok.npy --samples wide.npy": ["(5,)", "(6,)"],
    "ok.npy --samples nan.npy": ["nan in row 17 of nan.npy"],
    "ok.npy --samples missing.npy": ["missing.npy"],
    "ok.npy --samples ok.npy": ["the training set itself"],
    "ok.npy --samples holdout.npy --holdout holdout.npy": ["the hold-out itself"],
    "ok.npy --fail-above samples_exact_copies=0": ["needs --samples"],
    "ok.npy --samples holdout.npy --fail-above samples_named=0": ["needs --holdout and --samples"],
    "ok.npy --holdout holdout.npy --fail-above model_memory_index=0": ["needs --holdout and --model"],
    "ok.npy --fail-above holdout_overlap=0": ["needs --holdout"],
    "ok.npy --fail-above n_points=few": ["n_points=few"],
    "ok.npy --fail-above n_points": ["NAME=VALUE"],
    "ok.npy --out file": ["file", "not a directory"],
    "ok.npy --out file/below": ["file", "not a directory"],
}


@pytest.mark.parametrize("words", REFUSED)
@pytest.mark.usefixtures("folder")
def test_bad_input_is_one_sentence_and_nothing_is_written(words: str, capfd: pytest.CaptureFixture[str]) -> None:
    before = {path: path.stat().st_mtime_ns for path in Path().rglob("*")}
    options = words.split()
    if "--out" not in options and options:
        options += ["--out", "report"]
    assert run(["audit", *options]) == 2
    out, err = capfd.readouterr()
    assert out == ""
    assert err.startswith("remanifold: ") and err.endswith(".\n") and err.count("\n") == 1
    for part in REFUSED[words]:
        assert part in err
    assert {path: path.stat().st_mtime_ns for path in Path().rglob("*")} == before


@pytest.mark.usefixtures("folder")
def test_json_is_alone_on_stdout_and_writes_nothing(capfd: pytest.CaptureFixture[str]) -> None:
    before = set(Path().rglob("*"))
    assert run(["audit", "ok.npy", "--holdout", "holdout.npy", "--labels", "labels.npy", "--json"]) == 0
    out, err = capfd.readouterr()
    report = json.loads(out, parse_constant=lambda name: pytest.fail(f"{name} is not JSON"))
    assert err == ""
    assert set(Path().rglob("*")) == before
    for key in ("t_onset", "t_collapse", "t_generalization"):
        assert {"value", "stderr", "interval", "clocks"} <= set(report[key])
    for key in ("gap", "trap", "nll", "own_surprisal", "local_dimension"):
        assert len(report["profile"][key]["value"]) == len(report["profile"]["t"])
        assert len(report["profile"][key]["stderr"]) == len(report["profile"]["t"])
    assert {"row", "t", "stderr"} <= set(report["exposure"][0])
    assert [row["t"] for row in report["exposure"]] == sorted((r["t"] for r in report["exposure"]), reverse=True)
    assert {"duplicates", "gaussian_reference", "data", "schema_version"} <= set(report)


@pytest.mark.usefixtures("folder")
def test_out_writes_three_whole_files_and_says_so(capfd: pytest.CaptureFixture[str]) -> None:
    assert run(["audit", "ok.npy", "--out", "new/report"]) == 0
    out = capfd.readouterr().out
    written = sorted(path.name for path in Path("new/report").iterdir())
    assert written == ["report.html", "report.json", "report.md"]
    assert "At which noise does this data set collapse?" in out
    assert "new/report/report.html" in out


@pytest.mark.parametrize(("limit", "code"), [("duplicate_rows=0", 0), ("n_points=59", 1), ("n_points=60", 0)])
@pytest.mark.usefixtures("folder")
def test_fail_above_sets_the_exit_code(limit: str, code: int, capfd: pytest.CaptureFixture[str]) -> None:
    assert run(["audit", "ok.npy", "--json", "--fail-above", limit]) == code
    assert ("is above the limit" in capfd.readouterr().err) == bool(code)


@pytest.mark.parametrize(("limit", "code"), [("samples_exact_copies=0", 1), ("samples_exact_copies=0.2", 0)])
@pytest.mark.usefixtures("folder")
def test_samples_stand_in_the_report_and_can_fail_a_pipeline(
    limit: str, code: int, capfd: pytest.CaptureFixture[str]
) -> None:
    made = np.random.default_rng(1).normal(size=(40, 5))
    made[:4] = np.load("ok.npy")[:4]
    np.save("made.npy", made)
    words = ["audit", "ok.npy", "--holdout", "holdout.npy", "--samples", "made.npy", "--out", "report"]
    assert run([*words, "--fail-above", limit]) == code
    out, err = capfd.readouterr()
    assert ("samples_exact_copies = 0.1 is above the limit 0" in err) == bool(code)
    assert "Yes: 4 samples equal a training row." in " ".join(out.split())
    assert "not about a trained network" not in out
    assert json.loads(Path("report/report.json").read_text())["samples"]["flagged"][3]["train"] in range(4)


@pytest.mark.parametrize(("holdout", "code"), [("honest", 0), ("leaked", 1), ("shifted", 1)])
@pytest.mark.usefixtures("folder")
def test_a_holdout_that_is_no_control_fails_the_pipeline(
    holdout: str, code: int, capfd: pytest.CaptureFixture[str]
) -> None:
    """An honest hold-out exceeds 3 by chance in 0.5 % of all cases (tests/audits/test_holdout.py)."""
    rng = np.random.default_rng(4)
    train, honest = rng.normal(size=(300, 24)), rng.normal(size=(50, 24))
    sets = {"honest": honest, "leaked": train[:50] + 0.1 * rng.normal(size=(50, 24)), "shifted": honest + 100}
    np.save("train.npy", train)
    np.save("fresh.npy", sets[holdout])
    words = ["audit", "train.npy", "--holdout", "fresh.npy", "--json", "--fail-above", "holdout_closer_share_z=3"]
    assert run(words) == code
    assert ("holdout_closer_share_z" in capfd.readouterr().err) == bool(code)


@pytest.mark.usefixtures("folder")
def test_ctrl_c_leaves_nothing_half_written(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> None:
    def interrupt(*_: object, **__: object) -> Callable[[], None]:
        raise KeyboardInterrupt

    before = set(Path().rglob("*"))
    monkeypatch.setattr("remanifold.measures.profile.sweep.TorchSweep.evaluate", interrupt)
    assert run(["audit", "ok.npy", "--out", "report"]) == 130
    assert "interrupted" in capfd.readouterr().err
    assert set(Path().rglob("*")) == before


def test_an_interrupted_audit_says_where_its_queries_are_and_goes_on(
    folder: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    words = ["audit", "ok.npy", "--holdout", "holdout.npy", "--seed", "1", "--threads", "1"]
    assert run([*words, "--out", "whole"]) == 0

    def interrupt(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("remanifold.audits.data.holdout.holdout_profile", interrupt)
        assert run([*words, "--out", "out"]) == 130
    assert "finished work is kept in out/audit.part; the same command goes on from there" in capfd.readouterr().err
    assert [path.name for path in Path("out").iterdir()] == ["audit.part"]
    assert run([*words, "--out", "out"]) == 0
    assert sorted(path.name for path in Path("out").iterdir()) == ["report.html", "report.json", "report.md"]
    assert Path("out/report.json").read_text() == Path("whole/report.json").read_text()


def test_data_alone_begin_with_what_they_say(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["audit", "ok.npy", "--threads", "1", "--out", "alone"]) == 0
    first = capsys.readouterr().out.splitlines()[0]
    assert first.startswith("Data alone: they collapse at σ = ")
    assert json.loads(Path("alone/report.json").read_text())["verdict"] is None
    for name in ("report.md", "report.html"):
        assert "so there is no verdict" in Path("alone", name).read_text()


def test_a_hold_out_whose_groups_are_all_in_training_still_gives_every_file(folder: Path) -> None:
    Path("groups.txt").write_text("\n".join(str(k % 12) for k in range(60)))
    Path("rest.txt").write_text("\n".join(str(k % 4) for k in range(20)))
    np.save("samples.npy", np.random.default_rng(5).normal(size=(30, 5)))
    call = ["copies", "--train", "ok.npy", "--samples", "samples.npy", "--holdout", "holdout.npy"]
    assert run([*call, "--groups", "groups.txt", "--holdout-groups", "rest.txt", "--out", "shared"]) == 0
    assert {path.name for path in Path("shared").iterdir()} == {"copies.json", "copies.md", "copies.html"}


@pytest.mark.parametrize("sigma", [1e200, 1e155, 1e-162])
def test_target_sigmas_out_of_range_are_refused_before_anything_is_measured(capsys, tmp_path, monkeypatch, sigma):
    monkeypatch.chdir(tmp_path)
    np.save("t.npy", np.random.default_rng(0).normal(size=(20, 3)))
    code = run(["audit", "t.npy", "--target-sigma", str(sigma), "--out", "o"])
    assert code == 2 and "--target-sigma must be a number of at least 1e-150" in capsys.readouterr().err
    assert not (tmp_path / "o").exists()
