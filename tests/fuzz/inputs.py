"""Hostile inputs by kind: mutated files of every format, and every option of every command with hostile values."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from captioned_options import captioned_commands, write_captioned
from forgeries import forged, is_known
from hostile_options import hostile_commands
from kept_work import kept_seeds
from mutations import mutated
from network_work import network_seeds
from seeds import ROWS, Files, caption_seeds, data_seeds, label_seeds, prompt_seeds

from remanifold.cli import main
from remanifold.data import open_points
from remanifold.data.captions.open import open_captions
from remanifold.data.captions.prompts import open_prompts


@dataclass(frozen=True)
class Input:
    """One input.

    Attributes:
        kind: Format or command.
        what: Which of its kind.
        run: Runs it in the current folder; returns the exit code.
    """

    kind: str
    what: str
    run: Callable[[], int] = field(repr=False)


Maker = Callable[[np.random.Generator], Input]


def _written(files: Files, place: Path, draw: np.random.Generator) -> str:
    """Write the files with one of them mutated, or forged where its format is known; its name."""
    names = list(files)
    heads = [name for name in names if name.endswith((".json", ".zarray"))]
    chosen = str(draw.choice(heads if heads and draw.integers(2) else names))
    for name, content in files.items():
        path = place / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if name == chosen:
            content = forged(name, content, draw) if is_known(name) and draw.integers(2) else mutated(content, draw)
        path.write_bytes(content)
    return chosen


def _of_data(kind: str, files: Files) -> Maker:
    def make(draw: np.random.Generator) -> Input:
        alone = len(files) == 1
        chosen = _written(files, Path() if alone else Path("d"), draw)
        return Input(kind, chosen, lambda: main(["duplicates", chosen if alone else "d"]))

    return make


def _of_labels(kind: str, files: Files) -> Maker:
    def make(draw: np.random.Generator) -> Input:
        chosen = _written(files, Path(), draw)
        return Input(kind, chosen, lambda: int(open_points(ROWS, labels=chosen) is None))

    return make


def _of_captions(kind: str, files: Files) -> Maker:
    def make(draw: np.random.Generator) -> Input:
        chosen = _written(files, Path(), draw)
        named = open_points(ROWS).changed(row_names=tuple(f"{k}.png" for k in range(len(ROWS))))
        return Input(kind, chosen, lambda: int(open_captions(chosen, named)[0] is None))

    return make


def _of_prompts(kind: str, files: Files) -> Maker:
    def make(draw: np.random.Generator) -> Input:
        chosen = _written(files, Path("d"), draw)
        return Input(kind, chosen, lambda: int(open_prompts("d")[0] == ()))

    return make


def _of_kept(kind: str, files: Files, run: Callable[[], int]) -> Maker:
    def make(draw: np.random.Generator) -> Input:
        return Input(kind, _written(files, Path(), draw), run)

    return make


def _of_options(command: str, cases: list[list[str]]) -> Maker:
    def make(draw: np.random.Generator) -> Input:
        np.save("rows.npy", ROWS)
        np.save("other.npy", ROWS + 1)
        words = cases[int(draw.integers(len(cases)))]
        return Input(f"options of {command}", " ".join(words), lambda: main(words))

    return make


def _of_captioned(command: str, cases: list[list[str]], home: Path) -> Maker:
    def make(draw: np.random.Generator) -> Input:
        np.save("rows.npy", ROWS)
        write_captioned(home)
        words = cases[int(draw.integers(len(cases)))]
        return Input(f"captioned {command}", " ".join(words), lambda: main(words))

    return make


def input_makers(home: Path) -> list[Maker]:
    """Makers of inputs, each as often as it is asked in turn; seeds are made once, in ``home``."""
    scratch = home / "seeds"
    scratch.mkdir()
    makers = [_of_data(kind, files) for kind, files in data_seeds(scratch).items()]
    makers += [_of_labels(kind, files) for kind, files in label_seeds().items()]
    makers += [_of_captions(kind, files) for kind, files in caption_seeds().items()]
    makers += [_of_prompts(kind, files) for kind, files in prompt_seeds().items()]
    kept = kept_seeds(scratch) | network_seeds(scratch)
    makers += [_of_kept(kind, files, run) for kind, (files, run) in kept.items()]
    if "text-conditional folder" in kept:
        makers += [_of_captioned(command, cases, scratch) for command, cases in captioned_commands().items()]
    return makers + [_of_options(command, cases) for command, cases in hostile_commands().items() for _ in range(3)]
