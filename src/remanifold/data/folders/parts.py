"""Files that are parts of one array or table: told by their names, and all of them there."""

import re
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path, PurePosixPath

from remanifold._core.errors import refusal

_HASH = re.compile(r"[-_.][0-9a-f]{16,}$|-[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}.*$")
_NUMBER = re.compile(r"[-_. ]*\d+")
_OF = re.compile(r"^(.*?)(\d+)[-_ ]?of[-_ ]?(\d+)(?!\d)")
NUMBERED = re.compile(r"\d+[-_ ]?of[-_ ]?\d+(?!\d)")
"""Part 3-of-8, anywhere in a name."""


def sets_of(names: Sequence[str]) -> list[str]:
    """Names of the sets that files are parts of: their paths without ending, numbers and hashes, each once, sorted.

    part-0, part-1 are of one set; real and fake, en/part-0 and de/part-0 are of two.
    """
    return sorted({_NUMBER.sub("#", _HASH.sub("", _bare(name))) for name in names})


def require_all_parts(folder: Path, names: Sequence[str]) -> None:
    """Refuse (`InvalidInput`) files numbered as 3-of-8 of which some are missing."""
    present: defaultdict[tuple[str, str], set[int]] = defaultdict(set)
    for name in names:
        found = _OF.match(_bare(name))
        if found:
            present[found[1], found[3]].add(int(found[2]))
    for (before, total), numbers in present.items():
        first = 0 if 0 in numbers else 1
        wanted = range(first, first + int(total)) if len(total) < 7 else range(0)
        missing = [k for k in wanted if k not in numbers]
        if missing:
            got = f"{len(numbers)} of {before}...-of-{total} in {folder}, without number {missing[0]}"
            ending = PurePosixPath(names[0]).suffix
            do = f"fetch the rest, or pass a pattern of those meant, such as '{folder}/*{ending}'"
            raise refusal("all parts of a set must be there", got, do)


def require_one_set(folder: Path, names: Sequence[str], what: str, do: str) -> None:
    """Refuse (`InvalidInput`) files whose names do not say that they are parts of one set.

    Args:
        folder: Where they lie.
        names: Paths below it.
        what: What the files are, as a sentence begins.
        do: What else to pass than one of them.
    """
    sets = sets_of(names)
    if len(sets) > 1:
        few = ", ".join(next(name for name in names if sets_of([name])[0] == one) for one in sets[:3])
        got = f"{few}{', ...' if len(sets) > 3 else ''} in {folder}"
        raise refusal(f"{what} must be parts of one set, such as part-0 and part-1", got, f"pass one of them, {do}")


def _bare(name: str) -> str:
    """The path without its ending."""
    return str(PurePosixPath(name).with_suffix(""))
