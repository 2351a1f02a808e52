"""Shipped networks whose training sets are known: what an audit says of them can be checked."""

import hashlib
import json
import re
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from remanifold._core.errors import InvalidInput, refusal, require
from remanifold._core.files import path_of
from remanifold.data import open_points, survey
from remanifold.networks.denoising_network import DenoisingNetwork
from remanifold.networks.known.data_set import DataSet
from remanifold.networks.known.data_sets import DATA_SETS
from remanifold.networks.network_file import network_from

_MODELS = Path(__file__).with_name("models")


@dataclass(frozen=True)
class GroundTruthCard:
    """What is known of a shipped model.

    Attributes:
        name: Of the model.
        training_rows: Numbers of its training rows in its data set; repeated ones occur repeatedly.
        held_out_rows: Numbers of rows that it never saw.
        duplicated_rows: Numbers of the rows that its training set repeats, or has near copies of.
        measured: Denoising losses, their ratios, the memory index and the share of copies, with errors, as measured
            after training.
        facts: The whole card: hashes, fingerprints, parameters of network and training.
        training_classes: Class of each training row; None where the data have none.
        held_out_classes: The same of the held-out rows.
    """

    name: str
    training_rows: tuple[int, ...]
    held_out_rows: tuple[int, ...]
    duplicated_rows: tuple[int, ...]
    measured: dict[str, Any]
    facts: dict[str, Any]
    training_classes: tuple[int, ...] | None = None
    held_out_classes: tuple[int, ...] | None = None


class GroundTruth(NamedTuple):
    """A model with its rows: ``denoiser, training, held_out, card = load_ground_truth(name)``.

    Attributes:
        denoiser: The network; a class-conditional one (``denoiser.n_classes`` > 0) is asked with labels.
        training: Its training rows in the order of training, (n, *shape) float32, repeated ones repeatedly.
        held_out: Rows of the same data that it never saw.
        card: What is known of it.
    """

    denoiser: DenoisingNetwork
    training: NDArray[np.float32]
    held_out: NDArray[np.float32]
    card: GroundTruthCard


def ground_truth_models(folder: str | Path | None = None) -> tuple[str, ...]:
    """Names of the shipped models, or of those that examples/train_ground_truth.py wrote to ``folder``."""
    stems = (path.stem for path in _folder(folder).glob("*.json"))
    return tuple(sorted(stems, key=_order))


def _order(name: str) -> tuple[str, list[int], str]:
    """By data, size and name."""
    return name.partition("-")[0], [int(number) for number in re.findall(r"\d+", name)[:1]], name


def missing_data(name: str, folder: str | Path | None = None) -> str | None:
    """The sentence that says why the rows of a model cannot be read on this machine; None where they can.

    Args:
        name, folder: See `load_ground_truth`.

    Raises:
        InvalidInput: if there is no such model, or its card cannot be read.
    """
    card, data = _card(name, folder)
    try:
        data.rows_at(card.training_rows[:1])
    except InvalidInput as error:
        return str(error)
    return None


def load_ground_truth(name: str, folder: str | Path | None = None) -> GroundTruth:
    """A model whose training rows are known, checked against its card.

    Args:
        name: One of `ground_truth_models`.
        folder: Where models of your own lie; by default the shipped ones.

    Raises:
        InvalidInput: if there is no such model, its file is not the one its card names, its data are not on this
            machine (the sentence says how to get them), or its rows are not those that it was trained on.
    """
    card, data = _card(name, folder)
    training, held_out = data.rows_at(card.training_rows), data.rows_at(card.held_out_rows)
    for rows, which in ((training, "training"), (held_out, "held_out")):
        fingerprint = survey(open_points(rows)).fingerprint
        need = f"the {which.replace('_', '-')} rows of {name} must have the fingerprint on its card"
        do = f"get the data as they are described: {data.words}"
        require(fingerprint == card.facts[f"{which}_fingerprint"], need, fingerprint[:12], do)
    return GroundTruth(_denoiser(_folder(folder) / f"{name}.safetensors", card), training, held_out, _named(card, data))


def _named(card: GroundTruthCard, data: DataSet) -> GroundTruthCard:
    training, held_out = (data.classes_at(numbers) for numbers in (card.training_rows, card.held_out_rows))
    if training is None or held_out is None:
        return card
    return replace(card, training_classes=tuple(training.tolist()), held_out_classes=tuple(held_out.tolist()))


def _folder(folder: str | Path | None) -> Path:
    return _MODELS if folder is None else path_of(folder, "the folder of models")


def _card(name: str, folder: str | Path | None) -> tuple[GroundTruthCard, DataSet]:
    known = ground_truth_models(folder)
    if name not in known:
        raise refusal(f"the model must be one of {', '.join(known) or 'none'}", repr(name), "pass a name of these")
    path = _folder(folder) / f"{name}.json"
    try:
        facts = json.loads(path.read_text(encoding="utf-8"))
        training, held_out, duplicated = (
            tuple(facts[f"{kind}_rows"]) for kind in ("training", "held_out", "duplicated")
        )
        facts |= {key: str(facts[key]) for key in ("sha256", "training_fingerprint", "held_out_fingerprint")}
        card = GroundTruthCard(facts["name"], training, held_out, duplicated, facts["measured"], facts)
        return card, DATA_SETS[facts.get("rows_of", "digits")]
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise InvalidInput(
            f"a card must be JSON with name, rows and measurements, but got {path} ({error}); install remanifold again."
        ) from error


def _denoiser(path: Path, card: GroundTruthCard) -> DenoisingNetwork:
    try:
        content = path.read_bytes()
    except OSError as error:
        raise InvalidInput(
            f"the weights of {card.name} must lie beside its card, but got {path} ({error.strerror}); "
            "install remanifold again."
        ) from error
    digest = hashlib.sha256(content).hexdigest()
    need = f"the weights of {card.name} must have the SHA-256 on its card ({card.facts['sha256'][:12]}...)"
    if digest != card.facts["sha256"]:
        raise refusal(need, f"{digest[:12]}... in {path}", "install remanifold again")
    return network_from(content, str(path))
