"""An audit of a network that was killed anywhere goes on from its parts and ends with the same numbers."""

import os
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from remanifold import EmpiricalScore, GaussianScore, HiddenManifold, audit
from remanifold._core.compute import Compute
from remanifold.audits import AuditedNetwork
from remanifold.audits.context import AuditContext
from remanifold.audits.inputs import AuditOptions, open_inputs
from remanifold.audits.network.audit import audit_network
from remanifold.cli import main
from remanifold.data import survey
from remanifold.measures import find_duplicates, noise_profile

LAW = HiddenManifold(ambient_dim=10, latent_dim=4, n_points=50, ensemble="isometric", seed=2)
TRAIN, FRESH = LAW.points(), LAW.fresh(40)
POPULATION = GaussianScore.of(LAW)
INPUTS = open_inputs(TRAIN, FRESH)
pytestmark = pytest.mark.usefixtures("without_theory")
KNOWN = AuditContext(
    INPUTS,
    AuditOptions(50, 0, None, ()),
    Compute(),
    survey(INPUTS.points),
    survey(INPUTS.holdout),
    find_duplicates(INPUTS.points, 1e-9),
    noise_profile(INPUTS.points, max_queries=50),
)


VALUES, VECTORS = np.linalg.eigh(LAW.factor @ LAW.factor.T / LAW.latent_dim)


def between(x, t, share):
    """From the population to the empirical score, in a few lines: the engine would take most of the time."""
    x, t = np.asarray(x), np.reshape(t, (-1, 1))
    logits = -((x[:, None] - TRAIN) ** 2).sum(-1) / (2 * t)
    w = np.exp(logits - logits.max(1, keepdims=True))
    population = (x @ VECTORS * VALUES / (VALUES + t)) @ VECTORS.T
    return (1 - share) * population + share * (w @ TRAIN) / w.sum(1, keepdims=True)


class Asked:
    """Halfway from the population to the empirical score; counts rows, and stops like Ctrl-C after so many."""

    def __init__(self, most=10**9, share=0.5):
        self.rows, self.most, self.share = 0, most, share

    def __call__(self, x, t):
        self.rows += len(x)
        if self.rows > self.most:
            raise KeyboardInterrupt
        return between(x, t, self.share)


def run(denoiser, parts=None, seed=0, context=KNOWN):
    network = AuditedNetwork(
        denoiser, "it", "as given", POPULATION, 12_000, parts=parts, seed=seed, batch=64, population=POPULATION
    )
    return audit_network(network, context)


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    asked = Asked()
    return run(asked, tmp_path_factory.mktemp("whole") / "model.parts"), asked.rows


def test_the_few_lines_are_the_scores():
    x = TRAIN + 0.5 * FRESH[[0]]
    for t in (0.01, 1.0):
        assert between(x, t, 0.0) == pytest.approx(POPULATION(x, t), rel=1e-6, abs=1e-9)
        assert between(x, t, 1.0) == pytest.approx(EmpiricalScore(TRAIN)(x, t), rel=1e-5, abs=1e-6)


def test_what_is_kept_changes_no_number(whole):
    plain = run(Asked())
    assert whole[0].evaluations == whole[1]
    assert {**vars(plain), "evaluations": 0} == {**vars(whole[0]), "evaluations": 0}


def test_killed_again_and_again_it_ends_with_the_same_report(whole, tmp_path):
    parts, asked, stops = tmp_path / "model.parts", [], 6
    for _ in range(3 * stops):
        denoiser = Asked(most=whole[1] // stops)
        try:
            found = run(denoiser, parts)
            break
        except KeyboardInterrupt:
            asked.append(denoiser.rows)
            assert list(parts.rglob("*.part*"))
    assert found == whole[0]
    assert len(asked) >= stops - 1
    assert sum(asked) + denoiser.rows < 1.35 * whole[1], "what was done is not asked again, but for batches under way"
    assert not parts.exists(), "nothing is left"


@pytest.mark.parametrize("other", ["model", "seed", "data"])
def test_the_parts_of_another_audit_are_not_used(whole, tmp_path, other):
    parts = tmp_path / "model.parts"
    moved = replace(KNOWN, inputs=open_inputs(TRAIN + 0.01, FRESH))
    first = {
        "model": lambda: run(Asked(int(0.8 * whole[1]), share=0.2), parts),
        "seed": lambda: run(Asked(int(0.8 * whole[1])), parts, seed=1),
        "data": lambda: run(Asked(int(0.8 * whole[1])), parts, context=moved),
    }[other]
    with pytest.raises(KeyboardInterrupt):
        first()
    again = Asked()
    assert run(again, parts) == whole[0]
    if other != "data":  # what the same model made of the same hold-out rows is the same
        assert again.rows >= whole[1], "everything was asked"


def test_what_the_user_has_in_the_folder_stays(tmp_path):
    (tmp_path / "mine.txt").write_text("keep")
    audit(TRAIN, holdout=FRESH, model=AuditedNetwork(Asked(), "it", "", evaluations=10_000, cheap=True, parts=tmp_path))
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


def test_kill_nine_on_the_command_line(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    np.save("train.npy", TRAIN)
    np.save("fresh.npy", FRESH)
    (tmp_path / "mine.py").write_text(
        "import os, signal\nimport numpy as np, torch\nrows, asked = torch.from_numpy(np.load('train.npy')), [0]\n"
        "def net(y, sigma):\n    asked[0] += len(y)\n    if asked[0] > int(os.environ.get('MOST', 10**9)):\n"
        "        os.kill(os.getpid(), signal.SIGKILL)\n"
        "    gaps = ((y.double()[:, None] - rows) ** 2).sum(2) / (2 * sigma.double().reshape(-1, 1) ** 2)\n"
        "    return (torch.softmax(-gaps, 1) @ rows).to(y.dtype)\n"
    )
    words = ["audit", "train.npy", "--holdout", "fresh.npy", "--model", "mine.py:net", "--evaluations", "10000"]
    words += ["--max-queries", "50", "--out"]
    program = "import sys; from remanifold.cli import main; sys.exit(main(sys.argv[1:]))"
    killed = subprocess.run(
        [sys.executable, "-c", program, *words, "report"],
        env={**os.environ, "MOST": "7000"},
        capture_output=True,
        check=False,
    )
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    names = {path.name for path in (tmp_path / "report/model.parts").iterdir()}
    assert {"check.part", "losses.part", "exact-losses.part", "returns", "rounds"} <= names
    assert main([*words, "report"]) == main([*words, "other"]) == 0
    reports = [(tmp_path / name / "report.json").read_text() for name in ("report", "other")]
    assert reports[0] == reports[1]
    assert sorted(path.name for path in (tmp_path / "report").iterdir()) == ["report.html", "report.json", "report.md"]


def test_another_run_that_works_in_the_folder_is_no_error_at_the_end(tmp_path, monkeypatch):
    """Its file comes, or the folder goes, between the look and the removal."""
    rmdir = Path.rmdir

    def with_another_beside(folder):
        (folder / "other.part").touch() if folder.name == "busy" else rmdir(folder)
        rmdir(folder)

    monkeypatch.setattr(Path, "rmdir", with_another_beside)
    for name in ("busy", "gone"):
        (tmp_path / "model.parts" / name).mkdir(parents=True)
    AuditedNetwork(between, "a network", "", parts=tmp_path / "model.parts").remove_checkpoints()
    assert [path.name for path in (tmp_path / "model.parts").rglob("*")] == ["busy", "other.part"]
