"""Words of a table that mean the same though they are spelled otherwise: Unicode, blanks, and letter case.

Canonical composition (NFC) and blanks never tell two words apart. Letter case does within the training rows, where
"us" and "US" may be two words; words of other tables that no training row has are read as the one training word that
differs from them in case or in compatibility forms (NFKC) alone.
"""

import unicodedata
from collections.abc import Iterable, Mapping

TRUTHS = (("false", "true"), ("no", "yes"), ("f", "t"), ("n", "y"))
"""Words of no and yes, in lower case."""
_UNSEEN = {0x200B: None, 0xFEFF: None}  # letters without width: a blank that is none, a mark of byte order


def spelled(word: str) -> str:
    """``word`` composed (NFC), with single blanks in it and none around it."""
    if word.isascii() and word.isalnum():
        return word
    return unicodedata.normalize("NFC", " ".join(word.translate(_UNSEEN).split()))


def same_words(words: Iterable[str], known: Iterable[str]) -> Mapping[str, str]:
    """Those of ``words`` that are none of ``known`` and spell one of them, and no other, otherwise -> that one."""
    there: dict[str, set[str]] = {}
    exact = set(known)
    for word in exact:
        there.setdefault(_key(word), set()).add(word)
    found = {word: there.get(_key(word), ()) for word in words if word not in exact}
    return {word: next(iter(meant)) for word, meant in found.items() if len(meant) == 1}


def _key(word: str) -> str:
    return unicodedata.normalize("NFKC", word).casefold()


def by_spelling(names: Iterable[str]) -> Mapping[str, str]:
    """Every name, and where no other is spelled like it also its spelling -> that name."""
    there: dict[str, list[str]] = {}
    for name in names:
        there.setdefault(spelled(name), []).append(name)
    alone = {spelling: found[0] for spelling, found in there.items() if len(found) == 1}
    return alone | {name: name for found in there.values() for name in found}
