"""The digits of the explorer and the two shipped networks, as the page holds them."""

from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np

from remanifold._core.types import Floats
from remanifold.explorer.facts import as_text, level_facts
from remanifold.measures import noise_profile
from remanifold.networks import ground_truth
from remanifold.networks.known.plans import digits_at, row_plan
from remanifold.networks.known.sklearn_data import N_DIGITS

_SIZES = (100, 1400)
_QUERIES = 300


@cache
def digits_facts() -> dict[str, Any] | None:
    """All 1797 digits, the training rows of two networks, rows that neither saw, their weights, and the noise levels.

    Rows are bytes 0 to 16, x = byte / 8 - 1 in [-1, 1]; weights are the shipped files. None where scikit-learn, which
    has the digits, is not installed.
    """
    if find_spec("sklearn") is None:
        return None
    rows = np.rint((digits_at(tuple(range(N_DIGITS))).reshape(N_DIGITS, -1) + 1) * 8).astype(np.uint8)
    plans = {size: row_plan(size, 0) for size in _SIZES}
    return {
        "rows": as_text(rows.tobytes()),
        "training": {size: plan.training for size, plan in plans.items()},
        "held_out": plans[_SIZES[0]].held_out,
        "levels": {size: _levels(rows[list(plan.training)] / 8 - 1) for size, plan in plans.items()},
        "networks": {size: as_text(_weights(plan.name)) for size, plan in plans.items()},
    }


def _levels(rows: Floats) -> dict[str, Any]:
    first = np.sort(np.unique(rows, axis=0, return_index=True)[1])  # in their order: draws of noise belong to it
    profile = noise_profile(rows[first], max_queries=_QUERIES)
    return {name: level_facts(getattr(profile, f"t_{name}")) for name in ("onset", "collapse", "generalization")}


def _weights(name: str) -> bytes:
    return Path(ground_truth.__file__).with_name("models").joinpath(f"{name}.safetensors").read_bytes()
