"""Files that a command writes, and checkpoints beside them."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from remanifold._core.errors import refusal, require
from remanifold._core.files import require_writable_directory
from remanifold.cli.output import echo


def require_target(out: Path, kinds: Sequence[str]) -> str:
    """The ending of the file ``out``, one of ``kinds`` in small letters; refused where it cannot be written.

    Raises:
        InvalidInput: in one sentence.
    """
    kind = out.suffix.lower()
    require(kind in kinds, f"--out must end in one of {', '.join(kinds)}", out, "change the name")
    if out.is_dir():
        raise refusal("--out must name a file", f"the directory {out}", "name a file in it")
    require_writable_directory(out.parent)
    return kind


@contextmanager
def told_where(*checkpoints: Path) -> Iterator[None]:
    """Say after Ctrl-C or SIGTERM which of the ``checkpoints`` hold finished work."""
    try:
        yield
    except KeyboardInterrupt:
        kept = [str(place) for place in checkpoints if place.exists() or _running(place).exists()]
        if kept:
            echo(f"finished work is kept in {' and '.join(kept)}; the same command goes on from there", err=True)
        raise


def _running(checkpoint: Path) -> Path:
    """Where the batch under way is kept."""
    return checkpoint.with_name(f"{checkpoint.name}.running")
