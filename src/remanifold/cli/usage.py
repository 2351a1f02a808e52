"""Mistakes in the command line itself, said in one sentence: what was needed, what came, what to do."""

import re
from typing import Any

import typer

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
