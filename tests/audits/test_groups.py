"""Rows that belong together in whole audits: counts, leaks, notes, verdicts, and bad groups in one sentence."""

import json

import numpy as np
import pytest
from command import runner

import remanifold as rm
from remanifold.audits import answers_of

pytestmark = pytest.mark.usefixtures("without_theory")
DIM, AMONG, WITHIN = 6, 0.95, 0.3  # spread of persons around the centre of their class, of rows around their person
CLASSES = 3 * np.random.default_rng(0).normal(size=(4, DIM))
SPREAD = AMONG**2 + WITHIN**2


class Network:
    """The exact denoiser of the law of all rows, with a share on some of them, which it remembers."""

    def __init__(self, rows=None, share=0.0):
        self.centres = CLASSES if rows is None else np.concatenate([CLASSES, rows])
        n = 0 if rows is None else len(rows)
        self.widths = np.r_[np.full(4, SPREAD), np.zeros(n)]
        self.log_shares = np.log(np.r_[np.full(4, (1 - share) / 4), np.full(n, share / max(1, n))])

    def __call__(self, x, t):
        total = self.widths + t
        gap = np.asarray(x, dtype=float)[:, None] - self.centres
        log_weight = self.log_shares - (gap**2).sum(-1) / (2 * total) - DIM / 2 * np.log(total)
        weight = np.exp(log_weight - log_weight.max(1, keepdims=True))
        weight /= weight.sum(1, keepdims=True)
        return weight @ self.centres + (weight[:, :, None] * gap * (self.widths / total)[:, None]).sum(1)


def persons(count, seed, each=5):
    rng = np.random.default_rng(seed)
    who = rng.permutation(np.repeat(np.arange(count), each))
    centres = CLASSES[rng.integers(4, size=count)] + AMONG * rng.normal(size=(count, DIM))
    return centres[who] + WITHIN * rng.normal(size=(len(who), DIM)), who


def fresh(n, seed):
    return persons(n, seed, each=1)[0]


SAMPLES = fresh(150, 7)
TRAIN, WHO = persons(60, 0)
HOLDOUT, OTHERS = persons(60, 1)
GROUPS = {"groups": WHO, "holdout_groups": [f"other {k}" for k in OTHERS]}


def audited(denoiser=None, **options):
    model = rm.AuditedNetwork(denoiser or Network(), "ideal", "exact", evaluations=40_000, cheap=True)
    return rm.audit(TRAIN, holdout=HOLDOUT, model=model, max_queries=100, threads=1, **options)


@pytest.fixture(scope="module")
def honest():
    return audited(**GROUPS)


def test_groups_are_counted_beside_rows_everywhere(honest):
    assert (honest.groups.n_training, honest.groups.n_holdout, honest.groups.largest) == (60, 60, 5)
    assert {(test.n, test.n_holdout) for test in honest.model.tests if test.name in ("all rows", "a few rows")} == {
        (60, 60)
    }
    assert honest.verdict.detectable.keys() == {"groups", "groups_half"}
    assert "300 rows of 60 groups" in honest.to_markdown()
    assert "300 rows of 60 groups" in honest.to_html()
    memory = next(answer for answer in answers_of(honest) if answer.key == "memory")
    assert "of 60 and 60 groups, which the tests count" in memory.detail
    assert "groups" in honest.verdict.headline
    assert rm.AuditReport.from_json(honest.to_json()) == honest
    assert json.loads(honest.to_json())["groups"]["shared"] == 0


def test_without_groups_rows_are_taken_for_persons_and_the_hold_out_looks_wrong(honest):
    report = audited()
    assert report.groups is None and "groups" not in json.loads(report.to_json())
    assert report.holdout.is_doubtful and not honest.holdout.is_doubtful
    assert honest.t_collapse.value == report.t_collapse.value
    assert honest.t_collapse.stderr != report.t_collapse.stderr
    assert honest.model.index.value == report.model.index.value
    assert honest.model.index.stderr > report.model.index.stderr


def test_remembered_persons_are_found_and_named():
    known = np.isin(WHO, np.arange(20))
    report = audited(Network(TRAIN[known], 0.5), rows=np.flatnonzero(known), **GROUPS)
    assert report.verdict.state == "remembers"
    assert report.verdict.reasons[0].text.count("groups") == 1
    named = {item.row for item in report.model.remembered}
    assert all(set(np.flatnonzero(WHO[row] == WHO)) <= named for row in named)
    assert any("groups are named" in note for note in report.model.notes)


def test_a_group_on_both_sides_is_a_leak_and_left_out():
    few = np.where(OTHERS < 2, OTHERS, 100 + OTHERS)
    report = audited(groups=WHO, holdout_groups=few)
    assert (report.groups.shared, report.groups.shared_rows) == (2, 10)
    leak = next(note for note in report.notes if note.startswith("Leak"))
    assert "2 of 60 groups" in leak and f"hold-out row {np.flatnonzero(OTHERS == 0)[0]} " in leak
    assert report.model.n_training == 290 and report.model.n_holdout == 290
    assert not report.groups.is_doubtful
    many = audited(groups=WHO, holdout_groups=np.where(OTHERS < 10, OTHERS, 100 + OTHERS))
    assert many.verdict.state == "cannot tell" and "10 groups of the 60" in many.verdict.headline
    none = audited(groups=WHO, holdout_groups=OTHERS)
    assert none.model.index is None and "groups that are not in the training data" in none.model.reason


def test_samples_that_are_new_rows_of_training_persons_show_with_groups_alone():
    rng, samples = np.random.default_rng(5), fresh(150, 5)
    honest = rm.audit_copies(TRAIN, samples, HOLDOUT, threads=1, **GROUPS)
    assert honest.verdict.state != "remembers"
    text = honest.to_markdown()
    assert "- train groups: 60" in text and "of 60 and 60 groups, which the tests exchange" in text
    assert honest.sizes["train_groups"] == 60 and honest.sizes["shared_groups"] == 0
    centre = np.stack([TRAIN[k == WHO].mean(axis=0) for k in range(60)])
    samples[:75] = centre[rng.integers(60, size=75)] + 0.2 * WITHIN * rng.normal(size=(75, DIM))
    report = rm.audit_copies(TRAIN, samples, HOLDOUT, threads=1, **GROUPS)
    assert report.verdict.state == "remembers"
    beside = rm.audit(TRAIN, holdout=HOLDOUT, samples=samples, max_queries=50, threads=1, **GROUPS)
    assert beside.samples.number("closer_share").p_value == report.number("closer_share").p_value
    assert beside.verdict.state == "remembers"


def test_a_leak_between_sets_of_samples_is_told():
    samples = fresh(150, 6)
    report = rm.audit_copies(TRAIN, samples, HOLDOUT, groups=WHO, holdout_groups=OTHERS + 40, threads=1)
    assert report.sizes["shared_groups"] == 20 and report.sizes["holdout"] == 200
    assert report.verdict.state == "cannot tell" and report.warnings[0].startswith("Leak: 20 of 60 groups")
    every = rm.audit_copies(TRAIN, samples, HOLDOUT, groups=WHO, holdout_groups=OTHERS, threads=1)
    assert every.number("closer_share") is None and every.verdict.state == "cannot tell"


def test_rows_in_the_order_of_persons_are_noted_and_shuffled_or_independent_rows_are_not():
    def noted(rows, **options):
        return any("seem to belong together" in note for note in rm.audit(rows, threads=1, **options).notes)

    in_order = TRAIN[np.argsort(WHO, kind="stable")]
    assert noted(in_order, max_queries=150)
    assert not noted(in_order, max_queries=150, groups=np.sort(WHO))
    assert not noted(TRAIN, max_queries=150)
    assert not noted(np.random.default_rng(0).normal(size=(200, 1)), max_queries=200)


BAD = [
    ({"groups": WHO[1:], "holdout_groups": OTHERS}, "as many groups of the data as rows \\(300\\), but got 299"),
    ({"groups": WHO, "holdout_groups": OTHERS[1:]}, "as many groups of the hold-out as rows \\(300\\), but got 299"),
    ({"groups": WHO}, "groups must be given for the data and for the hold-out, but got those of the data alone"),
    ({"holdout_groups": OTHERS}, "but got those of the hold-out alone; pass both, or neither"),
    ({"groups": np.zeros(300, int), "holdout_groups": OTHERS}, "groups must be at least two, but got one"),
]


@pytest.mark.parametrize(("options", "sentence"), BAD)
def test_bad_groups_are_one_sentence(options, sentence):
    with pytest.raises(rm.InvalidInput, match=sentence):
        rm.audit(TRAIN, holdout=HOLDOUT, **options)
    with pytest.raises(rm.InvalidInput, match=sentence):
        rm.audit_copies(TRAIN, SAMPLES, HOLDOUT, **options)


def test_groups_of_a_hold_out_that_is_not_there_are_refused():
    with pytest.raises(rm.InvalidInput, match="groups of a hold-out that is not there"):
        rm.audit(TRAIN, groups=WHO, holdout_groups=OTHERS)
    assert rm.audit_copies(TRAIN, SAMPLES, groups=WHO, threads=1).sizes["train_groups"] == 60


def test_the_commands_take_files_of_groups(tmp_path, capsys):
    for name, rows in (("train", TRAIN), ("holdout", HOLDOUT), ("samples", SAMPLES)):
        np.save(tmp_path / f"{name}.npy", rows)
    (tmp_path / "groups.txt").write_text("\n".join(f"p{k}" for k in WHO))
    (tmp_path / "others.txt").write_text("\n".join(f"q{k}" for k in OTHERS))
    sets = ["--holdout", tmp_path / "holdout.npy", "--samples", tmp_path / "samples.npy"]
    groups = ["--groups", tmp_path / "groups.txt"]
    both = [*groups, "--holdout-groups", tmp_path / "others.txt"]
    code, out, err = runner("copies")(capsys, "--train", tmp_path / "train.npy", *sets, *both, "--json")
    assert code == 0 and json.loads(out)["sizes"]["holdout_groups"] == 60, err
    code, out, _ = runner("audit")(capsys, tmp_path / "train.npy", "--max-queries", 30, *sets, *both)
    assert code == 0 and "300 rows of 60 groups of shape" in " ".join(out.split())  # wrapped where the path is long
    for command, data in (("copies", ["--train", tmp_path / "train.npy"]), ("audit", [tmp_path / "train.npy"])):
        code, out, err = runner(command)(capsys, *data, *sets, *groups)
        assert (code, out) == (2, "") and "pass both, or neither" in err
        code, out, err = runner(command)(capsys, *data, *sets, *groups, "--holdout-groups", tmp_path / "groups.csv")
        assert (code, out) == (2, "") and "groups.csv, which is none" in err
