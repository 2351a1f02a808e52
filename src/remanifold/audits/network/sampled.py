"""Samples of a trained network, from the noise that it was trained at down to its last."""

import json
import math
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from os import PathLike
from pathlib import Path
from typing import Any

import numpy as np

from remanifold._core.checks import positive, whole
from remanifold._core.errors import refusal, require
from remanifold._core.kept.until_written import when_written
from remanifold._core.memory import bytes_of, hold_nothing_back
from remanifold._core.progress import Progress, silent
from remanifold._core.threads import held_to_threads
from remanifold._core.types import Floats
from remanifold.audits.network.source import open_model
from remanifold.data.captions.prompts import open_prompts
from remanifold.networks import DenoisingNetwork, NetworkDenoiser
from remanifold.networks.latents import decoded
from remanifold.networks.pipelines.prompts import Prompts
from remanifold.sampling import Trajectories, edm_grid, simulate
from remanifold.scores.denoiser import DenoiserLike

_EDM = (0.004, 160.0)  # least and largest sigma over sigma_data: 0.002 and 80 for 0.5 (arXiv 2206.00364, table 1)
_MOST_SAMPLES = 10**9
_KEPT_COPIES = 4  # of all samples: batch by batch, as they are kept on disk, joined, and as a file
_WORKED_COPIES = 10  # of the batch: state, noise, what the network is asked and says, a step


@held_to_threads
def sample_model(
    model: DenoiserLike | str,
    n_samples: int,
    *,
    classes: Sequence[int] | None = None,
    prompts: str | PathLike[str] | Sequence[str] | None = None,
    guidance: float | None = None,
    no_class: int | None = None,
    steps: int = 40,
    method: str = "heun",
    final: str = "posterior mean",
    first_sigma: float | None = None,
    last_sigma: float | None = None,
    shape: tuple[int, ...] | None = None,
    latents: bool = False,
    predicts: str | None = None,
    clock: str | None = None,
    lora: str | None = None,
    seed: int = 0,
    batch: int = 64,
    memory: str | float = "4GB",
    threads: int | None = None,
    part_file: str | Path | None = None,
    progress: Progress = silent,
) -> Trajectories:
    r"""Draw samples of a trained network, without clipping, and without guidance unless it is asked for.

    The way down is EDM's grid from the largest to the least noise that the network was trained at, each level brought
    to the network's own step nearest to it. Samples of a latent model are decoded by its own autoencoder.
    Source: arXiv 2206.00364, equation (5) and algorithm 1.

    Main arguments:
        model: A `Denoiser`, or a model as ``remanifold audit --model`` names it.
        n_samples: How many.
        classes: Of a class-conditional network: samples take these in turn.
        prompts: Of a text-conditional network, likewise: texts, or a file or folder of captions (a text is its path).
            Without them the caption is empty.
        guidance, no_class: Scale of classifier-free guidance, and the label for no class; see `NetworkDenoiser.guided`.
        steps: Most steps; heun asks the network twice a step.
        method, final: See `simulate`; "posterior mean" leaves no noise in the samples.
        first_sigma, last_sigma: Noise levels at the start and the end, for a network that does not tell its own.
        seed: Of all random numbers; sample i has its own.

    Other arguments:
        shape: Of one sample, where the network does not tell it, or another that it takes.
        latents: Leave samples of a latent model in its latent space.
        predicts, clock, lora: Of a model that is named; see ``remanifold audit --help``.
        batch: Samples at a time; fewer where ``memory`` holds no more.
        memory: Budget of the samples and of what is worked on beside the network itself.
        threads: All cores by default.
        part_file: Checkpoint; see `simulate`.
        progress: Told ("sampling", steps done, all steps).

    Returns:
        The samples, (n, \*shape), with the record of what made them.

    Raises:
        InvalidInput: if the network does not tell its noise levels or shape and they are not given, takes no classes,
            or cannot be asked; or if the samples exceed ``memory``.

    Example:
        >>> from remanifold.audits import sample_model
        >>> sample_model("ground-truth:digits-100-seed0", 4, steps=10).samples.shape
        (4, 8, 8)

    See also:
        `remanifold.simulate` for any denoiser and any way down; `remanifold.audit_copies`: are they copies?
    """
    whole("`n_samples`", n_samples, least=1, most=_MOST_SAMPLES, example=1000)
    source, words = "", type(model).__name__
    denoiser: Any = model
    if isinstance(model, str):
        source = model
        denoiser, words = open_model(model, predicts=predicts, clock=clock, lora=lora, batch=batch)
    else:
        require(lora is None, "`lora` must come with a model that is named", words, "put it on the model yourself")
    levels = own_levels(denoiser, steps, first_sigma, last_sigma)
    own: tuple[int, ...] | None = shape if shape is not None else getattr(denoiser, "shape", None)
    if own is None:
        raise refusal("a sample needs a `shape`", "a network that does not tell it", "pass e.g. 3,32,32")
    batch = _batch_within(memory, n_samples, math.prod(own), batch)
    labels, known, texts, read = None, getattr(denoiser, "prompts", None), None, ()
    if prompts is not None:
        if known is None:
            raise refusal("`prompts` are for a text-conditional network", words, "leave them out")
        texts, read = _opened_prompts(prompts, known, n_samples)
        numbers = known.numbers(texts)
        labels = numbers[np.arange(n_samples) % len(numbers)]
    if classes is not None:
        own_classes = bool(getattr(denoiser, "n_classes", 0))
        takes = isinstance(denoiser, NetworkDenoiser) or own_classes or not isinstance(model, str)
        takes = takes and known is None
        require(takes, "`classes` are for a network that takes them", words, "leave them out")
        require(len(classes) > 0, "`classes` must name one class at least", "none", "pass e.g. 0,1,2")
        labels = np.array([classes[k % len(classes)] for k in range(n_samples)])
    alone = no_class is not None and guidance is None
    require(not alone, "`no_class` must come with `guidance`", "none", "pass `guidance` too")
    if guidance is not None:
        need = "`guidance` needs a network that takes classes or prompts"
        require(isinstance(denoiser, NetworkDenoiser), need, words, "leave it out")
        require(known is None or labels is not None, "`guidance` needs `prompts`", "none", "pass a file of them")
        require(labels is not None, "`guidance` needs `classes`", "none", "pass e.g. 0,1,2")
        denoiser = denoiser.guided(guidance, no_class)
        words = denoiser.description
    encoder = getattr(denoiser, "encoder", None)
    back = encoder is not None and not latents
    made = simulate(
        denoiser,
        levels,
        n_samples=n_samples,
        shape=own,
        method=method,
        final=final,
        labels=labels,
        seed=seed,
        batch=batch,
        part_file=part_file,
        keep_parts=back,
        progress=progress,
    )
    told = {"model": source, "description": words, "decoded": back, "classes": None if classes is None else [*classes]}
    told |= {"guidance": guidance, "no_class": no_class, "prompts": texts, "prompts_read": read, "lora": lora}
    made = replace(made, parameters={**made.parameters, **json.loads(json.dumps(told))})
    if back:
        made = replace(made, samples=decoded(encoder, made.samples, batch))
    if part_file is not None:
        when_written(partial(Path(part_file).unlink, missing_ok=True))
    return made


def _opened_prompts(
    prompts: str | PathLike[str] | Sequence[str], known: Prompts, n_samples: int
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The texts, and in sentences how they were found, which are drawn and which are cut."""
    texts, read = open_prompts(prompts)
    require(len(texts) > 0, "`prompts` must hold one at least", "none", "pass a file with one a line")
    few = f"{n_samples} samples are of the first {n_samples} of them" if n_samples < len(texts) else ""
    return texts, (*read, *filter(None, (few, known.cut_words(texts))))


def require_room(memory: int, n_samples: int, numbers: int) -> None:
    """Refuse (`InvalidInput`) ``n_samples`` of ``numbers`` that ``memory`` bytes do not hold, with the least budget."""
    _batch_within(memory, n_samples, numbers, 1)


def untold_levels(denoiser: object, std: float) -> dict[str, Any]:
    """Noise levels of EDM for data of standard deviation ``std``, where the denoiser tells none of its own."""
    return {} if _ends(denoiser) is not None else {"last_sigma": _EDM[0] * std, "first_sigma": _EDM[1] * std}


def _batch_within(memory: str | float, n_samples: int, numbers: int, batch: int) -> int:
    """Samples at a time that the budget holds beside all of them.

    Raises:
        InvalidInput: with the least budget, where it does not hold one.
    """
    budget = bytes_of(memory)
    hold_nothing_back(budget)
    held, one = _KEPT_COPIES * 8 * n_samples * numbers, _WORKED_COPIES * 8 * numbers
    if budget < held + one:
        raise refusal(
            f"{n_samples} samples of {numbers} numbers need a memory budget of at least "
            f"{math.ceil((held + one) / 1e6)} MB",
            f"{budget / 1e6:.3g} MB",
            "raise `memory`, or draw fewer at a time with other seeds",
        )
    return min(batch, (budget - held) // one)


def own_levels(denoiser: object, steps: int, first_sigma: float | None, last_sigma: float | None) -> Floats:
    """Noise variances from the first to the last, falling: at most ``steps`` + 1.

    Raises:
        InvalidInput: if the network tells none and they are not given, or those that are given are not its own.
    """
    whole("`steps`", steps, least=1, most=10**7, example=40)
    ends = _ends(denoiser)
    given = [
        None if one is None else positive("a noise level", one, example=80) ** 2 for one in (last_sigma, first_sigma)
    ]
    if ends is None and None in given:
        need = "a network that takes any noise must be sampled between two noise levels"
        do = "pass first_sigma and last_sigma, e.g. 80 and 0.002 for an EDM network of data from -1 to 1"
        raise refusal(need, "neither" if given == [None, None] else "one", do)
    low, high = (own if end is None else end for own, end in zip(ends or (math.nan,) * 2, given, strict=True))
    levels = edm_grid(high, low, steps)
    if isinstance(denoiser, NetworkDenoiser) and denoiser.levels is not None:
        return np.unique(denoiser.snapped(levels))[::-1].copy()
    return levels


def _ends(denoiser: object) -> tuple[float, float] | None:
    """Least and largest noise variance of the network; None where it does not tell."""
    if isinstance(denoiser, DenoisingNetwork):
        scale = denoiser.config.sigma_data
        return (_EDM[0] * scale) ** 2, (_EDM[1] * scale) ** 2
    grid = denoiser.levels if isinstance(denoiser, NetworkDenoiser) else None
    return None if grid is None else (float(grid[0]), float(grid[-1]))
