"""Text tables whose cells are not all numbers: words, dates and missing cells, column by column."""

from array import array
from collections.abc import Callable

import numpy as np

from remanifold.data.exact import MOST_EXACT
from remanifold.data.tables.cells import Column
from remanifold.data.tables.kinds import OddCellsError, column_of_words
from remanifold.data.tables.lines import Layout


class MixedBody:
    """The cells of the chosen columns as they come: each word once, and for every row which it is."""

    def __init__(self, names: list[str], kept: list[int], layout: Layout) -> None:
        self._names, self._kept, self._layout = names, kept, layout
        self._words: list[dict[str, int]] = [{} for _ in kept]
        self._codes = [array("q") for _ in kept]
        self._lines = array("q")

    def add(self, line: int, cells: list[str]) -> None:
        """One row, from the file's ``line``."""
        self._lines.append(line)
        for words, codes, k in zip(self._words, self._codes, self._kept):
            codes.append(words.setdefault(cells[k], len(words)))

    def columns(
        self, refuse: Callable[[int, int, str], Exception], check: Callable[[int, int, str], None]
    ) -> tuple[Column, ...]:
        """The columns.

        Args:
            refuse: The error for (line, number of the column, cell) of a cell that does not fit its column.
            check: Refuses such a cell where its number is large and not exact.
        """
        made = []
        for name, words, codes, k in zip(self._names, self._words, self._codes, self._kept):
            numbers = np.frombuffer(codes, np.int64)
            try:
                made.append(column_of_words(name, list(words), numbers, self._layout))
            except OddCellsError as error:
                first = min(int(np.argmax(numbers == words[word])) for word in error.args)
                word = next(word for word in error.args if numbers[first] == words[word])
                raise refuse(self._lines[first], k, word) from None
            if made[-1].kind == "number" and np.nanmax(np.abs(made[-1].values)) > MOST_EXACT:
                for word, code in words.items():
                    if self._layout.is_number(word) and abs(self._layout.number(word)) > MOST_EXACT:
                        check(self._lines[int(np.argmax(numbers == code))], k, word)
        return tuple(made)
