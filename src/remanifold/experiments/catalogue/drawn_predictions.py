"""The finite-size prediction for the very draws of F that an experiment measures."""

import math

import numpy as np

from remanifold._core.types import Floats
from remanifold.experiments.experiment import Row, Task
from remanifold.manifolds import HiddenManifold
from remanifold.theory.finite.gaussian import finite_size_times
from remanifold.theory.finite.sampled.family import HiddenFamily
from remanifold.theory.finite.sampled.times import SampledTime, sampled_times

TIMES = ("t_onset", "t_collapse", "t_generalization")
_LOOKS, _LEAST, _MOST = 128, 4, 16  # points x in all; on each draw of F, at least and at most
_SHARPEST = 1e-3  # an accuracy out of reach, so that all of these points are used


def linear_prediction(manifold: HiddenManifold) -> dict[str, float]:
    """The three times for the spectrum of a drawn linear manifold, in closed form."""
    spectrum, sizes = manifold.spectrum, (manifold.n_points, manifold.ambient_dim)
    times = finite_size_times(spectrum, *sizes, seed=manifold.seed)
    return {f"{name}_predicted": getattr(times, name).value for name in TIMES}


def sampled_predictions(task: Task, *, looks: int = _LOOKS, seed: int = 0) -> list[Row]:
    """The three times of every draw of a task, sampled with ``looks`` points x in all.

    The points are those of ``seed``: tasks of one N, D and seed look from the same latents with the same noise, so
    that their predictions err together.

    One draw's numbers carry the noise of its few points; what means over draws need beside is "_predicted_shift", how
    much log t moves when the sampling spends twice as much: an error that all draws share.

    Raises:
        NotConverged: if a crossing is not found.
    """
    draws = task["draws"]
    a_map = min(max(math.ceil(looks / draws), _LEAST), _MOST)
    kind = task["activation"], task["ensemble"]
    family = HiddenFamily(task["ambient_dim"], task["latent_dim"], *kind, seed=task["seed"])
    found = sampled_times(family, task["n_points"], _SHARPEST, seed, a_map=a_map, most=a_map * draws)
    times = dict(zip(TIMES, (found.onset, found.collapse, found.generalization)))
    values = {name: _of_draws(time, draws) for name, time in times.items()}
    return [
        {f"{name}_predicted": float(values[name][draw]) for name in TIMES}
        | {f"{name}_predicted_shift": times[name].effort_shift for name in TIMES}
        for draw in range(draws)
    ]


def _of_draws(time: SampledTime, draws: int) -> Floats:
    """t of each draw; batches of points may have seen a few draws more."""
    return np.exp(time.of_maps[:draws])
