"""The application: its commands, and one place that turns every error into one line and an exit code."""

import sys
from collections.abc import Sequence
from importlib import import_module
from typing import Annotated

import typer
from typer import Option

from remanifold._core.errors import InvalidInput, NotConverged
from remanifold._core.version import __version__
from remanifold.cli.options import as_options
from remanifold.cli.usage import UsageError, usage_sentence

_COMMANDS = (
    "audit", "benchmark_audits", "copies", "diagram", "duplicates", "phases", "reproduce", "simulate",
)  # fmt: skip
_BAD_INPUT, _INTERRUPTED = 2, 130


def build_app() -> typer.Typer:
    """The typer application with every command registered."""
    app = typer.Typer(
        name="remanifold",
        help="When does a diffusion model memorize its training data, and when does it generalize best?",
        epilog="Exit codes: 0 done, 1 a limit you named was exceeded, 2 bad input, 130 interrupted.",
        add_completion=False,
        pretty_exceptions_enable=False,
        rich_markup_mode=None,  # rich costs 0.1 s of every --help
    )
    app.callback(invoke_without_command=True)(_front)
    for name in _COMMANDS:
        module = import_module(f"remanifold.cli.{name}")
        app.command(name.replace("_", "-"), epilog=module.EPILOG)(getattr(module, f"{name}_command"))
    return app


def run(argv: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit code; never a traceback for bad input, never a box of usage."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    command = typer.main.get_command(build_app())
    try:
        code = int(command.main(args=arguments, prog_name="remanifold", standalone_mode=False) or 0)
        if code != _INTERRUPTED:  # typer turns Ctrl-C into this code without a word
            return code
        raise KeyboardInterrupt
    except UsageError as error:
        return _say(usage_sentence(error), _BAD_INPUT)
    except (InvalidInput, NotConverged) as error:
        return _say(as_options(str(error)), _BAD_INPUT)
    except (typer.Abort, KeyboardInterrupt):
        return _say("interrupted; nothing was left half-written.", _INTERRUPTED)


def _say(sentence: str, code: int) -> int:
    sys.stderr.write(f"remanifold: {' '.join(sentence.split())}\n")
    return code


def _print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"remanifold {__version__}")
        raise typer.Exit


def _front(
    context: typer.Context,
    version: Annotated[
        bool, Option("--version", callback=_print_version, is_eager=True, help="Print the version and leave.")
    ] = False,
) -> None:
    """When does a diffusion model memorize its training data, and when does it generalize best?"""
    if context.invoked_subcommand is None:
        typer.echo(context.get_help())
