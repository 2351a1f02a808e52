"""Every option of every command with values that nobody should pass."""

from typing import Any

import typer

from remanifold.cli.app import build_app

HOSTILE = ["", " ", "0", "-1", "1.5", "1e999", "-inf", "nan", "99999999999999", "1" + 25 * "0", " 5", "1_0", "x", "a=b"]
HOSTILE += [
    "meta",
    "tls://127.0.0.1:1",
    "ucx://x:1",
    "~nosuchuser/x",
    "n" * 300,
    "\udcff",
    "/dev/null",
    "/",
    "::",
    "0:0",
]
HOSTILE += [
    "*",
    "[",
    "a::b::c",
    "é",
    "1e-320",
    "0x10",
    "True",
    "None",
    "../..",
    "x" * 5000,
    "9" * 5000,
    "../x.csv/y",
    "1:0",
    "0x0",
]
HOSTILE += [
    "1x1x1",
    "0-" + "9" * 5000,
    "²",
    "x + 1",
    "x ** x ** x ** 9",
    "x / 0",
    "9 ** 9 ** 9 ** 9",
    "(" * 300,
    "memory://",
    "inproc://",
    "rows.npy::x",
]
_BASE = {
    "audit": ["rows.npy", "--max-queries", "3", "--threads", "1"],
    "benchmark-audits": ["no-such-network"],
    "compare": ["rows.npy", "--holdout", "other.npy", "--model", "no-such-a", "--model", "no-such-b"],
    "copies": ["--train", "rows.npy", "--samples", "other.npy", "--threads", "1"],
    "diagram": ["--out", "d.csv", "--grid", "2x2", "--jobs", "1"],
    "duplicates": ["rows.npy"],
    "explore": ["rows.npy", "--rows", "3", "--max-queries", "3", "--threads", "1", "--out", "e.html"],
    "glossary": ["collapse"],
    "phases": ["--load", "0.2", "--latent-ratio", "0.3"],
    "reproduce": ["no-such-result"],
    "sample": ["--model", "no-such-model", "--n", "2", "--steps", "2", "--out", "s.npy"],
    "simulate": ["--data", "rows.npy", "--n-samples", "2", "--stop-at", "0.1", "--steps", "2", "--out", "o"],
}
_BESIDE = {  # options that are looked at beside others only
    "audit": (
        ["--holdout", "other.npy", "--model", "no-such-model"],
        ("lora", "captions", "holdout_captions", "prompt"),
    ),
    "compare": (["--model", "no-such-b"], ("captions", "holdout_captions", "prompt")),
    "sample": (["--guidance", "2"], ("prompts", "lora")),
}
_SIZES = (
    ["--n-points", "20", "--ambient-dim", "4", "--latent-dim", "2"],
    ["--spectrum", "rows.npy", "--n-points", "9"],
)
_LONG = {  # right, and as long as they say
    "simulate": ("--steps", "--n-samples", "--first"),
    "diagram": ("--grid", "--jobs"),
}


def hostile_commands() -> dict[str, list[list[str]]]:
    """Command -> command lines, each with one hostile value."""
    group: Any = typer.main.get_command(build_app())
    return {name: list(_lines(name, command)) for name, command in group.commands.items()}


def _lines(name: str, command: Any) -> list[list[str]]:
    base, lines = _BASE[name], []
    more, named = _BESIDE.get(name, ([], ()))
    for param in command.params:
        if param.name in named:
            lines += [[name, *base, *more, param.opts[0], value] for value in HOSTILE]
        options = [option for option in param.opts if option.startswith("--")]
        for value in HOSTILE:
            if not options:
                lines.append([name, value, *base[1:]])
            elif getattr(param, "is_flag", False):
                lines.append([name, *base, f"{options[0]}={value}"])
            elif not (options[0] in _LONG.get(name, ()) and value in ("99999999999999", "1" + 25 * "0")):
                lines.append([name, *base, options[0], value])
                lines.append([name, *base, f"{options[0]}={value}"])
    if name == "phases":
        lines += [[name, *sizes, option, value] for sizes in _SIZES for option in sizes[::2] for value in HOSTILE]
    return lines
