"""Compares what a page shows as output with what its code really prints.

Words must agree one by one, whatever the line breaks. Numbers may differ by a share, since other machines round
otherwise. A line of three dots stands for anything.
"""

import re

_NUMBER = re.compile(r"[-+−]?\d[\d,]*\.?\d*(?:e[-+]?\d+)?")
_POWER = re.compile(r"[\d.]+ × 10[⁻⁰¹²³⁴-⁹]+")
_CLOSE = 0.03
_ROUGH = 0.5


def difference(shown: str, printed: str, *, rough: bool = False) -> str | None:
    """None where ``printed`` is what the page shows, else the first words that differ.

    Numbers agree within 3 % or one unit of the last digit shown; with ``rough``, of trained networks, within half,
    and small p-values count as alike.
    """
    if rough:
        shown, printed = (_POWER.sub("tiny", text) for text in (shown, printed))
    pieces = [piece.split() for piece in re.split(r"(?m)^\s*\.\.\.\s*$", shown)]
    words = printed.split()
    place = 0
    for number, piece in enumerate(pieces):
        last = number == len(pieces) - 1
        starts = [len(words) - len(piece)] if last and number else [place]
        if number and not last:
            starts = list(range(place, len(words) - len(piece) + 1))
        tried = [(start, _first_difference(piece, words[start : start + len(piece)], rough)) for start in starts]
        fits = [start for start, unlike in tried if unlike is None and start >= place]
        if not fits:
            return tried[0][1] if tried and tried[0][1] else f"{' '.join(piece)!r} is missing"
        place = fits[0] + len(piece)
    return None if place == len(words) else f"{' '.join(words[place : place + 8])!r} is not shown"


def _first_difference(shown: list[str], printed: list[str], rough: bool) -> str | None:
    if len(shown) != len(printed):
        return f"shown {' '.join(shown[:8])!r}, printed {' '.join(printed[:8])!r}"
    for place, (one, other) in enumerate(zip(shown, printed)):
        if not _alike(one, other, rough):
            around = slice(max(0, place - 3), place + 4)
            return f"shown {' '.join(shown[around])!r}, printed {' '.join(printed[around])!r}"
    return None


def _alike(shown: str, printed: str, rough: bool) -> bool:
    if _NUMBER.sub("#", shown) != _NUMBER.sub("#", printed):
        return False
    pairs = zip(_NUMBER.findall(shown), _NUMBER.findall(printed))
    return all(_near(one, other, rough) for one, other in pairs)


def _near(shown: str, printed: str, rough: bool) -> bool:
    one, other = (float(text.replace(",", "").replace("−", "-")) for text in (shown, printed))
    digits = shown.partition("e")[0].partition(".")[2]
    unit = 10.0 ** -len(digits) if digits else 1.0
    return abs(one - other) <= max(1.01 * unit, (_ROUGH if rough else _CLOSE) * max(abs(one), abs(other)))
