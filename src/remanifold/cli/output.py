"""What commands print: every line passes here, so that no name of other people's data steers the terminal."""

from typing import Any

import typer

from remanifold._core.shown import plain


def echo(text: object, *, err: bool = False, nl: bool = True) -> None:
    """Print ``text``, control characters written out, on standard output or standard error."""
    typer.echo(plain(str(text)), err=err, nl=nl)


def heading(text: str, colour: str | None = None) -> None:
    """Print ``text`` in bold where the output has letters in bold."""
    typer.secho(plain(text), fg=colour, bold=True)


def npy_bytes(array: Any) -> bytes:
    """``array`` as the content of a .npy file."""
    import io

    import numpy as np

    content = io.BytesIO()
    np.save(content, array, allow_pickle=False)
    return content.getvalue()
