"""The application: its commands, and one place that turns every error into one line and an exit code."""

import inspect
import sys
from collections.abc import Sequence
from importlib import import_module
from typing import Annotated, Any

import typer
from typer import Option

from remanifold._core.errors import InvalidInput, NotConverged
from remanifold._core.version import __version__
from remanifold.cli.arguments import (
    UsageError,
    as_options,
    require_one_of_a_pair,
    require_text,
    require_version_alone,
    strict_numbers,
    usage_sentence,
)
from remanifold.cli.failures import (
    FAILED,
    PIPE_CLOSED,
    TERMINATED,
    Terminated,
    drop_output,
    failure_sentence,
    flush_output,
    full_sentence,
    is_closed,
    is_full,
    say,
    terminable,
)
from remanifold.cli.output import echo, paragraph, readable_when_narrow

_COMMANDS = (
    "audit", "benchmark_audits", "compare", "copies", "diagram", "duplicates", "explore", "glossary", "phases",
    "reproduce", "sample", "simulate",
)  # fmt: skip
_BAD_INPUT, _INTERRUPTED = 2, 130
_COMMAND = "    remanifold "
_FIRST = """remanifold: when does a diffusion model memorize its training data?

Start with your own data: an array (.npy), a table (.csv), a folder of images.

  At which noise are my data memorized, and which rows first?
    remanifold audit DATA
  Are generated samples copies of training rows?
    remanifold copies --train DATA --samples SAMPLES --holdout HELD_OUT
  Does my trained model remember them?
    remanifold audit DATA --holdout HELD_OUT --model MODEL
  What does theory say for P points of dimension N, on a D-dimensional manifold?
    remanifold phases --n-points P --ambient-dim N --latent-dim D
  What is memorization? One page to play with:
    remanifold explore

remanifold glossary WORD tells what a word means.
remanifold --help lists all commands; remanifold COMMAND --help, its options."""


def build_app() -> typer.Typer:
    """The typer application with every command registered."""
    app = typer.Typer(
        name="remanifold",
        help="When does a diffusion model memorize its training data, and when does it generalize best?",
        epilog="Words such as collapse or hold-out: remanifold glossary. "
        "Exit codes: 0 done, 1 a limit you named was exceeded, 2 bad input, "
        "3 remanifold failed, 130 interrupted, 143 terminated.",
        add_completion=False,
        pretty_exceptions_enable=False,
        rich_markup_mode=None,  # rich costs 0.1 s of every --help
    )
    app.callback(invoke_without_command=True)(_front)
    for name in _COMMANDS:
        module = import_module(f"remanifold.cli.{name}")
        command = getattr(module, f"{name}_command")
        first = " ".join(inspect.cleandoc(command.__doc__).split("\n\n")[0].split())  # whole; else cut short by "..."
        app.command(name.replace("_", "-"), epilog=module.EPILOG, short_help=first)(command)
    return app


def run(argv: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit code; never a traceback, never a box of usage."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    try:
        with terminable():
            command: Any = typer.main.get_command(build_app())
            strict_numbers(command)
            readable_when_narrow(command)
            require_text(arguments)
            require_one_of_a_pair(arguments)
            require_version_alone(arguments)
            with command.make_context("remanifold", arguments) as context:
                command.invoke(context)
            flush_output()
    except BaseException as error:
        return _ended(error)
    return 0


def _ended(error: BaseException) -> int:
    """The exit code of what ended a command otherwise than by its end, said in one line."""
    if isinstance(error, typer.Exit):
        return error.exit_code
    if is_closed(error):
        drop_output()
        return PIPE_CLOSED
    code, sentence = _BAD_INPUT, ""
    if isinstance(error, UsageError):
        sentence = usage_sentence(error)
    elif isinstance(error, InvalidInput | NotConverged):
        sentence = as_options(str(error))
    elif is_full(error):
        drop_output()
        sentence = full_sentence(error)
    elif isinstance(error, typer.Abort | KeyboardInterrupt):
        code = TERMINATED if isinstance(error, Terminated) else _INTERRUPTED
        sentence = "interrupted; nothing was left half-written."
    else:
        code, sentence = FAILED, failure_sentence(error)
    say(sentence)
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
        for line in _FIRST.split("\n"):
            if line.startswith(_COMMAND):
                echo(line)  # whole, to be copied
            else:
                paragraph(line.lstrip(), " " * (len(line) - len(line.lstrip())))
