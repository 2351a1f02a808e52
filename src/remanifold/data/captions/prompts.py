"""Prompts to draw samples of: the different captions of a file, of a folder of pictures, or in memory."""

from collections import Counter
from collections.abc import Sequence
from os import PathLike
from pathlib import Path, PurePosixPath

from remanifold._core.errors import refusal
from remanifold.data.captions.beside import require_no_others, table_of, tables_in, text_files
from remanifold.data.captions.named_lines import by_name
from remanifold.data.captions.open import in_order, place_of
from remanifold.data.captions.read import read_captions
from remanifold.data.captions.table import caption_texts
from remanifold.data.folders.listing import listing_of
from remanifold.data.pictures.decoding import SUFFIXES

_WHAT = "prompts"


def open_prompts(source: str | PathLike[str] | Sequence[str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """(the different captions in their order, how they were found in sentences).

    Args:
        source: A file as `read_captions` reads it, ``path::column`` too; the folder of captioned pictures, whose
            sub-folders belong to it; or texts.

    Raises:
        InvalidInput: if there are none, or a folder does not tell which of its files they are.
    """
    if not isinstance(source, str | PathLike):
        prompts = in_order(source)  # an empty one asks as training did where it left captions out
        told = [one if one == "" else caption_texts([one], None, "the prompts")[0] for one in prompts]
        return tuple(dict.fromkeys(told)), ()
    path, column = place_of(str(source))
    captions, words = _of_folder(path) if path.is_dir() else _of_file(path, column)
    different = tuple(dict.fromkeys(captions))
    prompts, texts = (
        f"{n} {word}{'' if n == 1 else 's'}"
        for n, word in ((len(different), "different prompt"), (len(captions), "caption"))
    )
    return different, (f"{prompts} of {texts}", *words)


def _of_file(path: Path, column: str | None) -> tuple[tuple[str, ...], tuple[str, ...]]:
    table = read_captions(path, column)
    if table.names is None:
        table = by_name(table, (), str(path))
    return table.captions, table.told


def _of_folder(folder: Path) -> tuple[tuple[str, ...], tuple[str, ...]]:
    listing = listing_of(folder)
    names = listing.of(SUFFIXES)
    tables = tables_in(folder, names, _WHAT)
    used: tuple[str, ...]
    if tables:
        table = table_of(folder, tables)
        captions, told, used = table.captions, table.told, tuple(tables)
        place = str(folder / tables[0])
        caption_of = {_bare(name): caption for name, caption in table.by_name(place).items()}
        own = [name for name in names if _bare(name) in caption_of]
        require_no_others(folder, own, [caption_of[_bare(name)] for name in own], place, _WHAT)
        without, stray = len(names) - len(own), len(caption_of) - len(own)
        parts = ("pictures without a name there", without), ("names there without a picture", stray)
        counts = [f"{words}: {n}" for words, n in parts if n]
        told = (f"prompts of {' and '.join(tables[:2])}", *told, *counts)
    else:
        found = text_files(folder, names, _WHAT)
        if found is None:
            kinds = Counter(suffix for name in listing.names if (suffix := Path(name).suffix.lower()))
            few = ", ".join(f"{n} {suffix}" for suffix, n in kinds.most_common(3))
            do = "pass a file with one prompt a line, or the folder of captioned pictures"
            raise refusal("a folder of prompts must hold pictures with captions", f"{folder} with {few or 'none'}", do)
        captions, told, used = found.captions, (found.told,), found.names
    return captions, (*told, *listing.beside({*names, *used}))


def _bare(name: str) -> str:
    """The name of a picture without its ending."""
    path = PurePosixPath(name)
    return str(path.with_suffix("") if path.suffix.lower() in SUFFIXES else path)
