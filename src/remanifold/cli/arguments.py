"""Words of the command line, looked at before any command sees them: text that a report can hold, plain numbers."""

import inspect
import re
from collections.abc import Callable, Sequence
from typing import Any, get_args, get_type_hints

import typer

from remanifold._core.errors import refusal
from remanifold._core.files import no_text

_NO_VALUE = re.compile(r"--[a-z-]+=")
_OPPOSITES = ("--one-row-a-file", "--many-rows-a-file")


def require_text(arguments: Sequence[str]) -> None:
    """Refuse bytes that are not UTF-8, which no report and no sentence could hold, and words that are empty.

    A variable of the shell that is not set is an empty word, and as a path the folder that one is in.

    Raises:
        InvalidInput: with the word, "?" for what is no text.
    """
    bad = next(filter(None, map(no_text, arguments)), None)
    if bad is not None:
        raise refusal("options and names of files must be UTF-8", bad, "rename the file")
    for before, word in zip(("", *arguments), arguments):
        if word == "" or _NO_VALUE.fullmatch(word):
            option = word.rstrip("=") or (before if before.startswith("--") else "an argument")
            raise refusal(f"{option} must not be empty", "an empty word", "check the variable that was to hold it")


def require_one_of_a_pair(arguments: Sequence[str]) -> None:
    """Refuse an option beside its opposite, of which the parser takes the last.

    Raises:
        InvalidInput: if both are there.
    """
    given = list(arguments[: arguments.index("--")] if "--" in arguments else arguments)
    if all(word in given for word in _OPPOSITES):
        raise refusal(f"one of {' and '.join(_OPPOSITES)} must be given", "both", "leave one out")


def strict_numbers(command: Any) -> None:
    """Have the options of ``command`` and of its commands take numbers in plain ASCII only, not ``" 5"`` or ``1_0``."""
    for inner in getattr(command, "commands", {}).values():
        strict_numbers(inner)
    kinds = get_type_hints(inspect.unwrap(command.callback))
    for param in command.params:
        kind = _number_in(kinds.get(param.name))
        if kind is not None:
            param.process_value = _strict(param, kind, param.process_value)


def _number_in(kind: Any) -> str | None:
    """The parser's word for a number that is asked for: as it is, one or none, or several."""
    words = {int: "integer", float: "float"}
    if kind in words:
        return words[kind]
    return next((word for word in map(_number_in, get_args(kind)) if word), None)


def _strict(param: Any, kind: str, process: Callable[[Any, Any], Any]) -> Callable[[Any, Any], Any]:
    """``process`` of ``param``, which refuses text that Python reads as a number and nobody else does."""

    def processed(ctx: Any, value: Any) -> Any:
        for text in value if isinstance(value, list | tuple) else (value,):
            if isinstance(text, str) and (not text.isascii() or "_" in text or text != text.strip()):
                raise typer.BadParameter(f"{text!r} is not a valid {kind}.", ctx=ctx, param=param)
        return process(ctx, value)

    return processed
