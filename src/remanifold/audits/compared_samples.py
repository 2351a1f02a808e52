"""Samples of every model of a comparison, beside the rows that it was trained on."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from remanifold._core.checks import whole
from remanifold._core.compute import Compute
from remanifold._core.errors import InvalidInput
from remanifold._core.threads import one_thread
from remanifold.audits.answers.verdict import combined
from remanifold.audits.inputs import AuditInputs
from remanifold.audits.network.audited_network import AuditedNetwork
from remanifold.audits.network.comparison_parts import samples_part
from remanifold.audits.network.models import NamedModel
from remanifold.audits.network.sampled import require_room, sample_model, untold_levels
from remanifold.audits.noun import noun
from remanifold.audits.records.compared import ComparedModel, ComparedSamples
from remanifold.audits.records.samples import CopiesRecord
from remanifold.audits.samples.audit import compare_sources
from remanifold.audits.samples.comparison import CopiesOptions
from remanifold.data import LabelsLike
from remanifold.data.captions.both_sides import RowCaptions
from remanifold.data.maps.likeness import Likeness

Classes = tuple[Any, Any]
FEWEST = 20
MOST = 10**6


def require_samples(n_samples: int, inputs: AuditInputs, compute: Compute) -> None:
    """Refuse (`InvalidInput`), before any work, a number of samples that tells nothing or does not fit the budget."""
    if n_samples:
        whole("`n_samples`", n_samples, least=FEWEST, most=MOST, example=200)
        require_room(compute.memory_bytes, n_samples, inputs.points.ambient_dim)


def sampled_models(
    told: Sequence[ComparedModel],
    models: Sequence[NamedModel],
    n_samples: int,
    inputs: AuditInputs,
    std: float,
    *,
    classes: Classes,
    groups: tuple[LabelsLike | None, LabelsLike | None],
    compute: Compute,
    parts: Path | None,
) -> tuple[ComparedModel, ...]:
    """``told`` with what ``n_samples`` of every model say, all from the same noise; latent models in latents.

    Args:
        told: What else is known of each.
        models: The models, opened one at a time.
        n_samples: Of each; 0 for none.
        inputs: Training rows and hold-out.
        std: Standard deviation per coordinate; where a model tells no noise levels they are those of EDM for it.
        classes: Of the training and the hold-out rows, of a class-conditional model.
        groups: Which training and hold-out rows belong together, see `audit`.
        compute: Budget, threads and progress.
        parts: Folder of samples under way, or None.

    Raises:
        InvalidInput: with the name of a model that cannot be sampled.
    """
    found: list[ComparedModel] = []
    for k, (known, model) in enumerate(zip(told, models if n_samples else (), strict=False)):
        network = model.opened()
        try:
            made = sample_model(
                network.denoiser,
                n_samples,
                **drawn_conditions(network, classes, n_samples),
                **untold_levels(network.denoiser, std),
                shape=inputs.points.shape,
                latents=True,
                seed=model.seed,
                memory=compute.memory_bytes,
                part_file=None if parts is None else samples_part(parts, k),
                progress=compute.progress,
            )
        except InvalidInput as error:
            raise InvalidInput(f"samples of {model.name}: {error}") from error
        with one_thread():
            copies = compare_sources(
                inputs.points,
                made.samples,
                inputs.holdout,
                Likeness(),
                CopiesOptions(seed=model.seed),
                compute,
                groups,
                standardize=None if inputs.points.scaling is None else "none",
            )
        found.append(replace(known, samples=samples_of(copies, n_samples, captioned=network.prompts is not None)))
    return tuple(found or told)


def samples_of(copies: CopiesRecord, n_samples: int, *, captioned: bool) -> ComparedSamples:
    """What is kept of ``copies``; samples of a row's own caption lie near it without memory too: no proof."""
    verdict, numbers, closer = combined(None, copies, [], noun(copies)), copies.scalars(), copies.number("closer_share")
    state, words = verdict.state, verdict.short
    if captioned and state == "remembers":
        state, words = "cannot tell", "samples of a caption may lie near the row of that caption without memory of it."
    return ComparedSamples(
        n_samples,
        state,
        len(copies.flagged),
        round(numbers["exact_copies"] * n_samples),
        None if closer is None else closer.value,
        None if closer is None else closer.null,
        words,
    )


def drawn_conditions(network: AuditedNetwork, classes: Classes, n_samples: int) -> dict[str, Any]:
    """Captions, or classes, drawn from those of training and hold-out rows together: neither side is favoured."""
    own, other = classes
    captions = network.captions
    if network.prompts is not None and isinstance(captions, RowCaptions):
        own, other = captions.training, captions.holdout
    if own is None:
        return {}
    every = [*own, *(() if other is None else other)]
    drawn = np.random.default_rng(network.seed).integers(len(every), size=n_samples)
    if network.prompts is not None:
        return {"prompts": [str(every[k]) for k in drawn]}
    return {"classes": [int(every[k]) for k in drawn]}
