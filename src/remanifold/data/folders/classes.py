"""Labels of the files of a folder: from dataset.json, else from the names of sub-folders that are classes."""

import json
import re
from collections.abc import Sequence
from pathlib import Path, PurePosixPath
from typing import Any

from numpy.typing import NDArray

from remanifold._core.errors import InvalidInput, refusal
from remanifold.data.folders.splits import split_of
from remanifold.data.labels import label_array, text_labels
from remanifold.data.points import RowNames

LABEL_FILE = "dataset.json"
_PARTS = re.compile(r"(?:shard|part|chunk|batch|fold)s?[-_. ]?\d+", re.IGNORECASE)
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
    named = [_below_split(name) for name in names]
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
    return {"labels": text_labels(classes), "label_source": "names of the sub-folders"}, words


def _below_split(name: str) -> str:
    """The path below the folder that names a split: train/cat/1.png -> cat/1.png."""
    parts = name.split("/")
    return "/".join(parts[1:]) if len(parts) > 1 and split_of(f"{parts[0]}/") else name


def _number_shards(folders: Sequence[str], names: Sequence[str]) -> bool:
    """Whether ``folders`` count parts of one set; numbers as 0, 1, 2 or names that begin anew in each are classes."""
    if all(_PARTS.fullmatch(folder) for folder in folders):
        return True
    counted = all(folder.isdecimal() and len(folder) >= _LONG for folder in folders)
    if not counted or not any(folder.startswith("0") for folder in folders):
        return False
    stems = [name.rpartition("/")[2].rpartition(".")[0] for name in names]
    return len(set(stems)) == len(stems)  # files are numbered through


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
