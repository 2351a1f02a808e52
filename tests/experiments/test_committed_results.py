"""The results in docs/results: of the code as it is, and met by fresh quick runs within both errors."""

import json
import math
from pathlib import Path

import numpy as np
import pytest
from experiments.results_page import fill, names_in
from scipy.stats import sem

from remanifold.experiments import NAMES, experiment, read_rows, reproduce
from remanifold.experiments.reproduce import compute_task
from remanifold.experiments.results import finished_rows, stamp_of
from remanifold.experiments.rows import column, select

DOCS = Path(__file__).parents[2] / "docs"
RESULTS = DOCS / "results"
SINGLE = {
    "phase-diagram": (9, "t_collapse", ("kind", "latent_ratio", "ambient_dim", "load")),
    "no-curse": (2, "t_collapse", ("data", "ambient_dim")),
    "vanishing-ratio": (1, "t_generalization", ("latent_dim", "share")),
    "nonlinear": (4, "t_collapse", ("activation", "ambient_dim")),
    "kl-curve": (0, "kl", ("ambient_dim", "log_step")),
    "real-data": (2, "t_onset", ("kind", "data", "n_points")),
    "published": (0, "t_collapse", ("kind", "ambient_dim")),
    "classes": (0, "t_collapse", ("kind", "ambient_dim")),
    "basins": (4, "delta_static", ("kind", "ambient_dim", "step")),
    "density-marks": (0, "participation", ("kind", "ambient_dim", "step")),
}
"""Where the whole quick run is dear: one of its tasks, a column of it, and what the rows to compare agree in."""
ONE_DRAW = {
    "capture": [
        ("half_weight", {"kind": "quantile", "share": 0.5}),
        ("last_change", {"kind": "quantile", "share": 0.5}),
    ],
    "stopping": [("energy", {"log_step": 1.0}), ("off_manifold", {"log_step": 0.0})],
    "networks": [
        ("share_fresh", {"activation": "linear", "denoiser": "network", "kind": "level", "step": 1000, "turn": 4.0}),
        ("share_fresh", {"activation": "linear", "denoiser": "network", "kind": "level", "step": 1000, "turn": 2.0}),
    ],
    "cycling": [
        ("captured", {"kind": "fresh", "turn": 0.07, "round": 1}),
        ("captured", {"kind": "fresh", "turn": 0.1, "round": 1}),
        ("stayed", {"kind": "fresh", "turn": 0.2, "round": 1}),
    ],
}
"""Where a task is one draw: columns that depend on its trajectories, and the row to compare."""
CHEAP = ("condensation",)
FAR = 4.5  # standard errors, for the farthest of about a hundred quantities


def verdicts_of(folder, name):
    return json.loads((folder / f"{name}.json").read_text())["verdicts"]


def distances(quick, full):
    """How many standard errors lie between the measurements of two runs, by quantity."""
    measured = {verdict["quantity"]: verdict for verdict in full}
    pairs = [(one, measured[one["quantity"]]) for one in quick if one["quantity"] in measured and one["stderr"]]
    return {
        one["quantity"]: (one["measured"] - other["measured"]) / math.hypot(one["stderr"], other["stderr"])
        for one, other in pairs
        if other["stderr"] and "extrapolated" not in one["quantity"]
    }


@pytest.mark.parametrize("name", NAMES)
def test_the_tables_are_of_this_code(name):
    """If this fails, the experiment or the version changed: run `remanifold reproduce NAME --out docs/results`."""
    one = experiment(name)
    assert finished_rows(RESULTS, name, stamp_of(one, "full", one.tasks("full"))) is not None


@pytest.mark.parametrize("name", NAMES)
def test_verdicts_follow_from_the_tables(name):
    one = experiment(name)
    table = finished_rows(RESULTS, name, stamp_of(one, "full", one.tasks("full")))
    assert table is not None
    kept = verdicts_of(RESULTS, name)
    for fresh, old in zip((verdict.to_dict() for verdict in one.verdicts(table)), kept, strict=True):
        assert fresh["quantity"] == old["quantity"]
        for key in ("theory", "finite_size", "measured", "stderr", "z"):
            assert fresh[key] == old[key] or fresh[key] == pytest.approx(old[key], rel=1e-6, abs=1e-9)


@pytest.mark.parametrize("name", CHEAP)
def test_a_quick_run_meets_the_committed_one(name, tmp_path):
    reproduce((name,), out=tmp_path, scale="quick")
    found = distances(verdicts_of(tmp_path, name), verdicts_of(RESULTS, name))
    assert len(found) >= 3
    assert max(map(abs, found.values())) < FAR, found
    planted = [one | {"measured": 1.3 * one["measured"]} for one in verdicts_of(RESULTS, name)]
    assert max(map(abs, distances(verdicts_of(tmp_path, name), planted).values())) > FAR


@pytest.mark.parametrize("name", SINGLE)
def test_one_quick_task_meets_the_committed_table(name):
    number, what, keys = SINGLE[name]
    task = dict(experiment(name).tasks("quick")[number])
    task |= {"steps": task["steps"][:1]} if "steps" in task else {}  # rows of the first are compared
    computed = [row for row in compute_task((name, task)) if row.get(what)]
    wanted = {key: computed[0][key] for key in keys}
    quick = np.log(column(select(computed, **wanted), what))
    full = np.log(column([row for row in select(read_rows(RESULTS / f"{name}.csv"), **wanted) if row.get(what)], what))
    assert min(len(quick), len(full)) >= 4
    gap, error = quick.mean() - full.mean(), np.hypot(*(sem(logs) for logs in (quick, full)))
    assert abs(gap) < FAR * error
    assert abs(gap + np.log(1.3)) > FAR * error  # a table that is 30 % off would be seen


@pytest.mark.parametrize("name", ONE_DRAW)
def test_one_draw_is_one_of_the_committed_draws(name):
    task = experiment(name).tasks("quick")[0]
    sizes = {key: task[key] for key in ("ambient_dim", "n_points")}
    rows, table = compute_task((name, task)), read_rows(RESULTS / f"{name}.csv")
    for what, wanted in ONE_DRAW[name]:
        (row,) = select(rows, **sizes, **wanted)
        draws = np.log(column(select(table, **sizes, **wanted), what))
        assert len(draws) >= (5 if name == "networks" else 10)
        spread = draws.std(ddof=1) * math.sqrt(1 + 1 / len(draws))
        assert abs(math.log(row[what]) - draws.mean()) < FAR * spread, what
        assert abs(math.log(2.5 * row[what]) - draws.mean()) > FAR * spread, what  # planted


@pytest.mark.parametrize("name", NAMES)
def test_the_page_of_a_result_is_fresh(name):
    text = (RESULTS / f"{name}.md").read_text(encoding="utf-8")
    assert names_in(text) == names_in(text, "summary") == [name]
    assert fill(text, RESULTS) == text
    planted = text.replace(" beyond 3 standard errors", " beyond 4 standard errors")
    assert planted != text == fill(planted, RESULTS)


def test_the_gallery_shows_every_result():
    text = (RESULTS / "gallery.md").read_text(encoding="utf-8")
    assert [name for name in NAMES if f"]({name}.svg)]({name}.md)" not in text] == []
