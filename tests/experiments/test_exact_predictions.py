"""Predictions by exact reverse diffusion: fresh draws meet the committed ones, a planted noise or size does not."""

from pathlib import Path

import numpy as np
import pytest

from remanifold.experiments import experiment, read_rows
from remanifold.experiments.reproduce import compute_task
from remanifold.experiments.rows import column, select
from remanifold.experiments.verdict import against_exact_draws

RESULTS = Path(__file__).parents[2] / "docs" / "results"
FAR = 4.5  # standard errors


def z_of_fresh_draws(name, what, wanted, **changed):
    """Of quick draws at N = 20, their tasks ``changed``, beside the committed rows with ``wanted`` values."""
    table = select(read_rows(RESULTS / f"{name}.csv"), kind="predicted", ambient_dim=20, **wanted)
    tasks = [t for t in experiment(name).tasks("quick") if t.get("kind") == "predicted" and t["ambient_dim"] == 20]
    fresh = [row for task in tasks for row in compute_task((name, {**task, **changed}))]
    keys = {key: value for key, value in wanted.items() if key != "turn"}
    fresh, committed = (column(rows, what) for rows in (select(fresh, **keys), table))
    assert len(fresh) >= 4 and len(committed) >= 40
    z = against_exact_draws(name, fresh, committed).z
    assert z is not None
    return abs(z)


def test_rounds():
    arguments = "cycling", "captured", {"turn": 0.07, "round": 1}
    assert z_of_fresh_draws(*arguments, turns=[0.07]) < FAR
    assert z_of_fresh_draws(*arguments, turns=[0.08]) > FAR, "planted: 14 percent more noise"


def test_captures():
    arguments = "capture", "last_change", {"share": 0.5}
    assert z_of_fresh_draws(*arguments) < FAR
    assert z_of_fresh_draws(*arguments, n_points=4 * 55) > FAR, "planted: four times the points"


@pytest.mark.parametrize("name", ["capture", "cycling", "stopping"])
def test_the_measured_draws_are_others(name):
    tasks = [task for scale in ("full", "quick") for task in experiment(name).tasks(scale)]
    seeds = [task["seed"] for task in tasks]
    assert len(np.unique(seeds)) == len(seeds)
