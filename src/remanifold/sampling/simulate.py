"""Run a reverse process from high noise to low, sample by sample the same however the work is cut."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from remanifold._core.errors import refusal, require
from remanifold._core.progress import Progress, silent
from remanifold.sampling.batch_run import BatchRun, Watch
from remanifold.sampling.grids import require_levels
from remanifold.sampling.means import MeansOf, digest_of
from remanifold.sampling.parts import Arrays, SamplingParts
from remanifold.sampling.steps import Churn, Step, method_of
from remanifold.sampling.streams import sample_normals
from remanifold.sampling.trajectories import Trajectories

FINAL_STEPS = ("as is", "posterior mean")


@dataclass(frozen=True)
class _Task:
    """All that the samples depend on, checked."""

    means: MeansOf
    levels: NDArray[np.float64]
    step: Step
    parameters: dict[str, Any]
    shape: tuple[int, ...]
    n_samples: int
    start: NDArray[np.float64] | None
    labels: NDArray | None
    recorded: tuple[int, ...]
    watch: Watch | None
    seed: int
    stream: str
    first: int

    def begin(self, start: int, stop: int) -> BatchRun:
        """The batch of the samples ``start``..``stop-1`` (counted from ``first``) at its highest level."""
        index, count = self.first + start, stop - start
        if self.start is not None:
            x = self.start[start:stop].copy()
        else:
            z = sample_normals(self.seed, f"{self.stream}/start", index, count, self.shape)
            x = math.sqrt(self.levels[0]) * z
        means = self.means.of(None if self.labels is None else self.labels[start:stop])

        def noise(k: int) -> NDArray[np.float64]:
            return sample_normals(self.seed, f"{self.stream}/step {k}", index, count, self.shape)

        final_mean = self.parameters["final"] == "posterior mean"
        return BatchRun(x, means, self.levels, self.step, noise, self.recorded, self.watch, final_mean)


def simulate(
    denoiser: Any,
    levels: ArrayLike,
    *,
    n_samples: int | None = None,
    shape: tuple[int, ...] | None = None,
    start: ArrayLike | None = None,
    method: str | Step = "exponential",
    churn: Churn | None = None,
    final: str = "as is",
    labels: ArrayLike | None = None,
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
    Source: arXiv 2011.13456; docs/sampling.md.

    Args:
        denoiser: ``denoiser(x, t)`` -> posterior mean; with ``labels``, ``denoiser(x, t, labels)``.
        levels: Noise variances from the start to where sampling stops, falling (`log_grid`, `edm_grid`, your own).
        n_samples: Number of samples; not with ``start``, which says it.
        shape: Of one sample; by default the denoiser's own ``shape``.
        start: States at the first level, (n, *shape), e.g. of `noised`; by default sqrt(t) z.
        method: euler-maruyama or exponential (SDE), ode-euler or heun (ODE), or a step function (`steps.Step`).
        churn: Of heun.
        final: "as is", the state at the last level; or "posterior mean", m(x, t) there.
        labels: One for each sample, (n,).
        record: Noise variances at which states are kept: those of the nearest levels, so recording changes no sample.
        watch: ``watch(x, t)`` -> (batch, ...) numbers to keep at every level, the first and last included.
        seed: Of all random numbers.
        stream: Runs with one seed and other names are independent of each other.
        first: Index of the first sample; of ``start`` and ``labels`` the first row belongs to it.
        batch: Samples at a time.
        device: Hand the denoiser float64 torch tensors on this device instead of numpy arrays.
        part_file: Keeps finished batches, and the one under way every ten seconds and at an interrupt: the same call
            then goes on bit for bit. Deleted at the end. A denoiser is known again by what it answers.
        keep_parts: Leave ``part_file`` in its place at the end: the same call again reads it and computes nothing.
        progress: Told ("sampling", steps done, all steps), a step of one batch at a time.

    Raises:
        InvalidInput: if arguments do not fit together, or the denoiser returns anything but finite means.
    """
    grid = require_levels(levels)
    name, step = method_of(method, churn)
    if final not in FINAL_STEPS:
        raise refusal("the final step must be 'as is' or 'posterior mean'", repr(final), "pass one of them")
    states, sizes = _sizes(denoiser, start, shape, n_samples)
    names = _labels(labels, sizes[0])
    _require_counts(batch, first)
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
    task = _Task(
        MeansOf(denoiser, device),
        grid,
        step,
        parameters,
        sizes[1],
        sizes[0],
        states,
        names,
        _recorded(grid, record),
        watch,
        seed,
        stream,
        first,
    )
    return _run(task, batch, part_file, keep_parts, progress)


def _run(task: _Task, batch: int, part_file: str | Path | None, keep_parts: bool, progress: Progress) -> Trajectories:
    starts = range(0, task.n_samples, batch)
    parts = None if part_file is None else SamplingParts(part_file, _stamp(task))
    done: list[Arrays] = []
    for k, start in enumerate(starts):
        arrays = None if parts is None else parts.finished(k)
        if arrays is None:
            run = task.begin(start, min(start + batch, task.n_samples))
            arrays = _batch(run, k, len(starts), parts, progress)
        done.append(arrays)
    whole = {name: np.concatenate([one[name] for one in done], axis=1) for name in done[0]}
    if parts is not None and not keep_parts:
        parts.remove()
    t = 0.0 if task.parameters["final"] == "posterior mean" else float(task.levels[-1])
    times = task.levels[list(task.recorded)]
    return Trajectories(
        whole["samples"][0], t, task.levels, times, whole["states"], whole.get("watched"), task.parameters, task.seed
    )


def _batch(run: BatchRun, k: int, batches: int, parts: SamplingParts | None, progress: Progress) -> Arrays:
    """The arrays of batch ``k``, from where it stood."""
    held = None if parts is None else parts.under_way(k)
    if held is not None:
        run.resume(*held)
    steps = len(run.levels) - 1
    try:
        while run.level < steps:
            run.advance()
            progress("sampling", k * steps + run.level, batches * steps)
            if parts is not None:
                parts.hold(k, run.level, run.arrays())
        arrays = run.finish()
    except KeyboardInterrupt:
        if parts is not None:
            parts.hold(k, run.level, run.arrays(), now=True)
        raise
    if parts is not None:
        parts.finish(k, arrays)
    return arrays


def _stamp(task: _Task) -> dict[str, Any]:
    watch = None if task.watch is None else getattr(task.watch, "__qualname__", type(task.watch).__qualname__)
    labels = None if task.labels is None else task.labels[:1]
    probe = task.means.of(labels).probe(task.shape, task.levels)
    return {**task.parameters, "seed": task.seed, "recorded": task.recorded, "watch": watch, "probe": probe}


def _sizes(
    denoiser: Any, start: ArrayLike | None, shape: tuple[int, ...] | None, n_samples: int | None
) -> tuple[NDArray[np.float64] | None, tuple[int, tuple[int, ...]]]:
    """The start states as given, the number of samples and their shape."""
    own = shape if shape is not None else getattr(denoiser, "shape", None)
    if start is None:
        require(own is not None, "a sample needs a shape", "a denoiser without one", "pass shape=")
        whole = isinstance(n_samples, int | np.integer) and n_samples >= 1
        require(whole, "`n_samples` must be a whole number of at least 1", n_samples, "pass e.g. 100")
        return None, (int(n_samples or 0), tuple(own or ()))
    states = np.asarray(start, dtype=np.float64)
    fits = states.ndim >= 1 and len(states) > 0 and own in (None, states.shape[1:])
    wanted = "n, ..." if own is None else ", ".join(["n", *map(str, own)])
    if not fits:
        raise refusal(f"the start must be states of shape ({wanted})", states.shape, "reshape it")
    require(np.isfinite(states).all(), "the start must be finite", "nan or inf", "remove these")
    alike = n_samples in (None, len(states))
    require(alike, "`n_samples` must be the number of states in start", n_samples, "leave it out")
    return states, (len(states), states.shape[1:])


def _labels(labels: ArrayLike | None, n_samples: int) -> NDArray | None:
    if labels is None:
        return None
    names = np.asarray(labels)
    if names.shape != (n_samples,):
        raise refusal(f"there must be {n_samples} labels, one a sample", names.shape, "match them")
    return names


def _require_counts(batch: int, first: int) -> None:
    require(isinstance(batch, int) and batch >= 1, "`batch` must be a whole number of at least 1", batch, "pass 256")
    require(isinstance(first, int) and first >= 0, "`first` must be a whole number >= 0", first, "pass e.g. 0")


def _recorded(levels: NDArray[np.float64], record: Sequence[float]) -> tuple[int, ...]:
    """Indices of the levels nearest in log t to the wanted ones, ascending."""
    wanted = np.asarray(record, dtype=np.float64)
    good = wanted.ndim == 1 and bool((np.isfinite(wanted) & (wanted > 0)).all())
    require(good, "`record` must be a list of positive noise variances", record, "pass e.g. record=[1.0, 0.1]")
    low, high = float(levels.min()), float(levels.max())
    inside = not wanted.size or (0.999 * low <= wanted.min() and wanted.max() <= 1.001 * high)
    need = f"states can be recorded from {high:.6g} down to {low:.6g}, where trajectories run"
    if not bool(inside):
        raise refusal(need, list(record), "pass noise variances in between")
    gaps = np.abs(np.log(levels)[None] - np.log(wanted)[:, None])
    return tuple(sorted({int(k) for k in gaps.argmin(axis=1)})) if len(wanted) else ()
