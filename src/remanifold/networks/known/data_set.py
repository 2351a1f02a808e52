"""What a data set of the known networks is, and what all of them check."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from remanifold._core.errors import refusal

Rows = NDArray[np.float32]


@dataclass(frozen=True)
class DataSet:
    """Rows that are the same on every machine that has the data.

    Attributes:
        name: As cards name it.
        words: What it is, for cards.
        licence: Whose, and under what terms.
        count: How many rows there are.
        shape: Of one row.
        rows: All of them from a sequence of numbers, (n, *shape) float32.
        classes: Classes of the rows with these numbers, (n,), or None where there are none.
    """

    name: str
    words: str
    licence: str
    count: int
    shape: tuple[int, ...]
    rows: Callable[[NDArray[np.int64]], Rows]
    classes: Callable[[NDArray[np.int64]], NDArray[np.int64]] | None = None

    def rows_at(self, numbers: Sequence[int]) -> Rows:
        """The rows with these numbers.

        Raises:
            InvalidInput: if a number is none of a row, or the data are not on this machine.
        """
        return self.rows(self._checked(numbers))

    def classes_at(self, numbers: Sequence[int]) -> NDArray[np.int64] | None:
        """Their classes; None where the data have none.

        Raises:
            InvalidInput: as `rows_at`.
        """
        return None if self.classes is None else self.classes(self._checked(numbers))

    def _checked(self, numbers: Sequence[int]) -> NDArray[np.int64]:
        if not all(type(number) is int and 0 <= number < self.count for number in numbers):
            need = f"numbers of rows of {self.name} must be whole and below {self.count}"
            raise refusal(need, "others", "install remanifold again")
        return np.array(numbers, dtype=np.int64)
