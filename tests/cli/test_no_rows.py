"""``--no-rows``: nothing that a report is to protect is in any output, and the card is always written so."""

import json
import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import remanifold as rm
from remanifold.cli.app import run

PICTURE = '<img src="data:image/png'
SECRETS = ("rosalind", "millerova", "kowalska", "cohort7", "weights9", "oncology", PICTURE)
MODEL = """
import numpy as np
from remanifold import EmpiricalScore

score = EmpiricalScore(np.load({path!r}))

def weights9(y, sigma):
    return score(y, sigma.double() ** 2).to(y.dtype)
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Pictures of two people, one repeated, in folders that carry names; a network and samples."""
    monkeypatch.chdir(tmp_path)
    rng = np.random.default_rng(0)
    place = Path("rosalind_cohort7")
    place.mkdir()
    base = rng.normal(size=(160, 6)) @ rng.normal(size=(6, 64))
    pixels = np.clip(base * 20 + 128, 0, 255).astype(np.float64)
    data, holdout = pixels[:110].reshape(-1, 8, 8), pixels[110:].reshape(-1, 8, 8)
    data[3] = data[2]
    np.save(place / "oncology.npy", data)
    np.save(place / "oncology_rest.npy", holdout)
    np.save(place / "cohort7_labels.npy", np.where(np.arange(110) % 2, "Millerova", "Kowalska"))
    np.save(place / "cohort7_samples.npy", np.concatenate([data[:4], holdout[:20] + rng.normal(size=(20, 8, 8))]))
    (place / "weights9.py").write_text(MODEL.format(path=str(place / "oncology.npy")))
    return place


def everything(capsys: pytest.CaptureFixture[str], out: Path) -> str:
    """What was printed and written, in lower case, without the lines that tell where it was written.

    Places of lines in drawings are left out: among some thousand of them one equals a value by chance.
    """
    printed = capsys.readouterr()
    lines = [line for line in printed.out.splitlines() if not line.startswith("wrote ")]
    return "\n".join([*lines, *(undrawn(path.read_text()) for path in sorted(out.iterdir()))]).lower()


def undrawn(page: str) -> str:
    """``page`` with the text of its drawings alone."""
    page = re.sub(r'data-points="[^"]*"', "", page)
    return re.sub(r"<svg.*?</svg>", lambda svg: re.sub(r"<[^>]*>", " ", svg[0]), page, flags=re.DOTALL)


def audit_of(folder: Path) -> list[str]:
    labels, samples = folder / "cohort7_labels.npy", folder / "cohort7_samples.npy"
    return [
        "audit", str(folder / "oncology.npy"), "--holdout", str(folder / "oncology_rest.npy"), "--labels", str(labels),
        "--samples", str(samples), "--model", f"{folder / 'weights9.py'}:weights9", "--cheap", "--threads", "1",
        "--max-queries", "30", "--out", "out",
    ]  # fmt: skip


def values(folder: Path) -> list[str]:
    """Numbers of rows as they would be printed; those of four digits may stand in a table of curves by chance."""
    pixels = np.load(folder / "oncology.npy").ravel()
    printed = [f"{value:.6g}" for value in pixels[pixels % 1 > 0][:200]]
    return [number for number in printed if len(number) > len("186.2")]


def test_an_audit_tells_rows_by_number_only(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(audit_of(folder)) == 0
    open_text = everything(capsys, Path("out"))
    assert all(word in open_text for word in SECRETS)  # planted, so that their absence says something
    card = Path("out/report.md").read_text().lower()
    assert not [word for word in SECRETS if word in card] and "class" in card
    assert run([*audit_of(folder), "--no-rows"]) == 0
    text = everything(capsys, Path("out"))
    assert not [word for word in SECRETS if word in text]
    assert not [value for value in values(folder) if re.search(rf"(?<![\d.]){re.escape(value)}(?!\d)", text)]
    tree = json.loads(Path("out/report.json").read_text())
    assert tree["pictures"] == {} and tree["parameters"]["no_rows"] is True
    assert tree["verdict"]["state"] == "remembers" and [item["label"] for item in tree["classes"]] == ["1", "2"]
    assert {item["label"] for item in tree["exposure"]} == {None} and tree["exposure"][0]["row"] >= 0
    assert tree["data"]["fingerprint"] and rm.AuditReport.from_json(Path("out/report.html")).to_dict() == tree
    run([*audit_of(folder), "--no-rows", "--no-fingerprints"])
    bare = everything(capsys, Path("out"))
    prints = [tree["data"]["fingerprint"], tree["holdout"]["fingerprint"], *tree["samples"]["fingerprints"].values()]
    assert not [value for value in prints if value in bare]


def test_tests_of_classes_are_numbered_as_the_classes_are(folder: Path) -> None:
    assert run(audit_of(folder)) == 0
    report = rm.AuditReport.from_json(Path("out/report.json"))
    assert report.model is not None
    tests = tuple(replace(report.model.tests[0], name=f"class {name}") for name in ("Millerova", "Kowalska"))
    told = replace(report, model=replace(report.model, tests=tests, notes=("About Millerova alone.",))).without_rows()
    assert told.model is not None and [test.name for test in told.model.tests] == ["class 2", "class 1"]
    assert "millerova" not in told.to_json().lower() and told.model.notes[0].startswith("left out")


def test_copies_tell_rows_by_number_only(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    sets = ["--train", "oncology.npy", "--samples", "cohort7_samples.npy", "--holdout", "oncology_rest.npy"]
    call = ["copies", *[str(folder / word) if word.endswith("npy") else word for word in sets], "--out", "out"]
    assert run(call) == 0
    assert all(word in everything(capsys, Path("out")) for word in ("rosalind", "oncology", PICTURE))
    assert run([*call, "--no-rows", "--no-fingerprints"]) == 0
    text = everything(capsys, Path("out"))
    assert not [word for word in SECRETS if word in text] and "remembers" in text
    assert set(json.loads(Path("out/copies.json").read_text())["fingerprints"].values()) == {""}


def test_pictures_of_a_folder_are_not_named(tmp_path: Path) -> None:
    rng = np.random.default_rng(1)
    for k in range(40):
        place = tmp_path / ("millerova" if k % 2 else "kowalska")
        place.mkdir(exist_ok=True)
        Image.fromarray(rng.integers(0, 255, (4, 4), dtype=np.uint8)).save(place / f"rosalind{k}.png")
    report = rm.audit(tmp_path, max_queries=20, threads=1)
    told = report.without_rows(fingerprints=False)
    for text in (told.to_html(), told.to_json(), told.to_markdown(), repr(told), told._repr_html_()):
        assert not [word for word in SECRETS if word in text.lower()]
        assert report.data.fingerprint not in text and str(tmp_path) not in text
    assert "kowalska" in report.to_markdown(rows=True) and "kowalska" not in report.to_markdown()


def test_fingerprints_alone_cannot_be_left_out(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["audit", str(folder / "oncology.npy"), "--no-fingerprints"]) == 2
    assert "must come with --no-rows" in capsys.readouterr().err
