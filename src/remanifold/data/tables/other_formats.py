"""Text that is no table but would be split like one: JSON lines and sparse rows, whose cells would pass for words."""

import json
import re
from itertools import pairwise
from pathlib import Path

from remanifold._core.errors import refusal

_LOOKED_AT, _LONGEST = 50, 10_000  # lines, and letters of one
_SPARSE = re.compile(r"[+-]?[\d.]\S*(\s+qid:\d+)?(\s+\d+:[+-]?[\d.][^\s:]*)+\s*(#.*)?")


def require_table_text(path: Path) -> None:
    """Refuse (`InvalidInput`) JSON lines, and the sparse rows ``1 3:0.5 7:1`` of LIBSVM."""
    with path.open(encoding="utf-8-sig", errors="replace") as file:
        lines = [file.readline(_LONGEST).strip() for _ in range(_LOOKED_AT)]
    lines = [line for line in lines if line and not line.startswith("#")]
    if lines and all(map(_is_json, lines)):
        do = "write their numbers as columns, such as with pandas.read_json(..., lines=True).to_csv"
        raise refusal("a table must have lines of cells", f"JSON lines in {path}", do)
    if lines and all(map(_is_sparse, lines)):
        do = "write all columns, such as with sklearn.datasets.load_svmlight_file and numpy.save"
        raise refusal("a table must have a cell for each column", f"sparse rows (index:value) in {path}", do)


def _is_json(line: str) -> bool:
    if line[0] not in "{[":
        return False
    try:
        return isinstance(json.loads(line.rstrip(",")), dict | list)
    except (ValueError, RecursionError):
        return False


def _is_sparse(line: str) -> bool:
    if _SPARSE.fullmatch(line) is None:
        return False
    indices = [int(index) for index in re.findall(r"\s(\d{1,18}):", line)]
    return all(low < high for low, high in pairwise(indices))
