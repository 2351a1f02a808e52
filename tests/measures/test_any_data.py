"""Every public function of the measures that takes data takes whatever `open_points` takes, with the same result."""

import inspect
from dataclasses import fields, is_dataclass
from typing import get_args

import numpy as np
import pytest
import torch

import remanifold.measures as measures
from remanifold._core.errors import InvalidInput
from remanifold.data import Points
from remanifold.manifolds import HiddenManifold
from remanifold.measures import NoiseProfile, Reversal, memory_levels
from remanifold.scores import EmpiricalScore, GaussianScore

RNG = np.random.default_rng(5)
TRAIN, HOLDOUT = RNG.normal(size=(60, 4)), RNG.normal(size=(40, 4))
ROWS, LEVELS = np.arange(60), np.geomspace(0.01, 10, 8)
LABELS = ROWS % 2
SCORE, GAUSSIAN = EmpiricalScore(TRAIN), GaussianScore(np.zeros(4), np.eye(4))
FEW = {"reversal": Reversal(steps_per_e=2)}
TURNS = {"t": [0.5], "stop_at": 0.1, **FEW}
PROFILE = measures.noise_profile(TRAIN, levels=LEVELS, threads=1)
LOSSES = {"draws": 1, "levels": memory_levels(0.3)}

# What each function is given beside its data, which are TRAIN, or HOLDOUT where the parameter is a hold-out.
OTHERS = {
    "audited_rows": {},
    "basins": {"t": 0.5, "delta": [0.1, 1.0], "n_trajectories": 8, "stop_at": 0.1, **FEW},
    "capture_rounds": {"rounds": 1, "most_rows": 8, **TURNS},
    "capture_times": {"n_trajectories": 8, "stop_at": 0.1, **FEW},
    "class_profiles": {"rows": ROWS, "labels": LABELS, "threads": 1},
    "clones": {"n_pairs": 8, **TURNS},
    "covariance_spectrum": {},
    "cycles": {"rounds": 1, "n_trajectories": 8, **TURNS},
    "default_distance": {},
    "denoiser_distance": {"first": SCORE, "second": SCORE, "levels": [0.1, 1.0]},
    "denoising_losses": {"denoiser": SCORE, **LOSSES},
    "divergence": {"empirical": SCORE, "t": [0.1, 1.0]},
    "energy_distance": {"permutations": 19},
    "ensemble_times": {"n_draws": 2, "levels": LEVELS, "threads": 1},
    "exact_copies": {},
    "find_duplicates": {"distance": 0.5},
    "flow_ends": {"first": SCORE, "second": SCORE, "levels": [9.0, 1.0], "shape": (4,), "n_samples": 4},
    "holdout_profile": {"rows": ROWS, "profile": PROFILE, "holdout_rows": np.arange(40), "threads": 1},
    "manifold_distance": {"manifold": HiddenManifold(n_points=60, ambient_dim=4, latent_dim=2, activation="linear")},
    "nearest_points": {"columns": ROWS, "query_rows": np.arange(40), "same": False},
    "network_memory": {"denoiser": SCORE, "t_collapse": 0.3, **LOSSES},
    "noise_profile": {"levels": LEVELS, "threads": 1},
    "return_basin": {"t": 0.5, "delta": [0.1, 1.0], "most_rows": 8, "stop_at": 0.1, **FEW},
    "returns": {"repeats": 1, "most_rows": 8, **TURNS},
    "row_pairs": {"within": 0.5},
    "sections": {"score": SCORE, "t": 0.5, "offsets": [-1.0, 0.0, 1.0]},
    "stop_quality": {"denoiser": SCORE, "stops": [1.0], "start_at": 9.0, "n_samples": 8, "permutations": 19},
    "u_turns": {"n_trajectories": 8, **TURNS},
    "MemorizationMonitor": {"t_collapse": 0.3},
    "TrainingPoints": {},
}
HELD_OUT = ("holdout", "queries", "b", "start", "centres", "samples")


def data_parameters(name):
    """Parameters of the function that its annotation says are data; a drawn data set counts."""
    parameters = inspect.signature(getattr(measures, name), eval_str=True).parameters
    return [key for key, given in parameters.items() if key == "draw" or Points in get_args(given.annotation)]


def public():
    return [name for name in measures.__all__ if callable(getattr(measures, name)) and _own(getattr(measures, name))]


def _own(value):
    """Functions, and classes that are made from data."""
    return inspect.isfunction(value) or (inspect.isclass(value) and not is_dataclass(value))


def test_every_function_with_data_is_in_the_table():
    assert {name for name in public() if data_parameters(name)} == set(OTHERS)


def plain(value):
    """Numbers of a result, in order."""
    if isinstance(value, NoiseProfile):
        return [value.t, value.gap.value, value.trap.value, value.nearest_distances]
    if isinstance(value, measures.MemorizationMonitor):
        return [value.t, *value.update(GAUSSIAN, 0).values()]
    if isinstance(value, measures.TrainingPoints):
        return [value.rows(np.arange(value.n_points)), np.array(value.rest())]
    if is_dataclass(value):
        return [part for field in fields(value) for part in plain(getattr(value, field.name))]
    if isinstance(value, tuple | list):
        return [part for item in value for part in plain(item)]
    return [np.asarray(value)] if isinstance(value, np.ndarray | float | int) else []


@pytest.mark.parametrize("name", sorted(OTHERS))
def test_an_array_a_path_and_a_tensor_give_the_same(name, tmp_path):
    def paths(values):
        path = tmp_path / f"{len(values)}.npy"
        np.save(path, values)
        return path

    def run(kind):
        data = {key: kind(HOLDOUT if key in HELD_OUT else TRAIN) for key in data_parameters(name)}
        if "draw" in data:
            data["draw"] = lambda seed, rows=data["draw"]: rows
        return plain(getattr(measures, name)(**data, **OTHERS[name]))

    array = run(lambda values: values)
    assert array
    for kind in (paths, torch.from_numpy):
        other = run(kind)
        assert len(other) == len(array)
        for a, b in zip(array, other):
            np.testing.assert_allclose(a, b, rtol=1e-12, equal_nan=True)


@pytest.mark.parametrize("name", sorted(name for name, given in OTHERS.items() if "t" in given))
def test_a_noise_is_a_variance_or_sigma_and_never_both(name):
    data = {key: HOLDOUT if key in HELD_OUT else TRAIN for key in data_parameters(name)}
    others = {key: value for key, value in OTHERS[name].items() if key != "t"}
    t, function = OTHERS[name]["t"], getattr(measures, name)
    by_variance, by_sigma = (plain(function(**data, **others, **noise)) for noise in ({"t": t}, {"sigma": np.sqrt(t)}))
    for a, b in zip(by_variance, by_sigma, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-6, equal_nan=True)
    with pytest.raises(InvalidInput, match="sigma"):
        function(**data, **others, t=t, sigma=np.sqrt(t))
    with pytest.raises(InvalidInput, match="sigma"):
        function(**data, **others)
