"""What lies in a folder: regular files by kind, and what is not looked at."""

import os
import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path

from remanifold._core.errors import refusal, require

_HIDDEN = ("__MACOSX",)
_NO_TEXT = re.compile("[\x00-\x1f\x7f\ud800-\udfff]")  # surrogates stand for bytes that are not UTF-8
_SHOWN = 6  # kinds in one sentence


@dataclass(frozen=True)
class Listing:
    """Files of a folder and of its sub-folders.

    Attributes:
        folder: The folder.
        names: Paths of the regular files below it with / between the parts, sorted; hidden ones are left out.
        hidden: Number of hidden files and folders, which are not looked at.
        links: Number of links that are not followed: to folders, or to nothing.
        special: Number of pipes, devices and sockets.
        outside: Those names that are links to files outside of the folder.
    """

    folder: Path
    names: tuple[str, ...]
    hidden: int = 0
    links: int = 0
    special: int = 0
    outside: frozenset[str] = frozenset()

    def of(self, suffixes: Iterable[str]) -> tuple[str, ...]:
        """The names that end in one of ``suffixes`` (lower case, with their dot)."""
        wanted = tuple(suffixes)
        return tuple(name for name in self.names if suffix_of(name) in wanted)

    def paths(self, names: Iterable[str]) -> list[Path]:
        """The files of ``names``."""
        return [self.folder / name for name in names]

    def beside(self, names: Iterable[str]) -> tuple[str, ...]:
        """Sentences about all that lies in the folder and is not one of ``names``."""
        used = set(names)
        others = kinds(name for name in self.names if name not in used)
        unseen = {
            "hidden files or folders": self.hidden,
            "links that lead to folders or nowhere": self.links,
            "pipes or devices": self.special,
        }
        parts = [f"{n} {what}" for what, n in unseen.items() if n]
        left = ", ".join([*([others] if others else []), *parts])
        n_outside = len(self.outside & used)
        links = (f"{n_outside} of the files are links to files outside of the folder",) if n_outside else ()
        return (*links, *((f"left out in the folder: {left}",) if left else ()))


def listing_of(folder: Path, pattern: str | None = None) -> Listing:
    """All that lies below ``folder``, or of it the files that fit ``pattern``.

    ``*`` is any text, ``**/`` any folders or none, ``?`` any letter, ``[ab]`` one of these.

    Raises:
        InvalidInput: if no file fits the pattern, or for the root of the file system.
    """
    names: list[str] = []
    hidden = links = special = 0
    outside: list[str] = []
    root = os.path.realpath(folder)
    require(root != os.sep, "data must be in a folder of their own", "the root of the file system", "name that folder")
    waiting = [("", str(folder))]  # a million files are usual: strings, and what the system tells with their names
    while waiting:
        below, place = waiting.pop()
        with os.scandir(place) as entries:
            for entry in entries:
                if entry.name.startswith(".") or entry.name in _HIDDEN:
                    hidden += 1
                elif entry.is_dir(follow_symlinks=False):
                    waiting.append((f"{below}{entry.name}/", entry.path))
                elif _is_file(entry):
                    names.append(f"{below}{entry.name}")
                    if entry.is_symlink() and not os.path.realpath(entry.path).startswith(f"{root}{os.sep}"):
                        outside.append(names[-1])
                elif entry.is_symlink():
                    links += 1
                else:
                    special += 1
    _require_text(names, folder)
    if pattern is None:
        return Listing(folder, tuple(sorted(names)), hidden, links, special, frozenset(outside))
    forms = {pattern, pattern.replace("**/", "")}  # ** is any number of folders, none too
    fitting = tuple(sorted(name for name in names if any(fnmatchcase(name, form) for form in forms)))
    if not fitting:
        raise refusal(f"files of {folder} must fit the pattern {pattern}", "none that do", "check the pattern")
    return Listing(folder, fitting, outside=frozenset(outside))


def _is_file(entry: os.DirEntry[str]) -> bool:
    """Whether it is a regular file, or a link to one."""
    try:
        return entry.is_file()
    except OSError:  # links in a circle
        return False


def _require_text(names: list[str], folder: Path) -> None:
    """Refuse (`InvalidInput`) names that no report could hold."""
    bad = next(filter(_NO_TEXT.search, names), None)
    if bad is not None:
        shown = _NO_TEXT.sub("?", bad)
        raise refusal(f"names of files in {folder} must be UTF-8 without control characters", shown, "rename the file")


def suffix_of(name: str) -> str:
    """The end of a file's name after its last dot, with the dot, in lower case."""
    last = name.rpartition("/")[2]
    start, dot, end = last.rpartition(".")
    return f".{end.lower()}" if start and dot else ""


def kinds(names: Iterable[str]) -> str:
    """How many files of which kinds: "3 .json, 2 .npy"."""
    counts = Counter(suffix_of(name) or "without a suffix" for name in names).most_common()
    shown = [f"{n} {suffix}" for suffix, n in counts[:_SHOWN]]
    rest = sum(n for _, n in counts[_SHOWN:])
    return ", ".join([*shown, *([f"{rest} others"] if rest else [])])
