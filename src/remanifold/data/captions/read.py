"""Files of captions: the tables that diffusers' training scripts read, a dictionary, or one caption a line."""

import csv
import io
import json
import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from numbers import Integral
from pathlib import Path
from typing import Any

from remanifold._core.errors import InvalidInput, refusal
from remanifold._core.files import require_regular
from remanifold.data import arrow

NAMES = ("file_name", "filename", "file", "image", "path", "image_path", "file_path", "name")
TEXTS = ("text", "caption", "captions", "prompt", "prompts", "tags")
"""Names of the column of file names and of that of captions, the first that is there; `text` is diffusers' own."""
ENDINGS = (".jsonl", ".csv", ".tsv", ".json", ".parquet", ".txt")
_NEED = "every caption must be one text"
_SHOWN = 60
_BROKEN = re.compile("[\0\ud800-\udfff]")  # of UTF-16 read as UTF-8, and halves of characters


@dataclass(frozen=True)
class CaptionTable:
    """Captions in the order in which they came.

    Attributes:
        captions: The texts.
        names: The file that each belongs to, or None: they are in the order of the rows.
        beside: Without names, the other columns of text: one of them may hold names after all.
    """

    captions: tuple[str, ...]
    names: tuple[str, ...] | None = None
    beside: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def by_name(self, place: str) -> dict[str, str]:
        """File -> caption.

        Raises:
            InvalidInput: if a file has two captions that differ.
        """
        found: dict[str, str] = {}
        for name, caption in zip(self.names or (), self.captions, strict=True):
            if found.setdefault(name, caption) != caption:
                raise refusal("a picture must have one caption", f"two that differ for {name} in {place}", "keep one")
        return found


def read_captions(path: Path, column: str | None = None) -> CaptionTable:
    """The captions in a file.

    Args:
        path: .jsonl, .csv, .tsv and .parquet with a column of file names and one of captions (`NAMES`, `TEXTS`); .json
            with the same, or file names to captions; .txt with one caption a line.
        column: Which column holds the captions.

    Raises:
        InvalidInput: if it is damaged, does not tell which are the captions, or one is missing or empty.
    """
    if not path.is_file():
        raise refusal("captions must be in an existing file", f"{path}, which is none", "check the path")
    require_regular(path, "the captions")
    ending = path.suffix.lower()
    if ending not in ENDINGS:
        do = "save them as metadata.jsonl with file_name and text"
        raise refusal(f"a file of captions must be one of {', '.join(ENDINGS)}", str(path), do)
    if ending == ".parquet":
        return _from_columns(arrow.plain_columns(path), column, str(path))
    text = read_text(path)
    if ending in (".csv", ".tsv"):
        return _from_columns(_columns_of(text, path, column), column, str(path))
    if ending == ".txt":
        return CaptionTable(caption_texts(text.rstrip("\n").split("\n"), None, str(path)))
    return _from_json(_parsed(text, path), column, str(path))


def read_text(path: Path) -> str:
    """What is in the file ``path``, UTF-8.

    Raises:
        InvalidInput: if it is something else.
    """
    try:
        return path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise InvalidInput(f"captions must be UTF-8 text, but got something else in {path}; save them so.") from error


def _parsed(text: str, path: Path) -> Any:
    try:
        if path.suffix.lower() == ".jsonl":
            return [_loaded(line, path) for line in text.split("\n") if line.strip()]  # U+2028 ends no line
        return _loaded(text, path)
    except InvalidInput:
        raise
    except (ValueError, RecursionError) as error:
        raise InvalidInput(f"captions must be JSON, but got something else in {path}; write it again.") from error


def _loaded(text: str, path: Path) -> Any:
    """The JSON in ``text``; of a name that is there twice Python would take the last."""

    def single(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for name, value in pairs:
            if name in found and found[name] != value:
                raise refusal("a picture must have one caption", f"two that differ for {name} in {path}", "keep one")
            found[name] = value
        return found

    return json.loads(text, object_pairs_hook=single)


def _from_json(content: Any, column: str | None, place: str) -> CaptionTable:
    need = "a JSON file of captions must hold objects with a file name and a text, or file names to captions"
    if isinstance(content, Mapping):
        captions = [_inner(value, column) for value in content.values()]
        return CaptionTable(caption_texts(captions, list(content), place), tuple(map(str, content)))
    if not isinstance(content, list) or not content:
        raise refusal(need, f"{type(content).__name__} in {place}", "write one of these")
    if all(isinstance(item, Mapping) for item in content):
        names = list(dict.fromkeys(str(name) for item in content for name in item))
        return _from_columns({name: [item.get(name) for item in content] for name in names}, column, place)
    if not all(isinstance(item, str) for item in content):
        raise refusal(need, f"a list of other things in {place}", "write one of these")
    return CaptionTable(caption_texts(content, None, place))


def _inner(value: Any, column: str | None) -> Any:
    """The caption in what stands beside a file name, an object as kohya's scripts write it among them."""
    if not isinstance(value, Mapping):
        return value
    return next((value[name] for name in ([column] if column else TEXTS) if name in value), None)


def _columns_of(text: str, path: Path, column: str | None) -> dict[str, list[Any]]:
    """The columns of a text table with a header; commas in captions stand in quotes."""
    wanted, first = (column,) if column else TEXTS, text.partition("\n")[0]
    try:
        tried = {mark: next(csv.reader([first], delimiter=mark), []) for mark in ("\t", ",", ";")}
    except csv.Error as error:
        raise _no_table(path, error) from error
    mark = next((mark for mark, head in tried.items() if any(_plain(name) in wanted for name in head)), None)
    if mark is None:
        raise _unnamed(tried[","], column, str(path))
    header = [_plain(name) for name in tried[mark]]
    if len(set(header)) < len(header):
        raise refusal("columns of captions must have different names", f"{first[:_SHOWN]} in {path}", "rename one")
    lines: list[list[str]] = []
    try:
        for number, cells in enumerate(csv.reader(io.StringIO(text), delimiter=mark, strict=True)):
            if cells and len(cells) != len(header):
                got = f"{len(cells)} in row {number} of {path}"
                raise refusal(f"every row must have {len(header)} cells", got, "quote captions with commas")
            lines += [cells] if cells and number else []
    except csv.Error as error:
        raise _no_table(path, error) from error
    return {name: [cells[k] for cells in lines] for k, name in enumerate(header)}


def _no_table(path: Path, error: csv.Error) -> InvalidInput:
    return InvalidInput(f"captions must be a table, but got {path} ({error}); write it again.")


def _plain(name: str) -> str:
    return name.strip()


def _from_columns(columns: Mapping[str, list[Any]], column: str | None, place: str) -> CaptionTable:
    wanted = (column,) if column else TEXTS
    texts = next((columns[name] for name in wanted if name in columns), None)
    if texts is None:
        raise _unnamed(list(columns), column, place)
    names = next((columns[name] for name in NAMES if name in columns), None)
    if names is not None and not all(isinstance(name, str) and name.strip() for name in names):
        names = None if all(isinstance(name, Mapping) for name in names) else names  # pictures inside the table
        if names is not None:
            raise refusal("every caption must have its file name", f"one without in {place}", "write it")
    captions = caption_texts(texts, names, place)
    if names is not None:
        return CaptionTable(captions, tuple(names))
    others = {name: cells for name, cells in columns.items() if cells is not texts}
    return CaptionTable(
        captions, None, {n: tuple(map(str, c)) for n, c in others.items() if isinstance(c[0], str | int)}
    )


def _unnamed(names: Iterable[str], column: str | None, place: str) -> InvalidInput:
    wanted = f"named {column}" if column else f"named one of {', '.join(TEXTS)}"
    got = f"columns {', '.join(names)} in {place}"
    return refusal(f"a file of captions must have a column {wanted}", got, "name it FILE::COLUMN, or rename it text")


def caption_texts(values: Sequence[Any], names: Sequence[Any] | None, place: str) -> tuple[str, ...]:
    """The captions ``values`` of ``place``, of the files ``names``.

    Raises:
        InvalidInput: if there are none, or one is empty or no text.
    """
    if len(values) == 0:
        raise refusal("a file of captions must hold some", f"none in {place}", "pass a file with captions")
    for k, value in enumerate(values):
        of = f"row {k} (from 0)" if names is None else str(names[k])[:_SHOWN]
        lacks = value is None or (isinstance(value, float) and math.isnan(value))  # how pandas holds none
        if not lacks and (isinstance(value, bool) or not isinstance(value, str | Integral)):
            raise refusal(_NEED, f"a {type(value).__name__} for {of} in {place}", "keep the one that is asked with")
        if lacks or not str(value).strip():
            do = "write one, or leave the picture out"
            raise refusal("every picture must have its caption", f"an empty one for {of} in {place}", do)
        if _BROKEN.search(str(value)):
            do = "save it as UTF-8"
            raise refusal(_NEED, f"characters that belong to none for {of} in {place}", do)
    return tuple(str(value).strip() for value in values)
