"""Which rows the networks with known training sets were trained on."""

from dataclasses import dataclass

import numpy as np

from remanifold._core.seeds import uniforms
from remanifold.networks.known.data_set import DataSet, Rows
from remanifold.networks.known.data_sets import DATA_SETS
from remanifold.networks.known.derived_digits import NEAR_COPIES, SHIFTS
from remanifold.networks.known.sklearn_data import DIGITS, N_DIGITS

HELD_OUT = 397
DUPLICATED, TIMES = 20, 10


@dataclass(frozen=True)
class RowPlan:
    """The rows of one model, as numbers of rows of its data set.

    Attributes:
        name: Of the model.
        seed: Of the choice of rows, the initial weights and the training.
        training: In the order of training; a repeated row occurs as often as it is repeated.
        held_out: Not in the training set.
        duplicated: Rows that the training set repeats, or has near copies of.
        data: Name of the data set.
        versions: What training saw instead of the training rows: all versions of them; empty without augmentation.
    """

    name: str
    seed: int
    training: tuple[int, ...]
    held_out: tuple[int, ...]
    duplicated: tuple[int, ...] = ()
    data: str = "digits"
    versions: tuple[int, ...] = ()

    @property
    def source(self) -> DataSet:
        """The data set that the numbers are of."""
        return DATA_SETS[self.data]

    @property
    def distinct(self) -> tuple[int, ...]:
        """The training rows, each once."""
        return tuple(dict.fromkeys(self.training))


def row_plan(n_distinct: int, seed: int, *, duplicates: bool = False) -> RowPlan:
    """Digits: the first ``n_distinct`` rows of an order drawn by ``seed``; the last 397 are held out from every model.

    With ``duplicates`` the first 20 occur ten times each.
    """
    order = _digits_order(seed)
    training, duplicated = order[:n_distinct], order[:DUPLICATED] if duplicates else []
    name = f"digits-{n_distinct}{'-duplicates' if duplicates else ''}-seed{seed}"
    repeated = training + duplicated * (TIMES - 1)
    return RowPlan(name, seed, tuple(repeated), tuple(order[-HELD_OUT:]), tuple(duplicated))


def _digits_order(seed: int) -> list[int]:
    return np.argsort(uniforms(seed, "ground truth/rows", 0, N_DIGITS, 1)[:, 0]).tolist()


def _digits_plan(name: str, data: str, n: int) -> RowPlan:
    """The first ``n`` digits of seed 0 as rows of ``data``."""
    order = _digits_order(0)
    return RowPlan(f"{name}-seed0", 0, tuple(order[:n]), tuple(order[-HELD_OUT:]), data=data)


def _shifted_plan(n: int) -> RowPlan:
    """Augmentation: training saw every shift of each row, as often as the others."""
    plan = _digits_plan(f"digits-{n}-augmented", "shifted-digits", n)
    versions = tuple(row + k * N_DIGITS for k in range(len(SHIFTS)) for row in plan.training)
    return RowPlan(plan.name, 0, plan.training, plan.held_out, data=plan.data, versions=versions)


def _repeated_plan(n: int, repeated: int, times: int) -> RowPlan:
    """``n`` digits, the first ``repeated`` of them ``times`` times."""
    plan = _digits_plan(f"digits-{n}-duplicates-only", "digits", n)
    first = plan.training[:repeated]
    return RowPlan(plan.name, 0, plan.training + first * (times - 1), plan.held_out, first)


def _near_plan(n: int, repeated: int) -> RowPlan:
    """``n`` digits and 49 near copies of each of the first ``repeated``."""
    plan = _digits_plan(f"digits-{n}-near-copies-only", "near-digits", n)
    first = plan.training[:repeated]
    near = tuple(row + k * N_DIGITS for k in range(1, NEAR_COPIES) for row in first)
    return RowPlan(plan.name, 0, plan.training + near, plan.held_out, first, plan.data)


def _other_plan(name: str, data: str, n: int, held_out: int) -> RowPlan:
    """The first ``n`` rows of an order of ``data`` drawn by seed 0; the last ``held_out`` are held out."""
    order = np.argsort(uniforms(0, f"ground truth/{data}", 0, DATA_SETS[data].count, 1)[:, 0]).tolist()
    return RowPlan(f"{name}-seed0", 0, tuple(order[:n]), tuple(order[-held_out:]), data=data)


PLANS = (
    *(
        row_plan(n, seed, duplicates=duplicates)
        for seed in range(3)
        for n, duplicates in ((100, False), (400, False), (1400, False), (1400, True))
    ),
    _repeated_plan(1400, 70, 60),
    _near_plan(1000, 40),
    _shifted_plan(100),
    _digits_plan("digits-200-classes", "digits", 200),
    _digits_plan("latents-200", "digit-latents", 200),
    _other_plan("tumours-150", "tumours", 150, 400),
    _other_plan("patches-100", "patches", 100, 400),
    _other_plan("fashion-100", "fashion", 100, 400),
    _other_plan("fashion-100-early", "fashion", 100, 400),
)


def digits_at(indices: tuple[int, ...]) -> Rows:
    """The digits with these numbers, (n, 8, 8) float32; grey levels 0..16 become -1..1 exactly.

    Raises:
        InvalidInput: if scikit-learn is not installed.
    """
    return DIGITS.rows_at(indices)
