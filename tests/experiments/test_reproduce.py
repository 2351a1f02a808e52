"""The framework on an experiment of a few lines: pieces, tables, pages, and what is refused or kept."""

import importlib
import json
import re
from contextlib import nullcontext

import numpy as np
import pytest
from command import content

from remanifold import InvalidInput
from remanifold._core.estimate import mean_estimate
from remanifold.experiments import Experiment, against, read_rows, reproduce
from remanifold.experiments.figures import panels
from remanifold.experiments.rows import column, select, values_of

module = importlib.import_module("remanifold.experiments.reproduce")  # the package has a function of that name


class Toy:
    """Normal numbers around ``truth``; counts what is computed, and can be told to break."""

    def __init__(self, truth: float = 1.0, theory: float = 1.0, revision: int = 1) -> None:
        self.computed: list[int] = []
        self.breaks_at: int | None = None
        self.truth, self.theory, self.revision = truth, theory, revision

    def compute(self, task):
        if task["seed"] == self.breaks_at:
            raise KeyboardInterrupt
        self.computed.append(task["seed"])
        draws = np.random.default_rng(task["seed"]).normal(self.truth, 0.1, task["draws"])
        return [{"seed": task["seed"], "value": x, "note": None, "word": 'a, "b"'} for x in draws]

    def verdicts(self, rows):
        return [against("mean", mean_estimate(column(rows, "value")), theory=self.theory, finite_size=self.theory)]

    def figure(self, rows):
        drawing, axes = panels()
        axes[0].plot(column(rows, "value"))
        return drawing

    @property
    def experiment(self) -> Experiment:
        return Experiment(
            "toy",
            "Numbers <are> one.",
            "nowhere",
            lambda scale: tuple({"seed": s, "draws": 4 if scale == "quick" else 20} for s in range(4)),
            self.compute,
            self.verdicts,
            self.figure,
            revision=self.revision,
        )


@pytest.fixture
def use(monkeypatch):
    def run(toy: Toy, out, **options):
        monkeypatch.setattr(module, "experiments", lambda names: (toy.experiment,))
        monkeypatch.setattr(module, "experiment", lambda name: toy.experiment)
        monkeypatch.setattr(module, "NAMES", ("toy",))
        return reproduce(("toy",), out=out, **options)

    return run


def test_files_and_their_content(use, tmp_path):
    results = use(Toy(), tmp_path)
    assert sorted(content(tmp_path)) == ["index.html", "toy.csv", "toy.json", "toy.pdf", "toy.svg", "verdicts.csv"]
    record = json.loads((tmp_path / "toy.json").read_text(), parse_constant=pytest.fail)
    assert record["scale"] == "full" and record["version"] and len(record["tasks"]) == 4
    assert record["verdicts"][0]["z"] == pytest.approx(results["toy"].record["verdicts"][0]["z"])
    page = (tmp_path / "index.html").read_text()
    assert "Numbers &lt;are&gt; one." in page and "<svg" in page
    assert not re.search(r"(src|href)=.?(http|//)|url\(.?http|@import", page)  # nothing from the network


def test_a_table_reads_back_as_it_was_to_eight_digits(use, tmp_path):
    toy = Toy()
    use(toy, tmp_path)
    rows = read_rows(tmp_path / "toy.csv")
    computed = toy.compute({"seed": 0, "draws": 20})
    assert rows[:20] == [row | {"value": float(f"{row['value']:.8g}")} for row in computed]
    assert values_of(rows, "seed") == [0, 1, 2, 3] and len(select(rows, seed=2)) == 20
    assert np.isnan(column(rows, "note")).all()


def test_an_interrupted_run_goes_on_to_the_same_bytes(use, tmp_path):
    use(Toy(), tmp_path / "whole")
    broken = Toy()
    broken.breaks_at = 2
    with pytest.raises(KeyboardInterrupt):
        use(broken, tmp_path / "parts")
    assert sorted(content(tmp_path / "parts")) == ["toy.part"]
    again = Toy()
    use(again, tmp_path / "parts")
    assert again.computed == [2, 3]
    assert content(tmp_path / "parts") == content(tmp_path / "whole")


def test_pieces_of_another_revision_are_never_mixed_in(use, tmp_path):
    broken = Toy()
    broken.breaks_at = 2
    with pytest.raises(KeyboardInterrupt):
        use(broken, tmp_path)
    other = Toy(revision=2)
    use(other, tmp_path)
    assert other.computed == [0, 1, 2, 3]
    assert not (tmp_path / "toy.part").exists()


@pytest.mark.parametrize("finished", [True, False])
def test_a_run_of_another_scale_is_not_replaced(use, tmp_path, finished):
    first = Toy()
    first.breaks_at = None if finished else 2
    with nullcontext() if finished else pytest.raises(KeyboardInterrupt):
        use(first, tmp_path)
    before = content(tmp_path)
    with pytest.raises(
        InvalidInput, match=r"a quick run must go where no run of another scale is, but got .* full run"
    ):
        use(Toy(), tmp_path, scale="quick")
    assert content(tmp_path) == before


def test_what_was_skipped_is_tried_again(use, tmp_path):
    class Absent(Toy):
        def compute(self, task):
            rows = super().compute(task)
            return [{"kind": "skipped", "value": 1.0, "seed": 3}] if task["seed"] == 3 else rows

    use(Absent(), tmp_path)
    again = Toy()
    use(again, tmp_path)
    assert again.computed == [0, 1, 2, 3] and len(read_rows(tmp_path / "toy.csv")) == 80
    later = Toy()
    use(later, tmp_path)
    assert later.computed == []


def test_a_finished_result_is_only_drawn_and_judged_again(use, tmp_path):
    use(Toy(), tmp_path)
    before = content(tmp_path)
    again = Toy(theory=2.0)
    use(again, tmp_path)
    assert again.computed == []
    after = content(tmp_path)
    assert after["toy.csv"] == before["toy.csv"] and after["verdicts.csv"] != before["verdicts.csv"]


def test_a_table_that_was_cut_is_computed_again(use, tmp_path):
    use(Toy(), tmp_path)
    table = tmp_path / "toy.csv"
    table.write_text("".join(table.read_text().splitlines(keepends=True)[:-3]))
    again = Toy()
    use(again, tmp_path)
    assert len(again.computed) == 4


def test_a_planted_wrong_theory_is_marked(use, tmp_path):
    right = use(Toy(), tmp_path / "right")["toy"].record["verdicts"][0]["z"]
    wrong = use(Toy(theory=1.1), tmp_path / "wrong")["toy"].record["verdicts"][0]["z"]
    assert abs(right) < 4 < 7 < abs(wrong)
    assert 'class="number far"' in (tmp_path / "wrong" / "index.html").read_text()
    assert 'class="number far"' not in (tmp_path / "right" / "index.html").read_text()


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"scale": "huge"}, "`scale` must be quick or full"),
        ({"jobs": 0}, "`jobs` must be a whole number of at least 1"),
        ({"names": ("no-such",)}, "an experiment must be one of phase-diagram"),
    ],
)
def test_bad_input_is_refused_before_anything_is_written(tmp_path, options, sentence):
    with pytest.raises(InvalidInput, match=sentence):
        reproduce(**({"names": ("no-curse",), "out": tmp_path / "out"} | options))
    assert not (tmp_path / "out").exists()
