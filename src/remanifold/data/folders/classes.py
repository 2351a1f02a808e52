"""Labels of the files of a folder: from dataset.json, else from the names of sub-folders that are classes."""

import json
import re
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path, PurePosixPath
from typing import Any

from numpy.typing import NDArray

from remanifold._core.errors import InvalidInput, refusal
from remanifold.data.folders.splits import below_split
from remanifold.data.labels import label_array, text_labels
from remanifold.data.points import RowNames

LABEL_FILE = "dataset.json"
_PARTS = re.compile(r"(?:[a-z]+[-_. ])*(?:shard|part|chunk|batch|fold)s?[-_. ]?\d+", re.IGNORECASE)
_COUNTED = re.compile(r"(?:[a-z]+[-_])?\d+(?:-\d+)?|[a-z]\d{1,3}", re.IGNORECASE)  # 000, s0, img_0000-0999
_HASHED, _HEX = re.compile(r"[0-9a-f]{1,4}"), re.compile(r"[0-9a-f]+")
_SHOWN = 4  # classes in a sentence
_LONG = 4  # digits from which a number with a leading zero counts shards: 00000, 00001


def labels_of(folder: Path, names: Sequence[str]) -> tuple[RowNames, tuple[str, ...]]:
    """Labels of the files ``names`` (paths below ``folder``), and sentences about how they were found or why not.

    The dataset.json of StyleGAN and EDM comes first: {"labels": [[name, label], ...]}. Else the first folder of every
    path is its class, if all files lie in one of several; folders that number shards (00000, part-3) are none.

    Raises:
        InvalidInput: if dataset.json is damaged or has labels of some files only.
    """
    listed, words = _listed_labels(folder, names)
    if listed is not None:
        return {"labels": listed, "label_source": f"{LABEL_FILE} of {folder}"}, words
    named = below_split(names)
    classes = [name.split("/")[0] if "/" in name else "" for name in named]
    several = sorted(set(classes) - {""})
    if not several:
        return {}, words
    if len(set(classes)) == 1:
        return {}, (*words, f"no labels from sub-folders: all files lie in {several[0]}")
    if "" in classes:
        n = classes.count("")
        return {}, (*words, f"no labels from sub-folders: {n} {'file lies' if n == 1 else 'files lie'} in none")
    if _number_shards(several, named):
        apart = f"no labels from sub-folders: {several[0]}, {several[1]}, ... number shards"
        return {}, (*words, apart)
    few = f"{', '.join(several[:_SHOWN])}{', ...' if len(several) > _SHOWN else ''}"
    words = (*words, f"labels from {len(several)} sub-folders: {few}")
    return {"labels": text_labels(classes), "label_source": "names of the sub-folders"}, words


def _number_shards(folders: Sequence[str], names: Sequence[str]) -> bool:
    """Whether ``folders`` are parts of one set and no classes.

    They are if they are called so (part-3), if each begins the names of its files (3a/3a7f.png), or if they count
    (000, s1, 0-999) and the files are numbered through them. Where the numbers of files begin anew in each, or the
    folders alternate as files are counted, they are classes.
    """
    if all(_PARTS.fullmatch(folder) for folder in folders) or _begin_names(folders, names):
        return True
    if all(_COUNTED.fullmatch(folder) for folder in folders) and _in_blocks(names):
        return True
    counted = all(folder.isdecimal() and len(folder) >= _LONG for folder in folders)
    if not counted or not any(folder.startswith("0") for folder in folders):
        return False
    stems = list(map(_stem, names))
    return len(set(stems)) == len(stems)  # files are numbered through


def _begin_names(folders: Sequence[str], names: Sequence[str]) -> bool:
    """Whether files lie in folders by the first letters of their hashes."""
    if not all(_HASHED.fullmatch(folder.lower()) for folder in folders):
        return False
    stems = [(name.partition("/")[0].lower(), _stem(name).lower()) for name in names]
    return all(len(stem) > len(first) and stem.startswith(first) and _HEX.fullmatch(stem) for first, stem in stems)


def _in_blocks(names: Sequence[str]) -> bool:
    """Whether files are numbered through the folders: every folder has the numbers from its first to its last."""
    numbers = [re.search(r"(\d+)\D*$", _stem(name)) for name in names]
    if not all(numbers):
        return False
    counted = sorted((int(found[1]), name.partition("/")[0]) for found, name in zip(numbers, names) if found)
    blocks = 1 + sum(one[1] != other[1] for one, other in pairwise(counted))
    single = len({number for number, _ in counted}) == len(counted)
    return single and len(counted) > blocks == len({first for _, first in counted})


def _stem(name: str) -> str:
    return name.rpartition("/")[2].rpartition(".")[0]


def _listed_labels(folder: Path, names: Sequence[str]) -> tuple[NDArray[Any] | None, tuple[str, ...]]:
    path = folder / LABEL_FILE
    if not path.is_file():
        return None, ()
    try:
        content = json.loads(path.read_bytes())
    except (ValueError, RecursionError) as error:
        do = "write it again, or move it elsewhere"
        raise InvalidInput(f"{LABEL_FILE} must be JSON, but got a damaged {path}; {do}.") from error
    pairs = content.get("labels") if isinstance(content, dict) else None
    if not isinstance(pairs, list) or not pairs or not all(map(_is_pair, pairs)):
        return None, (f"no labels from {LABEL_FILE}: it has none as [file, whole number]",)
    label_of: dict[str, int | str] = {}
    for name, label in pairs:
        file = PurePosixPath(name.replace("\\", "/")).as_posix()
        if label_of.setdefault(file, label) != label:
            raise refusal(f"{LABEL_FILE} must give a file one label", f"two for {file} in {path}", "keep one of them")
    missing = [name for name in names if name not in label_of]
    if missing:
        need = f"{LABEL_FILE} must have a label of every file of the folder"
        raise refusal(need, f"none of {missing[0]} ({len(missing)} missing) in {path}", "complete or move it")
    return label_array([label_of[name] for name in names]), (f"labels matched by file name in {LABEL_FILE}",)


def _is_pair(pair: Any) -> bool:
    return isinstance(pair, list) and len(pair) == 2 and isinstance(pair[0], str) and isinstance(pair[1], int | str)
