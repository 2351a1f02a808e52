"""What commands print: every line passes here, so that no name of other people's data steers the terminal."""

import os
import shutil
import textwrap
from typing import Any

import typer

from remanifold._core.shown import plain, tied

_LEAST, _MOST, _NO_TERMINAL = 40, 200, 100
_TIE = "\ue000"  # of private use: a space at which no line breaks
_NARROW, _INDENT = 60, 4  # of help: below, options stand above what they mean, not beside it


def width() -> int:
    """Columns of the terminal, from 40 to 200; 100 where there is none and COLUMNS is not set."""
    return min(max(shutil.get_terminal_size((_NO_TERMINAL, 24)).columns, _LEAST), _MOST)


def echo(text: object, *, err: bool = False, nl: bool = True) -> None:
    """Print ``text``, control characters written out, on standard output or standard error."""
    typer.echo(plain(str(text)), err=err, nl=nl)


def heading(text: str, colour: str | None = None) -> None:
    """Print ``text`` in bold where the output has letters in bold; wrapped, without style where NO_COLOR is set."""
    wrapped = textwrap.fill(tied(plain(text.lstrip("\n")), _TIE), width(), break_on_hyphens=False).replace(_TIE, " ")
    before = "\n" * (len(text) - len(text.lstrip("\n")))
    if os.environ.get("NO_COLOR"):
        typer.echo(before + wrapped)
    else:
        typer.secho(before + wrapped, fg=colour, bold=True)


def paragraph(text: str, first: str = "", rest: str | None = None) -> None:
    """Print ``text`` as lines of the terminal's width, the first after ``first``, the others after ``rest``."""
    after = first if rest is None else rest
    whole = tied(plain(text), _TIE)
    lines = textwrap.wrap(whole, width(), initial_indent=first, subsequent_indent=after, break_on_hyphens=False)
    typer.echo("\n".join(lines).replace(_TIE, " "))


def npy_bytes(array: Any) -> bytes:
    """``array`` as the content of a .npy file."""
    import io

    import numpy as np

    content = io.BytesIO()
    np.save(content, array, allow_pickle=False)
    return content.getvalue()


def readable_when_narrow(command: Any) -> None:
    """Have the help of ``command`` and of its commands write options and texts one above the other where it is narrow.

    The formatter is reached through the command: newer versions of typer carry their own copy of click.
    """
    context: Any = command.context_class

    class Formatter(context.formatter_class):
        def write_dl(self, rows: Any, *columns: Any, **named: Any) -> None:
            if self.width >= _NARROW:
                super().write_dl(rows, *columns, **named)
            else:
                super().write_dl(rows, col_max=_INDENT, col_spacing=2)

    class Context(context):
        formatter_class = Formatter

    for inner in (command, *getattr(command, "commands", {}).values()):
        inner.context_class = Context
