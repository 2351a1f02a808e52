"""Splits of a data set that lie in one folder: training set and test set must not become one data set unsaid."""

import re
from collections.abc import Sequence
from pathlib import Path

from remanifold._core.errors import refusal

_WORDS = {
    "train": ("train", "training"),
    "test": ("test", "testing"),
    "validation": ("validation", "valid", "val", "dev", "eval"),
    "holdout": ("holdout", "heldout"),
    "unlabeled": ("unlabeled", "unlabelled"),
}
_SPLIT_OF = {word: split for split, words in _WORDS.items() for word in words}
_SPLIT_FOLDER = re.compile(rf"({'|'.join(_SPLIT_OF)})(?:[-_ ]?(?:\d+|images?|imgs?|data|sets?|split))*")
_BETWEEN = re.compile(r"[^a-z]+")
_SHARD = re.compile(r"[-_.]?\d.*$")


def one_split(folder: Path, names: Sequence[str], split: str | None) -> tuple[str, ...]:
    """Those of the ``names`` of files that belong to ``split``; all where none is asked for and they are of one.

    A name belongs to a split if its first folder, or else the name itself, has the word: ``train/1.png``,
    ``data/train-00000-of-00002.parquet``, ``x_test.npy``.

    Raises:
        InvalidInput: if there are several and none is asked for, or not the one asked for.
    """
    found = {name: split_of(name) for name in names}
    splits = sorted({word for word in found.values() if word})
    if split is not None:
        wanted = _SPLIT_OF.get(split.lower(), split.lower())
        chosen = tuple(name for name, word in found.items() if word == wanted)
        if not chosen:
            got = f"{split!r} for {folder}"
            raise refusal(
                f"the split must be one of {', '.join(splits) or 'those that file names tell'}", got, "check it"
            )
        return chosen
    if len(splits) > 1:
        others = [name for name, word in found.items() if not word]
        got = f"{', '.join(splits)}{' and others' if others else ''} in {folder}"
        example = next(name for name, word in found.items() if word == splits[0])
        do = f"pass `split` as {splits[0]}, or a pattern of the files meant, such as '{folder}/{_pattern_of(example)}'"
        raise refusal("the files of a folder must be of one split", got, do)
    return tuple(names)


def one_table(folder: Path, names: Sequence[str]) -> None:
    """Refuse (`InvalidInput`) parquet files whose names say that they are parts of different tables."""
    tables = sorted({_SHARD.sub("", Path(name).stem) for name in names})
    if len(tables) > 1:
        got = f"{', '.join(tables[:5])} in {folder}"
        raise refusal("parquet files must be of one split", got, f"pass one file, or a pattern such as '{folder}/a*'")


def _pattern_of(name: str) -> str:
    """A pattern that other files of the split of ``name`` fit too."""
    first = name.split("/", maxsplit=1)[0]
    if first != name and split_of(f"{first}/"):
        return f"{first}/*"
    return f"*{next(word for word in _BETWEEN.split(name.lower()) if word in _SPLIT_OF)}*"


def split_of(name: str) -> str:
    """The split that a path names ("train", "test", ...), else ""."""
    *folders, last = name.lower().split("/")
    for found in map(_SPLIT_FOLDER.fullmatch, folders):
        if found:
            return _SPLIT_OF[found[1]]
    return next((_SPLIT_OF[word] for word in _BETWEEN.split(last) if word in _SPLIT_OF), "")
