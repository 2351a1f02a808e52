"""Captions of points: in a file, beside the pictures, or in memory; matched by name where there are names."""

from collections.abc import Mapping, Sequence
from os import PathLike
from pathlib import Path, PurePosixPath
from typing import Any

from remanifold._core.errors import refusal
from remanifold._core.files import path_of
from remanifold.data.captions.beside import TABLES, require_no_others, table_of, tables_in, text_files
from remanifold.data.captions.named_lines import bare_number, by_name, counted
from remanifold.data.captions.read import read_captions
from remanifold.data.captions.table import CaptionTable, caption_texts
from remanifold.data.label_files.open import labels_and_words
from remanifold.data.points import Points

CaptionsLike = str | PathLike[str] | Mapping[str, str] | Sequence[str]
"""A path, file names to captions, or one caption a row."""


def open_captions(
    source: CaptionsLike | None, points: Points, what: str = "captions"
) -> tuple[tuple[str, ...] | None, tuple[str, ...]]:
    """(one caption a row, how they were found in sentences); (None, ...) where nothing is beside the pictures.

    Args:
        source: See `CaptionsLike`; ``path::column`` names the column of captions, a folder has them beside its
            pictures. None: beside the pictures of ``points``.
        points: The rows that they belong to.
        what: What they are called in sentences.

    Raises:
        InvalidInput: if a row has no caption, or two that differ, or names fit no row.
    """
    if source is None:
        return _beside(_folder_of(points), points, what)
    if isinstance(source, str | PathLike):
        path, column = place_of(str(source))
        if path.is_dir():
            captions, words = _beside(path, points, what)
            if captions is None:
                do = f"write {TABLES[0]} with file_name and text, or a .txt beside each picture"
                raise refusal(f"a folder of {what} must hold them", f"{path} without", do)
            return captions, words
        return _matched(read_captions(path, column), points, str(path), what)
    place = f"the {what}"
    if isinstance(source, Mapping):
        names = tuple(map(str, source))
        table = CaptionTable(caption_texts(list(source.values()), names, place), names)
    else:
        table = CaptionTable(caption_texts(in_order(source), None, place))
    return _matched(table, points, place, what)


def in_order(source: Any) -> list[Any]:
    """One caption a row, of anything that has an order."""
    if isinstance(source, bytes | set | frozenset | Mapping) or not hasattr(source, "__iter__"):
        got = f"{type(source).__name__}, which holds no texts in an order"
        raise refusal("captions must be a path, a list of texts, or file names to texts", got, "pass one of them")
    return list(source)


def place_of(source: str) -> tuple[Path, str | None]:
    """The path that ``source`` writes, and the column after ``::``."""
    path = path_of(source, "the captions")
    if "::" in source and not path.exists():
        place, _, column = source.rpartition("::")
        path = path_of(place, "the captions")
        if path.is_dir():
            do = f"name a file of it, such as {TABLES[0]}::{column}"
            raise refusal("a column of captions must be that of a table", f"{column} of the folder {place}", do)
        return path, column
    return path, None


def one_file(first: str | PathLike[str], second: str | PathLike[str]) -> bool:
    """Whether both name one file, however they write it."""
    places = [place_of(str(source))[0].resolve() for source in (first, second)]
    return places[0] == places[1]


def _matched(table: CaptionTable, points: Points, place: str, what: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The captions in the order of the rows."""
    if table.names is None:
        table = by_name(table, points.row_names or (), place)
    ordered = f"{what} of {place} stand in the order of the rows"
    if table.names is None:
        _require_no_names(table, points, place)
        numbers, _ = labels_and_words(list(range(len(table.captions))), points, None, what)
        return tuple(table.captions[int(k)] for k in numbers), (ordered, *table.told)
    known = table.by_name(place)
    first: dict[str, int] = {}  # one number for one text, so that two files of a name may share it
    place_of: Any = {name: first.setdefault(text, k) for k, (name, text) in enumerate(known.items())}
    numbers, words = labels_and_words(place_of, points, None, what)
    texts = list(known.values())
    captions = tuple(texts[int(k)] for k in numbers)
    if words[0].startswith(f"{what} stand"):  # names that count from 0, say, and are those of no file
        return captions, (f"{ordered}, whatever their names", *table.told)
    more = len(known) - points.n_points
    beside = f"; {more} more {'name' if more == 1 else 'names'} there, of no picture" if more > 0 else ""
    return captions, (f"{what} of {place} matched by file name{beside}", *table.told)


def _require_no_names(table: CaptionTable, points: Points, place: str) -> None:
    """Refuse a column that holds the names of the rows, but is not called so: their order may be another."""
    own = {bare_number(PurePosixPath(name).stem) for name in points.row_names or ()}
    for column, cells in table.beside.items():
        known = own & {bare_number(PurePosixPath(cell.replace("\\", "/")).stem) for cell in cells}
        if 2 * len(known) > len(own):
            got = f"them in the column {column} of {place}"
            raise refusal("names of files must be in a column that is called file_name", got, "rename it")
        if counted(cells) and [*map(int, cells)] != sorted(map(int, cells)):
            got = f"the order of their numbers broken in the column {column} of {place}"
            raise refusal(
                "captions without names must stand in the order of the rows", got, "sort them, or write names"
            )


def _folder_of(points: Points) -> Path | None:
    """The folder of the pictures; None where they lie in none."""
    if points.record.kind != "pictures" or points.row_names is None:
        return None
    folder = Path(points.record.source)
    while not folder.is_dir() and folder != folder.parent:
        folder = folder.parent  # a pattern of files follows
    return folder


def _beside(folder: Path | None, points: Points, what: str) -> tuple[tuple[str, ...] | None, tuple[str, ...]]:
    if folder is None:
        return None, ()
    names = points.row_names or ()
    tables = tables_in(folder, names, what)
    if tables:
        place = " and ".join(str(folder / file) for file in tables[:2])
        captions, words = _matched(table_of(folder, tables), points, place, what)
        require_no_others(folder, names, captions if names else (), place, what)
        return captions, words
    found = text_files(folder, names, what)
    return (None, ()) if found is None else (found.captions, (found.told,))
