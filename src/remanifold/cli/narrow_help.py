"""Help on narrow terminals: below 60 columns an option stands above what it means, not beside it."""

from typing import Any

_NARROW, _INDENT = 60, 4


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
