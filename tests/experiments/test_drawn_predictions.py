"""Sampled predictions are of the very draws of F: beside the closed form of each, and in their order."""

import numpy as np

from remanifold.experiments import against_draws
from remanifold.experiments.catalogue.drawn_predictions import TIMES, linear_prediction, sampled_predictions
from remanifold.experiments.catalogue.drawn_times import drawn_manifold, manifold_task


def test_sampled_predictions_of_linear_draws_are_those_of_the_closed_form():
    task = manifold_task(10, 4, 40, seed=500, draws=20)
    sampled = sampled_predictions(task)
    exact = [linear_prediction(drawn_manifold(task, draw)) for draw in range(task["draws"])]
    assert len(sampled) == len(exact)
    for name in TIMES:
        mine, right = (np.array([row[f"{name}_predicted"] for row in rows]) for rows in (sampled, exact))
        shift = abs(sampled[0][f"{name}_predicted_shift"])
        found = against_draws(name, right, predicted=mine, shared_error=shift).z
        assert found is not None and abs(found) < 4
        planted = against_draws(name, right, predicted=1.3 * mine, shared_error=shift).z
        assert planted is not None and planted < -4
        along = np.corrcoef(np.log(mine), np.log(right))[0, 1]
        moved = np.corrcoef(np.log(np.roll(mine, 1)), np.log(right))[0, 1]  # planted: another draw's prediction
        assert along > 0.5 > moved + 0.1
