"""The digits of the explorer and the two shipped networks, as the page holds them."""

import base64
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np

from remanifold.networks import ground_truth
from remanifold.networks.ground_truth_rows import N_DIGITS, digits_at, row_plan

_SIZES = (100, 1400)


def digits_facts() -> dict[str, Any] | None:
    """All 1797 digits, the training rows of two networks, rows that neither saw, and their weights.

    Rows are bytes 0 to 16, x = byte / 8 - 1 in [-1, 1]; weights are the shipped files. None where scikit-learn, which
    has the digits, is not installed.
    """
    if find_spec("sklearn") is None:
        return None
    rows = np.rint((digits_at(tuple(range(N_DIGITS))).reshape(N_DIGITS, -1) + 1) * 8).astype(np.uint8)
    plans = {size: row_plan(size, 0) for size in _SIZES}
    return {
        "rows": _text(rows.tobytes()),
        "training": {size: plan.training for size, plan in plans.items()},
        "held_out": plans[_SIZES[0]].held_out,
        "networks": {size: _text(_weights(plan.name)) for size, plan in plans.items()},
    }


def _weights(name: str) -> bytes:
    return Path(ground_truth.__file__).with_name("models").joinpath(f"{name}.safetensors").read_bytes()


def _text(content: bytes) -> str:
    return base64.b64encode(content).decode("ascii")
