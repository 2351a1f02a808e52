"""The reference of the command line, from the commands themselves."""

import re
from typing import Any

from json_keys import cell
from real_runs import EXAMPLES, output_of

MOST_LINES = 60  # of a real output
_KINDS = {"int": "NUMBER", "float": "NUMBER", "path": "FILE"}


def commands() -> dict[str, Any]:
    """Name -> command, in the order of the help."""
    import typer

    from remanifold.cli.app import build_app

    return dict(sorted(typer.main.get_command(build_app()).commands.items()))  # type: ignore[attr-defined]


def names_of(parameter: Any) -> list[str]:
    """The spellings of an option; the name of an argument."""
    if parameter.param_type_name == "argument":
        return [parameter.name.upper()]
    return [*parameter.opts, *parameter.secondary_opts]


def without_help(command: Any) -> list[str]:
    """Options and arguments that say nothing of themselves."""
    return [names_of(parameter)[0] for parameter in command.params if parameter.name != "help" and not parameter.help]


def _value(parameter: Any) -> str:
    """What an option takes, as its help writes it; nothing for a switch or an argument."""
    if getattr(parameter, "is_flag", False) or parameter.param_type_name == "argument":
        return ""
    return f" {cell(parameter.metavar or _KINDS.get(parameter.bare_type(), 'TEXT'))}"


def _default(parameter: Any) -> str:
    if parameter.required:
        return "required"
    value = parameter.default
    if value is None or value is False or value == () or callable(value):
        return ""
    return f"`{parameter.opts[0] if value is True else value}`"


def _row(parameter: Any) -> str:
    names = ", ".join(f"`{name}`" for name in names_of(parameter))
    return f"| {names}{_value(parameter)} | {cell(parameter.help or '')} | {_default(parameter)} |"


def options_table(command: Any) -> str:
    """A row for every argument and option."""
    rows = [_row(parameter) for parameter in command.params if parameter.name != "help"]
    return "\n".join(["| option | meaning | default |", "| --- | --- | --- |", *rows])


def _paragraphs(text: str) -> str:
    """A docstring of a command as Markdown: what Typer keeps as written stays so, the rest is prose."""
    return "\n\n".join(cell(" ".join(part.split())) for part in text.split("\n\n"))


def _shown(text: str) -> str:
    lines = [re.sub(r"^(.{150}).+", r"\1 …", line) for line in text.splitlines()]
    more = len(lines) - MOST_LINES
    return "\n".join(lines[:MOST_LINES] + ([f"… {more} lines more"] if more > 0 else []))


def command_page(name: str) -> str:
    """Markdown: what a command does, one real run, its arguments and options."""
    command, example = commands()[name], EXAMPLES[name]
    run = f"## Example\n\n```console\n$ remanifold {example}\n{_shown(output_of(example))}\n```"
    options = f"## Options\n\n{options_table(command)}"
    return "\n\n".join([_paragraphs(command.help or ""), run, options]) + "\n"


def command_list() -> str:
    """Markdown: a line for every command."""
    lines = [f"* [`remanifold {name}`](cli/{name}.md): {_first(command.help)}" for name, command in commands().items()]
    return "\n".join(lines) + "\n"


def _first(text: str) -> str:
    return cell(" ".join(text.split("\n\n", maxsplit=1)[0].split()))
