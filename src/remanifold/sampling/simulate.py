"""Run a reverse process from high noise to low, sample by sample the same however the work is cut."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from remanifold._core.checks import whole
from remanifold._core.errors import refusal, require
from remanifold._core.kept.until_written import when_written
from remanifold._core.progress import Progress, silent
from remanifold.data import RowsLike
from remanifold.sampling.batch_run import BatchRun, Task, Watch
from remanifold.sampling.checkpoint import Arrays, SamplingCheckpoint
from remanifold.sampling.grids import require_levels
from remanifold.sampling.means import LabelledMeans, digest_of
from remanifold.sampling.steps import Churn, Step, method_of
from remanifold.sampling.trajectories import Trajectories
from remanifold.scores.denoiser import DenoiserLike

FINAL_STEPS = ("as is", "posterior mean")


def simulate(
    denoiser: DenoiserLike | Callable[..., object],
    levels: RowsLike,
    *,
    n_samples: int | None = None,
    shape: tuple[int, ...] | None = None,
    start: RowsLike | None = None,
    method: str | Step = "exponential",
    churn: Churn | None = None,
    final: str = "as is",
    labels: RowsLike | None = None,
    record: Sequence[float] = (),
    watch: Watch | None = None,
    seed: int = 0,
    stream: str = "",
    first: int = 0,
    batch: int = 256,
    device: str | None = None,
    part_file: str | Path | None = None,
    keep_parts: bool = False,
    progress: Progress = silent,
) -> Trajectories:
    """Samples of the reverse SDE or the probability-flow ODE of any `Denoiser`, in float64.

    Sample i draws its random numbers from streams of its own, so it is the same whatever ``n_samples``, ``batch`` or
    the machine that computes it (``first`` divides the work), up to the rounding of a denoiser whose sums depend on
    what else is in the batch.
    Source: arXiv 2011.13456; docs/howto/sampling.md.

    Main arguments:
        denoiser: ``denoiser(x, t)`` -> posterior mean; with ``labels``, ``denoiser(x, t, labels)``.
        levels: Noise levels from the start to where sampling stops, falling: variances or `NoiseLevel`
            (`remanifold.sampling.log_grid`, `remanifold.sampling.edm_grid`, your own).
        n_samples: Number of samples; not with ``start``, which says it.
        method: euler-maruyama or exponential (SDE), ode-euler or heun (ODE), or a step function (`steps.Step`). exact:
            the SDE of an `EmpiricalScore` without error, however few the steps: theory's yardstick, not for a network.
        seed: Of all random numbers.

    Other arguments:
        shape: Of one sample; by default the denoiser's own ``shape``.
        start: States at the first level, (n, *shape), e.g. of `remanifold.sampling.noised`; by default sqrt(t) z.
        churn: Of heun.
        final: "as is", the state at the last level; or "posterior mean", m(x, t) there.
        labels: One for each sample, (n,).
        record: Noise levels at which states are kept: those of the nearest levels, so recording changes no sample.
        watch: ``watch(x, t)`` -> (batch, ...) numbers to keep at every level, the first and last included.
        stream: Runs with one seed and other names are independent of each other.
        first: Index of the first sample; of ``start`` and ``labels`` the first row belongs to it.
        batch: Samples at a time.
        device: Hand the denoiser float64 torch tensors on this device instead of numpy arrays.
        part_file: Checkpoint with finished batches, and the one under way every ten seconds and at an interrupt: the
            same call then goes on bit for bit. Deleted at the end. A denoiser is known again by what it answers.
        keep_parts: Leave ``part_file`` in its place at the end: the same call again reads it and computes nothing.
        progress: Told ("sampling", steps done, all steps), a step of one batch at a time.

    Raises:
        InvalidInput: if arguments do not fit together, or the denoiser returns anything but finite means.

    >>> import numpy as np
    >>> import remanifold
    >>> points = np.array([[-1.0, 0.0], [1.0, 0.0], [0.0, 1.0]])
    >>> score = remanifold.EmpiricalScore(points)
    >>> levels = [remanifold.NoiseLevel.from_sigma(sigma) for sigma in np.geomspace(50, 0.01, 60)]
    >>> made = remanifold.simulate(score, levels, n_samples=4, seed=1)
    >>> made
    Trajectories(4 samples of shape (2,) at noise variance 0.0001, 60 levels, 0 recorded)
    >>> bool(np.abs(made.samples[:, None] - points).max(axis=2).min(axis=1).max() < 0.05)
    True

    See also:
        `remanifold.EmpiricalScore`, `remanifold.GaussianScore`, `remanifold.from_callable`.
    """
    grid = require_levels(levels)
    name, step = method_of(method, churn)
    if final not in FINAL_STEPS:
        raise refusal("the final step must be 'as is' or 'posterior mean'", repr(final), "pass one of them")
    states, sizes = _sizes(denoiser, start, shape, n_samples)
    names = _labels(labels, sizes[0])
    whole("`batch`", batch, least=1, example=256)
    whole("`first`", first)
    parameters = {
        "method": name,
        "churn": None if churn is None else vars(churn),
        "final": final,
        "levels": grid.tolist(),
        "stream": stream,
        "first": first,
        "n_samples": sizes[0],
        "batch": batch,
        "start": digest_of(states),
        "labels": digest_of(names),
        "fingerprint": getattr(denoiser, "fingerprint", None),
    }
    means, recorded, streams = LabelledMeans(denoiser, None, device), _recorded(grid, record), (seed, stream, first)
    task = Task(means, grid, step, parameters, *sizes, states, names, recorded, watch, *streams)
    return _run(task, batch, part_file, keep_parts, progress)


def _run(task: Task, batch: int, part_file: str | Path | None, keep_parts: bool, progress: Progress) -> Trajectories:
    starts = range(0, task.n_samples, batch)

    def fits(k: int, level: int, arrays: Arrays) -> bool:
        return 0 <= k < len(starts) and task.fits(min(batch, task.n_samples - starts[k]), level, arrays)

    checkpoint = None if part_file is None else SamplingCheckpoint(part_file, _stamp(task), fits)
    done: list[Arrays] = []
    for k, start in enumerate(starts):
        arrays = None if checkpoint is None else checkpoint.finished(k)
        if arrays is None:
            run = BatchRun(task, start, min(start + batch, task.n_samples))
            arrays = _batch(run, k, len(starts), checkpoint, progress)
        done.append(arrays)
    joined = {name: np.concatenate([arrays[name] for arrays in done], axis=1) for name in done[0]}
    if checkpoint is not None and not keep_parts:
        when_written(checkpoint.remove)
    t = 0.0 if task.parameters["final"] == "posterior mean" else float(task.levels[-1])
    times = task.levels[list(task.recorded)]
    return Trajectories(
        joined["samples"][0], t, task.levels, times, joined["states"], joined.get("watched"), task.parameters, task.seed
    )


def _batch(run: BatchRun, k: int, batches: int, checkpoint: SamplingCheckpoint | None, progress: Progress) -> Arrays:
    """The arrays of batch ``k``, from where it stood."""
    reached = None if checkpoint is None else checkpoint.under_way(k)
    if reached is not None:
        run.resume(*reached)
    steps = len(run.levels) - 1
    try:
        while run.level < steps:
            run.advance()
            progress("sampling", k * steps + run.level, batches * steps)
            if checkpoint is not None:
                checkpoint.save(k, run.level, run.arrays())
        arrays = run.finish()
    except KeyboardInterrupt:
        if checkpoint is not None:
            checkpoint.save(k, run.level, run.arrays(), now=True)
        raise
    if checkpoint is not None:
        checkpoint.finish(k, arrays)
    return arrays


def _stamp(task: Task) -> dict[str, Any]:
    watch = None if task.watch is None else getattr(task.watch, "__qualname__", type(task.watch).__qualname__)
    probe = replace(task.means, labels=task.labels).probe(task.shape, task.levels)
    return {**task.parameters, "seed": task.seed, "recorded": task.recorded, "watch": watch, "probe": probe}


def _sizes(
    denoiser: object, start: RowsLike | None, shape: tuple[int, ...] | None, n_samples: int | None
) -> tuple[NDArray[np.float64] | None, tuple[int, tuple[int, ...]]]:
    """The start states as given, the number of samples and their shape."""
    own = shape if shape is not None else getattr(denoiser, "shape", None)
    if start is None:
        require(own is not None, "a sample needs a shape", "a denoiser without one", "pass shape=")
        return None, (whole("`n_samples`", n_samples, least=1, example=100), tuple(own or ()))
    states = np.asarray(start, dtype=np.float64)
    if states.ndim == 0 or len(states) == 0 or own not in (None, states.shape[1:]):
        wanted = "n, ..." if own is None else ", ".join(["n", *map(str, own)])
        raise refusal(f"the start must be states of shape ({wanted})", states.shape, "reshape it")
    require(np.isfinite(states).all(), "the start must be finite", "nan or inf", "remove these")
    if n_samples not in (None, len(states)):
        raise refusal("`n_samples` must be the number of states in start", n_samples, "leave it out")
    return states, (len(states), states.shape[1:])


def _labels(labels: RowsLike | None, n_samples: int) -> NDArray | None:
    if labels is None:
        return None
    names = np.asarray(labels)
    if names.shape != (n_samples,):
        raise refusal(f"there must be {n_samples} labels, one a sample", names.shape, "match them")
    return names


def _recorded(levels: NDArray[np.float64], record: Sequence[float]) -> tuple[int, ...]:
    """Indices of the levels nearest in log t to the wanted ones, ascending."""
    wanted = np.asarray(record, dtype=np.float64)
    usable = wanted.ndim == 1 and bool((np.isfinite(wanted) & (wanted > 0)).all())
    require(usable, "`record` must be a list of positive noise variances", record, "pass e.g. record=[1.0, 0.1]")
    low, high = float(levels.min()), float(levels.max())
    if wanted.size and not (0.999 * low <= wanted.min() and wanted.max() <= 1.001 * high):
        need = f"states can be recorded from {high:.6g} down to {low:.6g}, where trajectories run"
        raise refusal(need, list(record), "pass noise variances in between")
    gaps = np.abs(np.log(levels)[None] - np.log(wanted)[:, None])
    return tuple(sorted({int(k) for k in gaps.argmin(axis=1)})) if len(wanted) else ()
