"""Finished work of a comparison, kept in a folder so that a run that was stopped goes on."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from remanifold._core.errors import InvalidInput
from remanifold._core.files import remove_if_empty
from remanifold._core.kept.until_written import when_written
from remanifold.audits.network.models import NamedModel

PROFILE, EXACT = "profile.part", "exact-losses.part"
"""Files of the collapse of the data and of the losses of the empirical score."""


def samples_part(folder: Path, k: int) -> Path:
    """File of the samples of model ``k`` under way."""
    return folder / f"samples-{k}.part"


@contextmanager
def kept_work(folder: Path | None, models: Sequence[NamedModel]) -> Iterator[None]:
    """Work within leaves its files in ``folder`` where it is stopped; none where it ends, or is refused at its first.

    A refusal in a folder that a stopped run left keeps what that run had finished.
    """
    if folder is None:
        yield
        return
    missing = [place for place in (folder, *folder.parents) if not place.exists()]
    try:
        yield
    except InvalidInput:
        if missing:
            _remove(folder, models)
            for place in missing:
                remove_if_empty(place)
        raise
    when_written(lambda: _remove(folder, models))


def _remove(folder: Path, models: Sequence[NamedModel]) -> None:
    for name in (PROFILE, EXACT):
        (folder / name).unlink(missing_ok=True)
    for k, model in enumerate(models):
        samples_part(folder, k).unlink(missing_ok=True)
        model.asked(model.source, "").remove_checkpoints()
    remove_if_empty(folder)
