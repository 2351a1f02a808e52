"""Captions that lie beside pictures: tables of their folders, or a file of text for each."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from remanifold._core.errors import InvalidInput, refusal
from remanifold._core.files import require_regular
from remanifold.data.captions.read import read_captions, read_text
from remanifold.data.captions.table import CaptionTable

TABLES = ("metadata.jsonl", "metadata.csv", "metadata.parquet")
ENDINGS = (".txt", ".caption")
"""Of the file beside a picture."""


@dataclass(frozen=True)
class TextFiles:
    """A file of text for every picture.

    Attributes:
        captions: The first line of each, in the order of the pictures.
        names: The files, below the folder; one may serve several pictures.
        told: What was read, in words.
    """

    captions: tuple[str, ...]
    names: tuple[str, ...]
    told: str


def tables_in(folder: Path, names: Sequence[str], what: str) -> list[str]:
    """The tables in ``folder`` and in the folders of the pictures ``names`` below it.

    Raises:
        InvalidInput: if a folder has two.
    """
    places = sorted({str(parent) for name in names for parent in PurePosixPath(name).parents} | {"."})
    found = [(place, name) for place in places for name in TABLES if (folder / place / name).is_file()]
    if len({place for place, _ in found}) < len(found):
        got = f"{' and '.join(str(folder / place / name) for place, name in found[:2])}"
        raise refusal(f"{what} must be in one table a folder", got, "name the one that is meant")
    return [str(PurePosixPath(place) / name) for place, name in found]


def table_of(folder: Path, tables: Sequence[str]) -> CaptionTable:
    """The ``tables`` of ``folder`` as one, with names below the folder.

    Raises:
        InvalidInput: if one does not name files.
    """
    names: list[str] = []
    captions: list[str] = []
    told: dict[str, None] = {}
    for file in tables:
        table = read_captions(folder / file)
        if table.names is None:
            raise refusal(f"{Path(file).name} must name files", f"{folder / file} without file_name", "write file_name")
        names += [str(PurePosixPath(file).parent / name.replace("\\", "/")) for name in table.names]
        captions += table.captions
        told |= dict.fromkeys(table.told)
    return CaptionTable(tuple(captions), tuple(names), told=tuple(told))


def text_files(folder: Path, names: Sequence[str], what: str) -> TextFiles | None:
    """The file of text beside each of the pictures ``names`` of ``folder``; None where no picture has one.

    Raises:
        InvalidInput: if some have none, one has two that differ, or one is empty.
    """
    found = _found(folder, names)
    if not any(found):
        return None
    lacking = [name for name, files in zip(names, found, strict=True) if not files]
    if lacking:
        file = folder / PurePosixPath(lacking[0]).with_suffix(ENDINGS[0])
        got = f"none in {file} ({len(lacking)} of {len(names)} missing)"
        raise refusal("every picture must have its caption", got, "write them, or leave those pictures out")
    lines: dict[str, tuple[str, bool]] = {}
    for first, *others in found:
        lines.setdefault(first, _first_line(folder / first))
        other = next((file for file in others if _first_line(folder / file)[0] != lines[first][0]), None)
        if other is not None:
            got = f"two that differ in {folder / first} and {folder / other}"
            raise refusal("a picture must have one caption", got, "remove the file that was not trained with")
    used = tuple(files[0] for files in found)
    longer = sum(more for _, more in lines.values())
    shared = len(used) - len(lines)
    kinds = sorted({PurePosixPath(file).suffix for file in used})
    told = [f"{what} from the {' and '.join(kinds)} file beside each picture"]
    told += [f"the first line of each; {longer} of {len(lines)} have more lines"] if longer else []
    if shared:
        twice = next(file for k, file in enumerate(used) if file in used[:k])
        alike = [name for name, file in zip(names, used, strict=True) if file == twice]
        told.append(f"{shared} more pictures than files: {' and '.join(alike[:2])} share {twice}")
    return TextFiles(tuple(lines[file][0] for file in used), used, "; ".join(told))


def require_no_others(folder: Path, names: Sequence[str], captions: Sequence[str], table: str, what: str) -> None:
    """Refuse (`InvalidInput`) files of text beside the pictures that say other than the ``table`` does."""
    for name, caption, files in zip(names, captions, _found(folder, names), strict=True):
        for file in files:
            if _first_line(folder / file)[0] != caption:
                got = f"two that differ for {name} in {table} and {folder / file}"
                do = f"name the table itself as the {what}, or move away those that were not trained with"
                raise refusal("a picture must have one caption", got, do)


def _found(folder: Path, names: Sequence[str]) -> list[list[str]]:
    """Files of text beside each picture, below ``folder``."""
    wanted = [PurePosixPath(name) for name in names]
    there = {place: _files_in(folder / place) for place in {name.parent for name in wanted}}
    return [
        [
            str(name.with_suffix(form))
            for ending in ENDINGS
            for form in (ending, ending.upper())
            if name.with_suffix(form).name in there[name.parent]
        ]
        for name in wanted
    ]


def _files_in(folder: Path) -> frozenset[str]:
    try:
        return frozenset(path.name for path in folder.iterdir())
    except OSError as error:
        got = f"{folder} ({error.strerror})"
        raise InvalidInput(
            f"captions must be in a folder that can be read, but got {got}; check its rights."
        ) from error


def _first_line(file: Path) -> tuple[str, bool]:
    """The caption in a file beside its picture, its first line as kohya's scripts read it, and whether more follow."""
    line, _, rest = read_text(require_regular(file, "the captions")).partition("\n")
    if not line.strip():
        do = "write one, or leave the picture out"
        raise refusal("every picture must have its caption", f"an empty first line in {file}", do)
    return line.strip(), bool(rest.strip())
