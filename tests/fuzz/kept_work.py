"""Files of remanifold's own that are read again: reports, records, models, checkpoints, an index of the cache."""

import json
import os
import zlib
from collections.abc import Callable
from pathlib import Path

import numpy as np
from forgeries import resigned
from seeds import ROWS, Files

import remanifold as rm
from remanifold._core.kept.cache_secret import secret_of
from remanifold.cli import main
from remanifold.measures.profile.checkpoint import SweepParts
from remanifold.networks import MLPConfig, ResidualMLP, load_network, save_network, train, training_state
from remanifold.scores import EmpiricalScore
from remanifold.scores.index.cache import index_path
from remanifold.scores.index.file import IndexKey

SIMULATE = ["simulate", "--manifold", "linear", "--ambient-dim", "4", "--latent-dim", "2", "--n-points", "8"]
SIMULATE += ["--n-samples", "3", "--stop-at", "0.1", "--steps", "3", "--out", "out"]
WIDE = np.random.default_rng(0).normal(size=(700, 200)).astype(np.float32)
Kept = dict[str, tuple[Files, Callable[[], int]]]


class Watched:
    """A progress callback that keeps what a file held last, before it is removed."""

    def __init__(self, *files: Path) -> None:
        self.files, self.content = files, {}

    def __call__(self, *_: object) -> None:
        self.content |= {path: path.read_bytes() for path in self.files if path.is_file()}


def _network() -> ResidualMLP:
    return ResidualMLP(MLPConfig(shape=(3,), sigma_data=1.0, width=8, depth=1))


def _training(progress, checkpoint: Path) -> None:
    train(_network(), ROWS, steps=4, batch=4, seed=1, checkpoint=checkpoint, progress=progress)


def _done(_: object) -> int:
    return 0


def _profile(part: Path) -> None:
    profile = rm.noise_profile(ROWS, max_queries=4, threads=1, part_file=SweepParts(part, {}))
    assert np.isfinite(profile.gap.value).all()


def _answer() -> np.ndarray:
    return np.asarray(EmpiricalScore("wide.npy")(WIDE[:2], 0.3))


def _indexed(right: np.ndarray, key: IndexKey) -> int:
    """What was done to the index lies where it is looked for; every other time with a right signature, too."""
    np.save("wide.npy", WIDE)
    folder = Path("cache").absolute()
    os.environ["REMANIFOLD_CACHE"] = str(folder)
    (made,) = folder.rglob("*.index")
    content, secret = made.read_bytes(), secret_of(folder)
    signed = zlib.crc32(content[60:]) % 2 == 0  # whoever has the secret may write any number, but ends in no traceback
    index_path(folder, key, secret).write_bytes(resigned(content, secret) if signed else content)
    try:
        found = _answer()
        assert signed or np.allclose(found, right, atol=1e-6)
    finally:
        os.environ["REMANIFOLD_CACHE"] = ""
    return 0


def kept_seeds(home: Path) -> Kept:
    """Name -> (sound files, what reads them in the current folder); scratch files go to ``home``."""
    here = Path.cwd()
    os.chdir(home)
    report = rm.audit(ROWS, max_queries=5, threads=1)
    assert main(SIMULATE) == 0
    record = Path("out", "record.json").read_bytes()
    training_state._PAUSE = 0.0  # no public call: a run of ten seconds would keep one state
    watched = Watched(Path("training.safetensors"))
    _training(watched, Path("training.safetensors"))
    _profile(Path("profile.part"))  # stays: the caller says when it is done with
    save_network(_network(), "network.safetensors")
    index, right = _index()
    (header,) = (content[60:].split(b'"arrays"')[0] for content in index.values())
    key = IndexKey(**json.loads(header.rstrip(b", ") + b"}")["key"])
    os.chdir(here)
    state, profile = watched.content[Path("training.safetensors")], Path(home, "profile.part").read_bytes()
    model = Path(home, "network.safetensors").read_bytes()
    again = ["simulate", "--again", "record.json", "--out", "out"]
    return {
        "report": ({"r.json": report.to_json().encode()}, lambda: _done(rm.AuditReport.from_json(Path("r.json")))),
        "page": ({"r.html": report.to_html().encode()}, lambda: _done(rm.AuditReport.from_json(Path("r.html")))),
        "record": ({"record.json": record}, lambda: main(again)),
        "model": ({"m.safetensors": model}, lambda: _done(load_network("m.safetensors"))),
        "training": ({"t.safetensors": state}, lambda: _done(_training(_done_progress, Path("t.safetensors")))),
        "profile": ({"p.part": profile}, lambda: _done(_profile(Path("p.part")))),
        "index": (index, lambda: _indexed(right, key)),
    }


def _done_progress(*_: object) -> None:
    """Says nothing."""


def _index() -> tuple[Files, np.ndarray]:
    np.save("wide.npy", WIDE)
    os.environ["REMANIFOLD_CACHE"] = str(Path("cache").absolute())
    right = _answer()
    os.environ["REMANIFOLD_CACHE"] = ""
    return {str(path): path.read_bytes() for path in Path("cache").rglob("*.index")}, right
