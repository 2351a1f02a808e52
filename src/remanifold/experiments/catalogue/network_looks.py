"""What is measured of a network at a moment of its training, and alike of the two scores that it may follow."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from remanifold._core.seeds import normals
from remanifold.data import open_points
from remanifold.experiments.catalogue.drawn_times import drawn_manifold
from remanifold.experiments.experiment import Row, Task
from remanifold.manifolds import HiddenManifold
from remanifold.measures import Reversal, TrainingPoints, capture_rounds, noise_profile, return_basin, returns
from remanifold.measures.laws.empirical_share import empirical_share
from remanifold.measures.memory.audited_rows import AuditedRows, audited_rows
from remanifold.measures.memory.memory_index import MemoryIndex, exact_losses, losses_on, memory_index, memory_levels
from remanifold.measures.neighbours.near_rows import near_rows
from remanifold.measures.neighbours.reading import ArrayRows
from remanifold.sampling import log_grid, simulate
from remanifold.scores import Denoiser, EmpiricalScore, GaussianScore

TURNS = (0.25, 0.5, 1.0, 2.0, 4.0)  # t/t_c of this very draw
_HELD_OUT, _TURNED, _SAMPLES = 400, 200, 300
_REFERENCE = 100_000  # points of each of two sets that stand for the law of a nonlinear manifold
_REFERENCE_START = 10**6  # held-out points from this index on
_STEPS_PER_E = 8
_DELTAS = np.exp(np.linspace(np.log(0.05), np.log(4.0), 8))  # in units of t_c
_COPY = 1 / 3  # d1/d2 of a copy
_START = 100.0  # noise variance at which samples start; the data have variance 1 or less


@dataclass(frozen=True, eq=False)
class Probe:
    """Noised rows at one level, with what both scores answer: (rows, N) each."""

    x: NDArray[np.float64]
    t: float
    empirical: NDArray[np.float64]
    population: NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Stage:
    """A drawn data set, its two scores, and all that does not depend on the network.

    Attributes:
        training: The training points with their empirical score.
        rows: Training and held-out rows.
        population: Score of the law: exact for linear manifolds, else that of two large sets.
        t_collapse, t_onset: Of the draw, measured.
        probes: (side, turn) -> probe.
        reference_error: Level -> error of the population score over the distance of the two scores.
        seed: Of the task.
    """

    training: TrainingPoints
    rows: AuditedRows
    population: Denoiser
    t_collapse: float
    t_onset: float
    probes: dict[tuple[str, float], Probe]
    reference_error: dict[float, float]
    seed: int

    @property
    def fresh(self) -> NDArray[np.float64]:
        """The held-out rows."""
        return self.rows.holdout.chunk(0, self.rows.holdout.n_points)


def stage_of(task: Task) -> Stage:
    """Draw the data of a task and ask both scores."""
    manifold, seed = drawn_manifold(task, 0), task["seed"]
    points, fresh = manifold.points(), manifold.fresh(_HELD_OUT)
    profile = noise_profile(open_points(points), max_queries=len(points), seed=seed, threads=1)
    times = (profile.t_collapse, profile.t_onset)
    collapse, onset = (math.nan if time is None else float(time.value) for time in times)
    population, again = _population(manifold)
    training = TrainingPoints(points)
    probes, error = {}, {}
    for turn in TURNS:
        for side, rows in (("training", points), ("fresh", fresh)):
            t = turn * collapse
            x = rows + math.sqrt(t) * normals(seed, f"networks/{side}", 0, len(rows), rows.shape[1])
            first, second = population(x, t), again(x, t)
            exact, mean = np.asarray(training.score(x, t), dtype=np.float64), (first + second) / 2
            probes[side, turn] = Probe(x, t, exact, mean)
            gap = np.linalg.norm(exact - mean)
            error[turn] = float(np.linalg.norm(first - second) / 2 / gap)
    return Stage(training, audited_rows(points, fresh), population, collapse, onset, probes, error, seed)


def _population(manifold: HiddenManifold) -> tuple[Denoiser, Denoiser]:
    """Two independent answers to what the score of the law is; twice the exact one for a linear manifold."""
    if manifold.activation == "linear":
        factor = manifold.factor
        exact = GaussianScore(np.zeros(len(factor)), factor @ factor.T / manifold.latent_dim)
        return exact, exact
    first, second = (manifold.fresh(_REFERENCE, start=_REFERENCE_START + k * _REFERENCE) for k in (0, 1))
    return EmpiricalScore(first), EmpiricalScore(second)


def look(stage: Stage, name: str, step: int, denoiser: Denoiser) -> list[Row]:
    """All rows of one denoiser: its memory, its place between the two scores, and its U-turns."""
    known: Row = {"denoiser": name, "step": step}
    memory = _memory(stage, denoiser)
    by_level = dict(zip(np.round(memory.t / stage.t_collapse, 6).tolist(), memory.index.value.tolist()))
    total = known | {
        "kind": "memory",
        "index": memory.total.value,
        "index_stderr": memory.total.stderr,
        "p_value": memory.test.p_value,
        "told_apart": memory.test.share.value,
    }
    levels = [known | {"kind": "level"} | _level(stage, denoiser, turn, by_level) for turn in TURNS]
    if denoiser is stage.population and not isinstance(denoiser, GaussianScore):
        return [total, *levels]  # trajectories among so many points would take longer than all networks
    return [total | _trajectories(stage, denoiser), *levels, *(known | row for row in _turns(stage, denoiser))]


def _memory(stage: Stage, denoiser: Denoiser) -> MemoryIndex:
    levels = memory_levels(stage.t_collapse)
    network = losses_on(denoiser, stage.rows, levels, draws=2, seed=stage.seed)
    return memory_index(network, exact_losses(stage.rows, network), stage.t_collapse)


def _level(stage: Stage, denoiser: Denoiser, turn: float, by_level: dict[float, float]) -> Row:
    row: Row = {"turn": turn, "reference_error": stage.reference_error[turn]}
    index = by_level[turn]
    row["level_index"] = index if math.isfinite(index) else None
    for side in ("training", "fresh"):
        probe = stage.probes[side, turn]
        share = empirical_share(denoiser(probe.x, probe.t), probe.empirical, probe.population)
        row |= {f"share_{side}": share.share.value, f"share_{side}_stderr": share.share.stderr}
        row |= {f"aside_{side}": share.aside, f"apart_{side}": share.apart / math.sqrt(probe.t)}
    return row


def _turns(stage: Stage, denoiser: Denoiser) -> list[Row]:
    levels = [turn * stage.t_collapse for turn in TURNS]
    shares = returns(stage.training, stage.fresh, levels, reversal=_way(stage, denoiser), repeats=2, most_rows=_TURNED)
    series = {"training_back": shares.training, "fresh_back": shares.holdout, "training_weight": shares.training_weight}
    rows: list[Row] = []
    for k, turn in enumerate(TURNS):
        row: Row = {"kind": "turn", "turn": turn}
        for name, share in series.items():
            row |= {name: float(share.value[k]), f"{name}_stderr": float(share.stderr[k])}
        back = shares.training[k]
        for name, other in (("weight", shares.training_weight[k]), ("fresh", shares.holdout[k])):
            row[f"back_less_{name}"] = back.value - other.value
            row[f"back_less_{name}_stderr"] = math.hypot(back.stderr, other.stderr)
        rows.append(row)
    return rows


def _trajectories(stage: Stage, denoiser: Denoiser) -> Row:
    """Copies among samples drawn in one go, captures after rounds of U-turns at t_c, and the basin at t_c."""
    way, training = _way(stage, denoiser), stage.training
    low = training.rest()
    grid = log_grid(_START, low, math.ceil(_STEPS_PER_E * math.log(_START / low)))
    samples = simulate(denoiser, grid, n_samples=_SAMPLES, shape=training.shape, seed=stage.seed).samples
    rounds = capture_rounds(training, stage.fresh, [stage.t_collapse], reversal=way, rounds=4, most_rows=_TURNED)
    basin = return_basin(training, stage.t_collapse, _DELTAS * stage.t_collapse, reversal=way, most_rows=_TURNED)
    radii = {"basin": basin.basin, "basin_exact": basin.exact_basin, "basin_static": basin.static_basin}
    captured = rounds.captured[0].value
    return {
        "copied": float(copied(training, samples).mean()),
        "captured_0": float(captured[0]),
        "captured_1": float(captured[1]),
        "captured_4": float(captured[4]),
    } | {name: None if radius is None else float(radius.value) for name, radius in radii.items()}


def copied(training: TrainingPoints, samples: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Whether each sample is less than 1/3 as far from a training point as from any other."""
    near = near_rows(training.points, np.arange(training.n_points), ArrayRows(samples), np.arange(len(samples)), 2)
    return near.ratio < _COPY


def _way(stage: Stage, denoiser: Denoiser) -> Reversal:
    return Reversal(denoiser, steps_per_e=_STEPS_PER_E, seed=stage.seed)
