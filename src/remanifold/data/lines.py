"""Lines of a text table, split into cells."""

import csv
from collections.abc import Iterator
from pathlib import Path

from remanifold._core.errors import InvalidInput

LABEL_COLUMN = "label"


def table_lines(path: Path) -> Iterator[tuple[int, list[str]]]:
    """Yield (line number from 1, stripped cells) of every line that is not blank.

    Raises:
        InvalidInput: if the file is not UTF-8 text.
    """
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            first = next((line.strip() for line in file if line.strip()), "")
            delimiter = next((mark for mark in (",", ";", "\t", " ") if mark in first), ",")
            file.seek(0)
            reader = csv.reader(file, delimiter=delimiter, skipinitialspace=True)
            for cells in reader:
                if any(cell.strip() for cell in cells):
                    yield reader.line_num, [cell.strip() for cell in cells]
    except (UnicodeDecodeError, csv.Error) as error:
        raise InvalidInput(f"a table must be UTF-8 text, but got other bytes in {path}; save it as text.") from error
