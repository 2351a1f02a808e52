"""One real run of every command, made while the site is built: what a reader sees is what this version prints."""

import contextlib
import io
import os
import tempfile
from functools import cache
from pathlib import Path

import numpy as np

from remanifold.cli import main

EXAMPLES: dict[str, str] = {
    "audit": "audit train.npy --holdout holdout.npy --max-queries 100",
    "benchmark-audits": "benchmark-audits digits-100-seed0 --n-rows 20 --cases 100 --n-samples 32",
    "compare": "compare train.npy --holdout holdout.npy --model ground-truth:digits-100-seed0 "
    "--model ground-truth:digits-1400-seed0 --evaluations 6000 --max-queries 100",
    "copies": "copies --train train.npy --samples samples.npy --holdout holdout.npy",
    "diagram": "diagram --grid 8x6 --out plane.csv",
    "duplicates": "duplicates train.npy samples.npy --nearest --limit 5",
    "explore": "explore --out explorer.html",
    "glossary": "glossary collapse",
    "phases": "phases --n-points 60000 --ambient-dim 784 --latent-dim 15",
    "reproduce": "reproduce --list",
    "sample": "sample --model ground-truth:digits-100-seed0 --n 4 --steps 10 --out drawn.npy",
    "simulate": "simulate --data train.npy --n-samples 4 --stop-at 0.01 --steps 20 --out simulated",
}
"""Command -> what is run, in a folder that holds train.npy, holdout.npy and samples.npy."""


def _write_files(folder: Path) -> None:
    from sklearn.datasets import load_digits

    images = load_digits(return_X_y=True)[0]
    rows = (images.reshape(-1, 8, 8) / 8 - 1).astype(np.float32)
    rows = rows[np.random.default_rng(0).permutation(len(rows))]
    np.save(folder / "train.npy", rows[:400])
    np.save(folder / "holdout.npy", rows[400:700])
    np.save(folder / "samples.npy", np.concatenate([rows[:3], rows[700:797]]))


@cache
def _folder() -> tempfile.TemporaryDirectory[str]:
    folder = tempfile.TemporaryDirectory(prefix="remanifold-site-")
    _write_files(Path(folder.name))
    return folder


def produced(name: str) -> Path:
    """The file ``name`` that one of the examples has written."""
    return Path(_folder().name) / name


@cache
def output_of(words: str) -> str:
    """What ``remanifold WORDS`` prints on stdout.

    Raises:
        RuntimeError: if it ends with an error.
    """
    out, err = io.StringIO(), io.StringIO()
    with contextlib.chdir(_folder().name), contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        os.environ |= {"COLUMNS": "100", "REMANIFOLD_CACHE": str(Path(_folder().name) / "cache")}
        code = main(words.split())
    if code != 0:
        raise RuntimeError(f"remanifold {words} ended with code {code}: {err.getvalue()}")
    return out.getvalue().rstrip() + "\n"
