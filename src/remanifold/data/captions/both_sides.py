"""Captions of the training rows and of the hold-out, from one file or from two."""

from dataclasses import dataclass
from os import PathLike
from pathlib import Path, PurePosixPath

from remanifold._core.errors import InvalidInput, refusal, require
from remanifold.data.captions.open import CaptionsLike, one_file, open_captions
from remanifold.data.points import Points

OF_HOLDOUT = "captions of the hold-out"
_WAYS = "metadata.jsonl or metadata.csv (file_name, text) or a .txt beside each picture"


@dataclass(frozen=True)
class RowCaptions:
    """Captions in the order of the rows.

    Attributes:
        training: Of the training rows, (P,).
        holdout: Of the hold-out, (Q,); None without one.
        reading: How they were found, in sentences.
    """

    training: tuple[str, ...]
    holdout: tuple[str, ...] | None
    reading: tuple[str, ...] = ()


def captions_of_both(
    captions: CaptionsLike | None,
    holdout_captions: CaptionsLike | None,
    prompt: str | None,
    points: Points,
    holdout: Points | None,
) -> RowCaptions:
    """The captions of both sides.

    Args:
        captions: Of the training rows, see `open_captions`; a file may name the pictures of both sides.
        holdout_captions: Of the hold-out; by default those of that file, or beside its pictures.
        prompt: One caption of every row instead.
        points, holdout: The rows.

    Raises:
        InvalidInput: if a row has none.
    """
    if prompt is not None:
        both = captions is None and holdout_captions is None
        require(both, "`prompt` must come without `captions`", "both", "pass one of them")
        require(prompt.strip(), "`prompt` must be a text", repr(prompt[:40]), "write the prompt of the training")
        if _is_file(prompt):
            do = "pass it as `captions`, or write the prompt itself"
            raise refusal("`prompt` must be a text", f"{prompt}, the name of a file", do)
        n_holdout = 0 if holdout is None else holdout.n_points
        other = None if holdout is None else (prompt,) * n_holdout
        return RowCaptions((prompt,) * points.n_points, other, ("one prompt for every row",))
    own, words = open_captions(captions, points)
    if own is None:
        got = f"none: no {_WAYS} in {points.record.source}"
        do = "pass `captions`, or the `prompt` of the training if it was one for all"
        raise refusal("a text-conditional model must be asked with the caption of every training row", got, do)
    if holdout is None:
        bare = holdout_captions is None
        require(bare, f"{OF_HOLDOUT} must come with a hold-out", "none", "pass the hold-out too")
        return RowCaptions(own, None, words)
    other, told = _of_holdout(captions, holdout_captions, points, holdout)
    if other is None:
        got = f"none: no {_WAYS} in {holdout.record.source}"
        do = "pass `holdout_captions`, or name its pictures in `captions`"
        raise refusal("a text-conditional model must be asked with the caption of every hold-out row", got, do)
    return RowCaptions(own, other, (*words, *told))


def _is_file(prompt: str) -> bool:
    """Whether a prompt is the name of a file, which the user meant to be read."""
    try:
        return Path(prompt).is_file()
    except (OSError, ValueError):  # no file can be called so
        return False


def _of_holdout(
    captions: CaptionsLike | None, given: CaptionsLike | None, points: Points, holdout: Points
) -> tuple[tuple[str, ...] | None, tuple[str, ...]]:
    if given is not None:
        twice = isinstance(captions, str | PathLike) and isinstance(given, str | PathLike) and one_file(captions, given)
        need = "one file of captions of both sides must tell their pictures by names that do not recur"
        do = "give each side a file of its own, or rename the pictures of one"
        require(not twice or _apart(points, holdout), need, "names that do, or none", do)
        return open_captions(given, holdout, OF_HOLDOUT)
    beside = open_captions(None, holdout, OF_HOLDOUT)
    if beside[0] is not None or not isinstance(captions, str | PathLike):
        return beside
    if not _apart(points, holdout):
        return beside
    try:
        return open_captions(captions, holdout, OF_HOLDOUT)
    except InvalidInput:  # a file of the training rows alone
        return beside


def _apart(points: Points, holdout: Points) -> bool:
    """Whether no picture of the hold-out is called as one of the training rows: one file can then name both."""
    own, other = ({PurePosixPath(name).stem for name in one.row_names or ()} for one in (points, holdout))
    return bool(own and other) and not own & other
