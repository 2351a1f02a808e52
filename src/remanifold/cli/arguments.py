"""Words of the command line: looked at before any command sees them, and mistakes in them in one sentence."""

import inspect
import re
from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Any, get_args, get_type_hints

import typer

from remanifold._core.errors import refusal
from remanifold._core.files import no_text

_NO_VALUE = re.compile(r"--[a-z-]+=")
_OPPOSITES = ("--one-row-a-file", "--many-rows-a-file")
_POWER = re.compile(r"[+-]?\d+(\.\d*)?[eE]\+?\d{1,2}", re.ASCII)  # 1e3, 2.5e4


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


def require_version_alone(arguments: Sequence[str]) -> None:
    """Refuse words beside --version, which would leave without a look at them.

    Raises:
        InvalidInput: with the first of them.
    """
    if arguments[:1] == ["--version"] and len(arguments) > 1:
        raise refusal("remanifold --version takes nothing else", repr(arguments[1]), "leave it out")


def strict_numbers(command: Any) -> None:
    """Have the options of ``command`` and of its commands take numbers in plain ASCII only, not ``" 5"`` or ``1_0``.

    Whole numbers may be written as 1e3.
    """
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
        return process(ctx, value if kind == "float" else written_out(value))

    return processed


def written_out(value: Any) -> Any:
    """``value`` with 1000 for ``"1e3"``; as it is where that is no whole number, such as ``"1.5e0"``."""
    if isinstance(value, list | tuple):
        return type(value)(map(written_out, value))
    if not isinstance(value, str) or not _POWER.fullmatch(value):
        return value
    number = Decimal(value)
    return str(int(number)) if number == number.to_integral_value() else value


# typer carries its own copy of click in newer versions, so the classes are reached through what typer exports.
UsageError: Any = typer.BadParameter.__mro__[1]
_NEEDS = {"integer": "a whole number", "number": "a number", "float": "a number", "boolean": "yes or no"}


def usage_sentence(error: Any) -> str:
    """One sentence for a usage error that the parser raised."""
    command = error.ctx.command_path if error.ctx is not None else "remanifold"
    kind, message, see = type(error).__name__, error.message or "", f"see '{command} --help'"
    if kind == "NoSuchOption":
        hint = f"did you mean {' or '.join(sorted(error.possibilities))}? Or {see}" if error.possibilities else see
        return f"{command} must be given options that it has, but got {error.option_name}; {hint}."
    if kind == "MissingParameter":
        return f"{command} needs {_name(error)}, but got none; {see}."
    if kind == "BadOptionUsage":
        takes = "takes no value, but got one" if "not take" in message else "needs a value, but got none"
        return f"{error.option_name} {takes}; {see}."
    if isinstance(error, typer.BadParameter):
        return f"{_name(error)} {_bad_value(error)}; {see}."
    return f"{_bad_arguments(command, message)}; {see}."


def as_options(message: str) -> str:
    """``message`` with `max_queries` and other parameters in backquotes named as --max-queries.

    Messages of the library put nothing but parameters in backquotes.
    """
    return re.sub(r"`([a-z_]+)`", lambda found: "--" + found[1].replace("_", "-"), message)


def _bad_arguments(command: str, message: str) -> str:
    if "No such command" in message:
        return f"the command must be one that remanifold has, but got {_quoted(message)}"
    if "unexpected extra argument" in message:
        return f"{command} takes fewer arguments, but got {message[message.find('(', 30) + 1 : -1]} as well"
    return f"{command} cannot use this command line ({message.rstrip('.')})"


def _name(error: Any) -> str:
    if error.param is None:
        return str(error.param_hint or "an argument")
    return "/".join(error.param.opts) if error.param.param_type_name == "option" else error.param.name.upper()


def _bad_value(error: Any) -> str:
    """'must be a number, but got 'abc'', whether click or pydantic looked at the value."""
    need = next((need for word, need in _NEEDS.items() if word in error.message), None)
    came = repr(error.__cause__.errors()[0]["input"]) if hasattr(error.__cause__, "errors") else _quoted(error.message)
    if need is None or not came:
        return f"was not accepted ({error.message.rstrip('.')})"
    return f"must be {need}, but got {came}"


def _quoted(message: str) -> str:
    found = re.search(r"'.*'", message)
    return found[0] if found else ""
