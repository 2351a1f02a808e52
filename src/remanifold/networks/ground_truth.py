"""Shipped networks whose training sets are known: what an audit says of them can be checked."""

import hashlib
import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from remanifold._core.errors import InvalidInput, refusal, require
from remanifold.data import open_points, survey
from remanifold.networks.ground_truth_rows import digits_at
from remanifold.networks.network_file import network_from
from remanifold.networks.residual_mlp import ResidualMLP

_MODELS = Path(__file__).with_name("models")


@dataclass(frozen=True)
class GroundTruthCard:
    """What is known of a shipped model.

    Attributes:
        name: Of the model.
        training_rows: Numbers of its training rows in scikit-learn's digits; repeated ones occur repeatedly.
        held_out_rows: Numbers of rows that it never saw.
        duplicated_rows: Numbers of the rows that its training set repeats.
        measured: Denoising losses, their ratios and the share of copies, with errors, as measured after training.
        facts: The whole card: hashes, fingerprints, parameters of network and training.
    """

    name: str
    training_rows: tuple[int, ...]
    held_out_rows: tuple[int, ...]
    duplicated_rows: tuple[int, ...]
    measured: dict[str, Any]
    facts: dict[str, Any]


class GroundTruth(NamedTuple):
    """A model with its rows: ``denoiser, training, held_out, card = load_ground_truth(name)``.

    Attributes:
        denoiser: The network.
        training: Its training rows in the order of training, (n, 8, 8) float32 in [-1, 1], repeated ones repeatedly.
        held_out: Rows of the same data that it never saw.
        card: What is known of it.
    """

    denoiser: ResidualMLP
    training: NDArray[np.float32]
    held_out: NDArray[np.float32]
    card: GroundTruthCard


def ground_truth_models(folder: str | Path | None = None) -> tuple[str, ...]:
    """Names of the shipped models, or of those that examples/train_ground_truth.py wrote to ``folder``."""
    stems = (path.stem for path in _folder(folder).glob("*.json"))
    return tuple(sorted(stems, key=lambda name: ([int(number) for number in re.findall(r"\d+", name)[:1]], name)))


def load_ground_truth(name: str, folder: str | Path | None = None) -> GroundTruth:
    """A model whose training rows are known, checked against its card.

    Args:
        name: One of `ground_truth_models`.
        folder: Where models of your own lie; by default the shipped ones.

    Raises:
        InvalidInput: if there is no such model, its file is not the one its card names, the digits are not those it
            was trained on, or scikit-learn, which has the digits, is not installed.
    """
    known = ground_truth_models(folder)
    if name not in known:
        raise refusal(f"the model must be one of {', '.join(known) or 'none'}", repr(name), "pass a name of these")
    card = _card(_folder(folder) / f"{name}.json")
    training, held_out = digits_at(card.training_rows), digits_at(card.held_out_rows)
    for rows, which in ((training, "training"), (held_out, "held_out")):
        fingerprint = survey(open_points(rows)).fingerprint
        need = f"the {which.replace('_', '-')} rows of {name} must have the fingerprint on its card"
        do = "install a scikit-learn whose digits are the 1797 of UCI"
        require(fingerprint == card.facts[f"{which}_fingerprint"], need, fingerprint[:12], do)
    return GroundTruth(_denoiser(_folder(folder) / f"{name}.safetensors", card), training, held_out, card)


def _folder(folder: str | Path | None) -> Path:
    return _MODELS if folder is None else Path(folder)


def _card(path: Path) -> GroundTruthCard:
    try:
        facts = json.loads(path.read_text(encoding="utf-8"))
        training, held_out, duplicated = (
            tuple(facts[f"{kind}_rows"]) for kind in ("training", "held_out", "duplicated")
        )
        return GroundTruthCard(facts["name"], training, held_out, duplicated, facts["measured"], facts)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise InvalidInput(
            f"a card must be JSON with name, rows and measurements, but got {path} ({error}); install remanifold again."
        ) from error


def _denoiser(path: Path, card: GroundTruthCard) -> ResidualMLP:
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
