"""Models that are compared: opened one at a time, each asked first whether it is read rightly."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from remanifold._core.errors import InvalidInput, refusal
from remanifold._core.types import Floats
from remanifold.audits.inputs import AuditInputs
from remanifold.audits.network.audited_network import AuditedNetwork
from remanifold.audits.network.check import checked_first
from remanifold.audits.network.latent_rows import require_same_latents
from remanifold.audits.network.source import open_model
from remanifold.data import LabelsLike
from remanifold.data.captions.both_sides import RowCaptions
from remanifold.data.captions.open import CaptionsLike
from remanifold.networks.check_denoiser import Untrained
from remanifold.networks.network_denoiser import NetworkDenoiser
from remanifold.scores.denoiser import DenoiserLike

_SAME = 1e-9  # relative, of noise levels


@dataclass(frozen=True, eq=False)
class NamedModel:
    """A model of a comparison, opened when it is asked so that one at a time is held.

    Attributes:
        name: Of the model.
        source: A denoiser, or what `open_model` opens.
        predicts, clock: See `open_model`.
        class_conditional, holdout_labels, evaluations, seed: See `AuditedNetwork`.
        parts: Folder of its finished work.
        lora: That is put on it, see `open_model`; or None.
        captions, holdout_captions, prompt: See `AuditedNetwork`.
    """

    name: str
    source: DenoiserLike | str
    predicts: str | None
    clock: str | None
    class_conditional: bool
    holdout_labels: LabelsLike | None
    evaluations: int
    seed: int
    parts: Path | None
    lora: str | None = None
    captions: RowCaptions | CaptionsLike | None = None
    holdout_captions: CaptionsLike | None = None
    prompt: str | None = None

    def opened(self) -> AuditedNetwork:
        """The network.

        Raises:
            InvalidInput: with the name, where it cannot be opened.
        """
        if not isinstance(self.source, str):
            return self.asked(self.source, type(self.source).__name__)
        try:
            return self.asked(*open_model(self.source, predicts=self.predicts, clock=self.clock, lora=self.lora))
        except InvalidInput as error:
            raise _refused(self.name, str(error)) from error

    def asked(self, denoiser: Any, description: str) -> AuditedNetwork:
        """What is asked about ``denoiser``."""
        return AuditedNetwork(
            denoiser,
            self.name,
            description,
            evaluations=self.evaluations,
            cheap=True,
            parts=self.parts,
            seed=self.seed,
            class_conditional=self.class_conditional,
            holdout_labels=self.holdout_labels,
            captions=self.captions,
            holdout_captions=self.holdout_captions,
            prompt=self.prompt,
        )


class CheckedModel(NamedTuple):
    """What is known of a model once it was asked.

    Attributes:
        description: How it was made a denoiser.
        grid: Noise variances of its steps; None if it takes any.
        evaluations: That the check took.
        note: Why it failed the check though others, read alike, passed; or "".
    """

    description: str
    grid: Floats | None
    evaluations: int
    note: str


def checked_models(models: Sequence[NamedModel], inputs: AuditInputs, std: float, memory: int) -> list[CheckedModel]:
    """Ask every model, before any long work, whether it is read rightly; and whether all have the same noise levels.

    A model that does not beat shrinkage may be an early checkpoint: it passes with a note if another that is read
    alike does.

    Args:
        models: The models.
        inputs: The data.
        std: Their standard deviation per coordinate.
        memory: Budget, bytes.

    Raises:
        InvalidInput: with the name of the model that cannot be used.
    """
    known, passed = [], set()
    for model in models:
        network = model.opened()
        require_same_latents(inputs, network.denoiser, model.name)
        reading = network.description.replace(str(model.source), "")
        grid = network.denoiser.levels if isinstance(network.denoiser, NetworkDenoiser) else None
        note, spent = "", 0
        try:
            spent = checked_first(network, inputs, std, memory)
            passed.add(reading)
        except Untrained as error:
            note = str(error)
        except InvalidInput as error:
            raise _refused(model.name, str(error)) from error
        known.append((reading, CheckedModel(network.description, grid, spent, note)))
    for model, (reading, checked) in zip(models, known, strict=True):
        if checked.note and reading not in passed:
            raise _refused(model.name, checked.note)
    _require_one_grid(models, [checked for _, checked in known])
    note = "It does not beat shrinkage towards the mean of these rows: it learned nothing yet, or from other rows."
    return [checked._replace(note=note) if checked.note else checked for _, checked in known]


def _refused(name: str, why: str) -> InvalidInput:
    return InvalidInput(f"every model must be a denoiser of the data's rows, but got {name}: {why}")


def _require_one_grid(models: Sequence[NamedModel], checked: Sequence[CheckedModel]) -> None:
    grids = [(model.name, known.grid) for model, known in zip(models, checked, strict=True) if known.grid is not None]
    for name, grid in grids[1:]:
        first, own = grids[0]
        if len(grid) != len(own) or not np.allclose(grid, own, rtol=_SAME, atol=0):
            raise refusal(
                "models must be trained at the same noise levels to be compared at the same noise",
                f"other levels in {name} than in {first}",
                "compare those of one schedule, and audit the others each by itself",
            )
