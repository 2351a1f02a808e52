"""What commands print: every line passes here, so that no name of other people's data steers the terminal."""

import os
import shutil
import textwrap
from typing import Any

import typer

from remanifold._core.shown import plain

_LEAST, _MOST, _NO_TERMINAL = 40, 200, 100


def width() -> int:
    """Columns of the terminal, from 40 to 200; 100 where there is none and COLUMNS is not set."""
    return min(max(shutil.get_terminal_size((_NO_TERMINAL, 24)).columns, _LEAST), _MOST)


def echo(text: object, *, err: bool = False, nl: bool = True) -> None:
    """Print ``text``, control characters written out, on standard output or standard error."""
    typer.echo(plain(str(text)), err=err, nl=nl)


def heading(text: str, colour: str | None = None) -> None:
    """Print ``text`` in bold where the output has letters in bold; wrapped, without style where NO_COLOR is set."""
    wrapped = textwrap.fill(plain(text.lstrip("\n")), width())
    before = "\n" * (len(text) - len(text.lstrip("\n")))
    if os.environ.get("NO_COLOR"):
        typer.echo(before + wrapped)
    else:
        typer.secho(before + wrapped, fg=colour, bold=True)


def paragraph(text: str, first: str = "", rest: str | None = None) -> None:
    """Print ``text`` as lines of the terminal's width, the first after ``first``, the others after ``rest``."""
    after = first if rest is None else rest
    lines = textwrap.wrap(plain(text), width(), initial_indent=first, subsequent_indent=after, break_on_hyphens=False)
    typer.echo("\n".join(lines))


def npy_bytes(array: Any) -> bytes:
    """``array`` as the content of a .npy file."""
    import io

    import numpy as np

    content = io.BytesIO()
    np.save(content, array, allow_pickle=False)
    return content.getvalue()
