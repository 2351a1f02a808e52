"""Files of captions: the tables that diffusers' training scripts read, a dictionary, or one caption a line."""

import codecs
import csv
import io
import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from remanifold._core.errors import InvalidInput, refusal
from remanifold._core.files import require_regular
from remanifold.data import arrow
from remanifold.data.captions.table import CaptionTable, caption_texts

NAMES = ("file_name", "filename", "file", "image", "path", "image_path", "file_path", "name")
TEXTS = ("text", "caption", "captions", "prompt", "prompts", "tags")
"""Names of the column of file names and of that of captions, the first that is there; `text` is diffusers' own."""
ENDINGS = (".jsonl", ".csv", ".tsv", ".json", ".parquet", ".txt")
_KOHYA = ("caption", "tags")
_JOINED = "caption and tags joined by a comma, as kohya's scripts train with them"
_MARKS = ("\t", ",", ";")
_WIDE = ((codecs.BOM_UTF32_LE, "utf-32"), (codecs.BOM_UTF32_BE, "utf-32"))
_WIDE += ((codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
"""The first bytes of text that is no UTF-8 but says what it is; the longer ones first."""
_SHOWN = 60


def read_captions(path: Path, column: str | None = None) -> CaptionTable:
    """The captions in a file.

    Args:
        path: .jsonl, .csv, .tsv and .parquet with a column of file names and one of captions (`NAMES`, `TEXTS`); .json
            with the same, or file names to captions; .txt with one caption a line, or such a table with its header.
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
    if ending in (".csv", ".tsv") or (ending == ".txt" and _is_header(text.partition("\n")[0])):
        return _from_columns(_columns_of(text, path, column), column, str(path))
    if ending == ".txt":
        _require_no_column(column, path)
        return CaptionTable(caption_texts(text.rstrip("\n").split("\n"), None, str(path)), lines=True)
    return _from_json(_parsed(text, path), column, path)


def read_text(path: Path) -> str:
    """What is in the file ``path``, UTF-8, or UTF-16 or UTF-32 that begin with their mark.

    Raises:
        InvalidInput: if it is something else.
    """
    try:
        content = path.read_bytes()
        kind = next((name for mark, name in _WIDE if content.startswith(mark)), "utf-8-sig")
        return content.decode(kind).replace("\r\n", "\n").replace("\r", "\n")
    except (OSError, UnicodeDecodeError) as error:
        raise InvalidInput(f"captions must be UTF-8 text, but got something else in {path}; save them so.") from error


def _is_header(line: str) -> bool:
    """Whether the first line of a .txt names a column of files and one of captions."""
    cells = [{cell.strip(' "') for cell in line.split(mark)} for mark in _MARKS]
    return any(not head.isdisjoint(NAMES) and not head.isdisjoint(TEXTS) for head in cells)


def _require_no_column(column: str | None, path: Path) -> None:
    if column is not None:
        raise refusal("a column of captions is for tables", f"{column} of {path}", "leave ::COLUMN out")


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


def _from_json(content: Any, column: str | None, path: Path) -> CaptionTable:
    place = str(path)
    need = "a JSON file of captions must hold objects with a file name and a text, or file names to captions"
    if isinstance(content, Mapping):
        captions = [_inner(value, column) for value in content.values()]
        joined = column is None and any(map(_is_joined, content.values()))
        if not any(isinstance(value, Mapping) for value in content.values()):
            _require_no_column(column, path)
        names = tuple(map(str, content))
        return CaptionTable(caption_texts(captions, names, place), names, told=(_JOINED,) if joined else ())
    if not isinstance(content, list) or not content:
        raise refusal(need, f"{type(content).__name__} in {place}", "write one of these")
    if all(isinstance(item, Mapping) for item in content):
        names = list(dict.fromkeys(str(name) for item in content for name in item))
        return _from_columns({name: [item.get(name) for item in content] for name in names}, column, place)
    if not all(isinstance(item, str) for item in content):
        raise refusal(need, f"a list of other things in {place}", "write one of these")
    _require_no_column(column, path)
    return CaptionTable(caption_texts(content, None, place))


def _is_joined(value: Any) -> bool:
    """Whether ``value`` is an object of kohya's scripts, which train with caption and tags together."""
    both = isinstance(value, Mapping) and TEXTS[0] not in value
    return both and all(isinstance(value.get(name), str) and value[name] for name in _KOHYA)


def _inner(value: Any, column: str | None) -> Any:
    """The caption in what stands beside a file name, an object as kohya's scripts write it among them."""
    if not isinstance(value, Mapping):
        return value
    if column is None and _is_joined(value):
        return ", ".join(value[name] for name in _KOHYA)
    return next((value[name] for name in ([column] if column else TEXTS) if name in value), None)


def _columns_of(text: str, path: Path, column: str | None) -> dict[str, list[Any]]:
    """The columns of a text table with a header; commas in captions stand in quotes."""
    wanted, first = (column,) if column else TEXTS, text.partition("\n")[0]
    try:
        tried = {mark: next(_cells([first], mark), []) for mark in _MARKS}
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
        for number, cells in enumerate(_cells(io.StringIO(text), mark)):
            if cells and len(cells) != len(header):
                got = f"{len(cells)} in row {number} of {path}"
                raise refusal(f"every row must have {len(header)} cells", got, "quote captions with commas")
            lines += [cells] if cells and number else []
    except csv.Error as error:
        raise _no_table(path, error) from error
    return {name: [cells[k] for cells in lines] for k, name in enumerate(header)}


def _cells(lines: Iterable[str], mark: str) -> Any:
    """Rows of cells; blanks after a mark are none of a cell, so that quotes may follow them."""
    return csv.reader(lines, delimiter=mark, strict=True, skipinitialspace=True)


def _no_table(path: Path, error: csv.Error) -> InvalidInput:
    return InvalidInput(f"captions must be a table, but got {path} ({error}); write it again.")


def _plain(name: str) -> str:
    return name.strip()


def _from_columns(columns: Mapping[str, list[Any]], column: str | None, place: str) -> CaptionTable:
    wanted = (column,) if column else TEXTS
    known = [name for name in wanted if name in columns]
    if not known:
        raise _unnamed(list(columns), column, place)
    texts = columns[known[0]]
    unused = [name for name in known[1:] if columns[name] != texts]
    told = (f"column {known[0]}, not used: {', '.join(unused)}",) if unused else ()
    names = next((columns[name] for name in NAMES if name in columns), None)
    if names is not None and not all(isinstance(name, str) and name.strip() for name in names):
        names = None if all(isinstance(name, Mapping) for name in names) else names  # pictures inside the table
        if names is not None:
            raise refusal("every caption must have its file name", f"one without in {place}", "write it")
    if texts is names:
        raise refusal("captions must be in a column of their own", f"{known[0]} of {place}, the names", "name another")
    captions = caption_texts(texts, names, place)
    if names is not None:
        return CaptionTable(captions, tuple(names), told=told)
    others = {name: cells for name, cells in columns.items() if cells is not texts}
    beside = {name: tuple(map(str, cells)) for name, cells in others.items() if isinstance(cells[0], str | int)}
    return CaptionTable(captions, None, beside, told)


def _unnamed(names: Iterable[str], column: str | None, place: str) -> InvalidInput:
    wanted = f"named {column}" if column else f"named one of {', '.join(TEXTS)}"
    got = f"columns {', '.join(names)} in {place}"
    return refusal(f"a file of captions must have a column {wanted}", got, "name it FILE::COLUMN, or rename it text")
