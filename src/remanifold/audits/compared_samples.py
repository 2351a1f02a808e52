"""Samples of every model of a comparison, beside the rows that it was trained on."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from remanifold._core.checks import whole
from remanifold._core.compute import Compute
from remanifold._core.threads import one_thread
from remanifold.audits.answers.verdict import combined
from remanifold.audits.inputs import AuditInputs
from remanifold.audits.network.audited_network import AuditedNetwork
from remanifold.audits.network.comparison_parts import samples_part
from remanifold.audits.network.models import NamedModel
from remanifold.audits.network.sampled import require_room, sample_model, untold_levels
from remanifold.audits.noun import noun
from remanifold.audits.records.compared import ComparedModel, ComparedSamples
from remanifold.audits.samples.audit import compare_sources
from remanifold.audits.samples.comparison import CopiesOptions
from remanifold.data import LabelsLike
from remanifold.data.captions.both_sides import RowCaptions
from remanifold.data.maps.likeness import Likeness

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
        groups: Which training and hold-out rows belong together, see `audit`.
        compute: Budget, threads and progress.
        parts: Folder of samples under way, or None.

    Raises:
        InvalidInput: with the name of a model that cannot be sampled.
    """
    found: list[ComparedModel] = []
    for k, (known, model) in enumerate(zip(told, models if n_samples else (), strict=False)):
        network = model.opened()
        made = sample_model(
            network.denoiser,
            n_samples,
            **_conditions(network, inputs, n_samples),
            **untold_levels(network.denoiser, std),
            shape=inputs.points.shape,
            latents=True,
            seed=model.seed,
            memory=compute.memory_bytes,
            part_file=None if parts is None else samples_part(parts, k),
            progress=compute.progress,
        )
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
        numbers, closer = copies.scalars(), copies.number("closer_share")
        samples = ComparedSamples(
            n_samples,
            combined(None, copies, [], noun(copies)).state,
            len(copies.flagged),
            round(numbers["exact_copies"] * n_samples),
            None if closer is None else closer.value,
            None if closer is None else closer.null,
        )
        found.append(replace(known, samples=samples))
    return tuple(found or told)


def _conditions(network: AuditedNetwork, inputs: AuditInputs, n_samples: int) -> dict[str, Any]:
    """The captions, or classes, of the training rows in turn."""
    if network.prompts is not None and isinstance(network.captions, RowCaptions):
        return {"prompts": list(network.captions.training[:n_samples])}
    if network.class_conditional and inputs.labels is not None:
        return {"classes": [int(label) for label in inputs.labels[:n_samples]]}
    return {}
