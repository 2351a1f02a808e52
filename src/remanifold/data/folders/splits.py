"""Splits of a data set that lie in one folder: training set and test set must not become one data set unsaid."""

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from functools import lru_cache
from pathlib import Path

from remanifold._core.errors import refusal

ALL = "all"
"""``split`` of all files as one set, whatever their names say."""
_FAMILIES = {
    "train": ("train", "training"),
    "test": ("test", "testing"),
    "validation": ("validation", "valid", "val", "dev", "eval"),
    "holdout": ("holdout", "heldout"),
    "unlabeled": ("unlabeled", "unlabelled"),
}
_FAMILY_OF = {word: family for family, words in _FAMILIES.items() for word in words}
_ABBREVIATED = ("tr", "te", "ts", "va", "gallery", "query")  # splits only where two of them stand in one place
_LONGEST_FIRST = "|".join(sorted(_FAMILY_OF, key=len, reverse=True))
_SPLIT_FOLDER = re.compile(rf"(?:{_LONGEST_FIRST})(?:[-_ ]?(?:\d+|images?|imgs?|data|sets?|split))*")
_TOKENS = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+")  # DIV2K_train_HR, trainA, XTrain
_GLUED = re.compile(rf"[xy]?({_LONGEST_FIRST})(?:[xy]|set|sets|data|images?|imgs?)?")  # xtrain, testset
_JOINED = re.compile(rf"({_LONGEST_FIRST})(.+)|(.+?)({_LONGEST_FIRST})")  # latentstrain, if there is latentstest
_HELD_OUT = re.compile(r"(h[eo]ld)[-_ ]?(out)", re.IGNORECASE)


def one_split(folder: Path, names: Sequence[str], split: str | None) -> tuple[str, ...]:
    """Those of the ``names`` of files that belong to ``split``; all where none is asked for and none stands out.

    A name belongs to a split if one of its folders, or else the name itself, has the word among others:
    ``train/1.png``, ``data/train-00000-of-00002.parquet``, ``x_test.npy``, ``trainA/1.png``, ``DIV2K_valid_HR/1.png``.

    Args:
        folder: Where they lie, for sentences.
        names: Paths below it.
        split: The split asked for; `ALL`: all of them.

    Raises:
        InvalidInput: if there are several, or files of a split beside others, and none is asked for, or not the one
            asked for.
    """
    if split is not None and split.lower() == ALL:
        return tuple(names)
    found = _splits_of(names)
    splits = sorted(set(found.values()) - {""})
    if split is not None:
        chosen = tuple(name for name in names if found[name] in _meant(split.lower(), splits))
        if not chosen:
            known = ", ".join(splits) or "those that file names tell"
            raise refusal(f"the split must be one of {known}, or {ALL}", f"{split!r} for {folder}", "check it")
        return chosen
    others = [name for name in names if not found[name]] if splits else []
    if len(splits) > 1 or others:
        beside = f" and others, such as {others[0]}," if others else ""
        of_first = [name for name in names if found[name] == splits[0]]
        of_one_part = bool(others) and ("/" in others[0] or len(others) == 1)
        pattern = f"{folder}/{_pattern_of(others[0] if of_one_part else of_first[0])}"
        do = f"pass `split` as {splits[0]}, or as {ALL} where it is one set, or a pattern of those meant, '{pattern}'"
        raise refusal("the files of a folder must be of one split", f"{', '.join(splits)}{beside} in {folder}", do)
    return tuple(names)


def below_split(names: Sequence[str]) -> list[str]:
    """The paths below the folder that names their split: train/cat/1.png -> cat/1.png; as they are if one lies in none.

    Folders that differ in more than a split, its number and words such as images may be classes (trainA, trainB).
    """
    folders = {name.partition("/")[0] for name in names if "/" in name}
    one = len(folders) == 1 and all("/" in name for name in names) and _word_of(next(iter(folders))) != ""
    plain = all(_SPLIT_FOLDER.fullmatch(folder.lower()) for folder in folders)
    if not (one or (plain and folders and all("/" in name for name in names))):
        return list(names)
    return [name.partition("/")[2] for name in names]


def _meant(split: str, splits: Sequence[str]) -> set[str]:
    """The splits found that ``split`` asks for: the same word, else the one word of its family."""
    family = _FAMILY_OF.get(split, split)
    same = [other for other in splits if other == split]
    return set(same or [other for other in splits if _FAMILY_OF.get(other, other) == family][:1])


def _splits_of(names: Sequence[str]) -> dict[str, str]:
    """The split of each of the ``names``, "" for none: its family, or the word where two of a family are there."""
    words = {name: _path_word(name) for name in names}
    if not any(words.values()):
        in_pairs = _in_pairs({_part(name) for name in names})
        return {name: in_pairs.get(_part(name), "") for name in names}
    of_family: defaultdict[str, set[str]] = defaultdict(set)
    for word in set(words.values()) - {""}:
        of_family[_FAMILY_OF[word]].add(word)
    called = {word: family if len(all_) == 1 else word for family, all_ in of_family.items() for word in all_}
    return {name: called.get(word, "") for name, word in words.items()}


def _path_word(path: str) -> str:
    """The word of a split in a path: of its first folder that has one, else of the name of the file."""
    *folders, last = path.split("/")
    in_folders = (word for word in map(_word_of, folders) if word)
    return next(in_folders, "") or _word_of(_stem(last))


@lru_cache(maxsize=10_000)
def _word_of(part: str) -> str:
    tokens = map(_GLUED.fullmatch, _tokens(part))
    return next((found[1] for found in tokens if found), "")


def _tokens(part: str) -> list[str]:
    """Its words in small letters: of camel case, between digits and signs."""
    return [token.lower() for token in _TOKENS.findall(_HELD_OUT.sub(r"\1\2", part))]


def _in_pairs(parts: Iterable[str]) -> dict[str, str]:
    """Splits told only by comparison: imagesTr beside imagesTs, latentstrain beside latentstest."""
    places: defaultdict[tuple[str, ...], dict[str, str]] = defaultdict(dict)
    for part in parts:
        tokens = _tokens(part)
        for k, token in enumerate(tokens):
            if token in _ABBREVIATED:
                places[(*tokens[:k], "", *tokens[k + 1 :])][part] = token
            elif found := _JOINED.fullmatch(token):
                rest = found[2] or found[3]
                places[(*tokens[:k], rest, *tokens[k + 1 :])][part] = found[1] or found[4]
    return {part: word for place in places.values() if len(set(place.values())) > 1 for part, word in place.items()}


def _part(name: str) -> str:
    """What tells a part of the folder: the first folder, or the name of a file without its ending."""
    first, slash, _ = name.partition("/")
    return first if slash else _stem(first)


def _stem(name: str) -> str:
    return name.rpartition(".")[0] or name


def _pattern_of(name: str) -> str:
    """A pattern that other files of the split of ``name`` fit too."""
    first, slash, _ = name.partition("/")
    if slash:
        return f"{first}/*"
    word = _word_of(_stem(name))
    return f"*{word}*" if word and word in name else name
