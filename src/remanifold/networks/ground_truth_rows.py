"""Which of scikit-learn's digits the shipped models were trained on."""

from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from remanifold._core.errors import InvalidInput
from remanifold._core.seeds import uniforms

HELD_OUT = 397
DUPLICATED, TIMES = 20, 10
N_DIGITS = 1797


@dataclass(frozen=True)
class RowPlan:
    """The rows of one model, as numbers of rows of the digits.

    Attributes:
        name: Of the model.
        seed: Of the choice of rows, the initial weights and the training.
        training: In the order of training; a repeated row occurs as often as it is repeated.
        held_out: Not in the training set.
        duplicated: Rows that the training set repeats.
    """

    name: str
    seed: int
    training: tuple[int, ...]
    held_out: tuple[int, ...]
    duplicated: tuple[int, ...]


def row_plan(n_distinct: int, seed: int, *, duplicates: bool = False) -> RowPlan:
    """The first ``n_distinct`` rows of an order drawn by ``seed``; the last 397 are held out from every model.

    With ``duplicates`` the first 20 occur ten times each.
    """
    order = np.argsort(uniforms(seed, "ground truth/rows", 0, N_DIGITS, 1)[:, 0]).tolist()
    training, duplicated = order[:n_distinct], order[:DUPLICATED] if duplicates else []
    name = f"digits-{n_distinct}{'-duplicates' if duplicates else ''}-seed{seed}"
    repeated = training + duplicated * (TIMES - 1)
    return RowPlan(name, seed, tuple(repeated), tuple(order[-HELD_OUT:]), tuple(duplicated))


PLANS = tuple(
    row_plan(n, seed, duplicates=duplicates)
    for seed in range(3)
    for n, duplicates in ((100, False), (400, False), (1400, False), (1400, True))
)


@cache
def _digits() -> NDArray[np.float32]:
    try:
        from sklearn.datasets import load_digits
    except ImportError as error:
        raise InvalidInput(
            "the rows of the shipped models must be read from scikit-learn, but got no such package here; "
            "run pip install 'remanifold[demo]'."
        ) from error
    return (load_digits(return_X_y=True)[0].reshape(-1, 8, 8) / 8 - 1).astype(np.float32)


def digits_at(indices: tuple[int, ...]) -> NDArray[np.float32]:
    """The digits with these numbers, (n, 8, 8) float32; grey levels 0..16 become -1..1 exactly.

    Raises:
        InvalidInput: if scikit-learn is not installed.
    """
    return _digits()[list(indices)]
