"""Captions of points: in a file, beside the pictures, or in memory; matched by name where there are names."""

from collections.abc import Mapping, Sequence
from os import PathLike
from pathlib import Path, PurePosixPath
from typing import Any

from remanifold._core.errors import refusal
from remanifold._core.files import path_of, require_regular
from remanifold.data.captions.read import CaptionTable, caption_texts, read_captions, read_text
from remanifold.data.label_files.open import labels_and_words
from remanifold.data.points import Points

CaptionsLike = str | PathLike[str] | Mapping[str, str] | Sequence[str]
"""A path, file names to captions, or one caption a row."""
_TABLES = ("metadata.jsonl", "metadata.csv", "metadata.parquet")
_BESIDE = (".txt", ".caption")


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
        path, column = _place_of(str(source))
        if path.is_dir():
            captions, words = _beside(path, points, what)
            if captions is None:
                do = f"write {_TABLES[0]} with file_name and text, or a .txt beside each picture"
                raise refusal(f"a folder of {what} must hold them", f"{path} without", do)
            return captions, words
        return _matched(read_captions(path, column), points, str(path), what)
    place = f"the {what}"
    if isinstance(source, Mapping):
        names = tuple(map(str, source))
        table = CaptionTable(caption_texts(list(source.values()), names, place), names)
    else:
        table = CaptionTable(caption_texts(_in_order(source), None, place))
    return _matched(table, points, place, what)


def open_prompts(source: str | PathLike[str] | Sequence[str]) -> tuple[str, ...]:
    """The different captions of a file or a folder of pictures, or in memory, in their order, to draw samples of.

    Raises:
        InvalidInput: if there are none.
    """
    if not isinstance(source, str | PathLike):
        prompts = _in_order(source)  # an empty one asks as training did where it left captions out
        told = [one if one == "" else caption_texts([one], None, "the prompts")[0] for one in prompts]
        return tuple(dict.fromkeys(told))
    path, column = _place_of(str(source))
    if not path.is_dir():
        return tuple(dict.fromkeys(read_captions(path, column).captions))
    table = next((path / name for name in _TABLES if (path / name).is_file()), None)
    if table is not None:
        return tuple(dict.fromkeys(read_captions(table, column).captions))
    files = sorted(file for file in path.iterdir() if file.suffix.lower() in _BESIDE)
    if not files:
        do = f"write {_TABLES[0]} with file_name and text, or pass a file"
        raise refusal("a folder of prompts must hold them", f"{path} without", do)
    return tuple(dict.fromkeys(map(_first_line, files)))


def _in_order(source: Any) -> list[Any]:
    """One caption a row, of anything that has an order."""
    if isinstance(source, bytes | set | frozenset | Mapping) or not hasattr(source, "__iter__"):
        got = f"{type(source).__name__}, which holds no texts in an order"
        raise refusal("captions must be a path, a list of texts, or file names to texts", got, "pass one of them")
    return list(source)


def _place_of(source: str) -> tuple[Path, str | None]:
    path = path_of(source, "the captions")
    if "::" in source and not path.exists():
        place, _, column = source.rpartition("::")
        return path_of(place, "the captions"), column
    return path, None


def one_file(first: str | PathLike[str], second: str | PathLike[str]) -> bool:
    """Whether both name one file, however they write it."""
    places = [_place_of(str(source))[0].resolve() for source in (first, second)]
    return places[0] == places[1]


def _matched(table: CaptionTable, points: Points, place: str, what: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The captions in the order of the rows."""
    if table.names is None:
        _require_no_names(table, points, place)
        numbers, _ = labels_and_words(list(range(len(table.captions))), points, None, what)
        return tuple(table.captions[int(k)] for k in numbers), (f"{what} of {place} stand in the order of the rows",)
    known = table.by_name(place)
    first: dict[str, int] = {}  # one number for one text, so that two files of a name may share it
    place_of: Any = {name: first.setdefault(text, k) for k, (name, text) in enumerate(known.items())}
    numbers, _ = labels_and_words(place_of, points, None, what)
    texts = list(known.values())
    more = len(known) - points.n_points
    beside = f"; {more} names there are no rows" if more > 0 else ""
    return tuple(texts[int(k)] for k in numbers), (f"{what} of {place} matched by file name{beside}",)


def _require_no_names(table: CaptionTable, points: Points, place: str) -> None:
    """Refuse a column that holds the names of the rows, but is not called so: their order may be another."""
    own = {PurePosixPath(name).stem for name in points.row_names or ()}
    for column, cells in table.beside.items():
        known = own & {PurePosixPath(cell.replace("\\", "/")).stem for cell in cells}
        if 2 * len(known) > len(own):
            got = f"them in the column {column} of {place}"
            raise refusal("names of files must be in a column that is called file_name", got, "rename it")


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
    names = [PurePosixPath(name) for name in points.row_names or ()]
    places = sorted({str(parent) for name in names for parent in name.parents} | {"."})
    tables = [(place, name) for place in places for name in _TABLES if (folder / place / name).is_file()]
    if len({place for place, _ in tables}) < len(tables):
        got = f"{' and '.join(str(folder / place / name) for place, name in tables[:2])}"
        raise refusal(f"{what} must be in one table a folder", got, "name the one that is meant")
    if tables:
        return _of_tables(folder, tables, points, what)
    for ending in _BESIDE:
        files = [folder / name.with_suffix(ending) for name in names]
        lacking = [file for file in files if not file.is_file()]
        if len(lacking) == len(files):
            continue
        if lacking:
            got = f"none in {lacking[0]} ({len(lacking)} of {len(files)} missing)"
            raise refusal("every picture must have its caption", got, "write them, or leave those pictures out")
        return tuple(map(_first_line, files)), (f"{what} from the {ending} file beside each picture",)
    return None, ()


def _of_tables(
    folder: Path, tables: Sequence[tuple[str, str]], points: Points, what: str
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    names: list[str] = []
    captions: list[str] = []
    for place, file in tables:
        table = read_captions(folder / place / file)
        if table.names is None:
            raise refusal(f"{file} must name files", f"{folder / place / file} without file_name", "write file_name")
        names += [str(PurePosixPath(place) / name) for name in table.names]
        captions += table.captions
    words = " and ".join(str(folder / place / file) for place, file in tables[:2])
    return _matched(CaptionTable(tuple(captions), tuple(names)), points, words, what)


def _first_line(file: Path) -> str:
    """The caption in a file beside its picture: its first line, as kohya's scripts read it."""
    line = read_text(require_regular(file, "the captions")).partition("\n")[0].strip()
    if not line:
        do = "write one, or leave the picture out"
        raise refusal("every picture must have its caption", f"an empty first line in {file}", do)
    return line
