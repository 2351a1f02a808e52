"""Question: does every command keep its memory budget, whatever the shape of the data?

Tall (a float32 file of 2 GB), wide (100 rows of 200000 numbers, 60 volumes of 64^3), a file of which most rows are
copies, and small data; every command that reads data, with several budgets. Measured from outside: peak of the
anonymous memory of all processes, less that of the same command on 60 x 4 numbers. The promise: at most 1.1 times the
budget, or exit code 2 with the least budget in a sentence, at once.

Nothing beats shrinkage on white noise, so models are compared on numbers of which every second coordinate is a tenth as
wide. One of them is the posterior mean of that law, which takes no memory beside its answer; the other, of a law with
less contrast, stands for an earlier checkpoint.

Every run is recorded as soon as it ends; a second call measures what the record lacks.
"""

import argparse
import contextlib
import io
import json
import shutil
import tempfile
from functools import cache
from pathlib import Path

import numpy as np
from harness import RESULTS, write_record
from harness.whole_command import Ran, watched

from remanifold._core.memory import bytes_of

_PROMISE = 1.1  # of the budget
_AT_ONCE = 15.0  # processor seconds for a refusal, imports included
_PIECE = 2**22  # numbers written at a time
_UNSEEN = 1000  # most rows of a hold-out
_NARROW = 0.1  # standard deviation of every second coordinate where models are compared
SIZES = {
    "tiny": (60, 4),
    "small": (20_000, 250),  # 20 MB
    "tall": (650_000, 784),  # 2.04 GB
    "wide": (100, 200_000),
    "volumes": (60, 1, 64, 64, 64),
    "copies": (1_000_000, 16),
}
BUDGETS = {
    "small": ("64MB", "400MB"),
    "tall": ("64MB", "400MB"),
    "wide": ("64MB", "400MB", "4GB"),
    "volumes": ("64MB", "400MB", "4GB"),
    "copies": ("64MB", "400MB"),
}


MODELS = f"""
import torch

def mean_of(y, sigma, narrow):
    row = y[0].numel()
    variance = torch.ones(row, dtype=y.dtype)
    variance[1::2] = narrow**2
    level = (sigma**2).reshape(-1, 1)
    return (y.reshape(len(y), row) * (variance / (variance + level))).reshape(y.shape)

def late(y, sigma):
    return mean_of(y, sigma, {_NARROW})

def early(y, sigma):
    return mean_of(y, sigma, {2 * _NARROW})
"""


def write_data(path: Path, shape: tuple[int, ...], copies: bool, seed: int = 0, narrow: float = 1.0) -> None:
    """Normal numbers, every second one ``narrow`` times as wide; with ``copies`` all rows are among 1000."""
    random = np.random.default_rng(seed)
    rows = np.lib.format.open_memmap(path, "w+", np.float32, shape)
    few = random.standard_normal((1000, *shape[1:]), np.float32)
    step = max(1, _PIECE // int(np.prod(shape[1:])))
    for start in range(0, shape[0], step):
        k = min(step, shape[0] - start)
        rows[start : start + k] = (
            few[random.integers(1000, size=k)] if copies else random.standard_normal((k, *shape[1:]), np.float32)
        )
        if narrow != 1:
            rows[start : start + k].reshape(k, -1)[:, 1::2] *= narrow
    rows.flush()


def commands(data: str, samples: str, shape: tuple[int, ...], out: Path) -> dict[str, list[str]]:
    """The arguments of every command on ``data``."""
    models = str(Path(data).parent / "models.py")
    narrow, unseen = (data.replace(".npy", f"_{kind}.npy") for kind in ("narrow", "unseen"))
    sides = [narrow, "--holdout", unseen, "--max-queries", "50"]
    return {
        "audit": ["audit", data, "--max-queries", "50"],
        "duplicates": ["duplicates", data, "--out", str(out / "pairs.csv")],
        "nearest": ["duplicates", data, "--nearest", "--limit", "10", "--out", str(out / "near.csv")],
        "copies": ["copies", "--samples", samples, "--train", data],
        "explore": ["explore", data, "--rows", "50", "--out", str(out / "page.html")],
        "simulate": [
            "simulate",
            "--data",
            data,
            "--n-samples",
            "4",
            "--stop-at",
            "0.1",
            "--steps",
            "4",
            "--out",
            str(out),
        ],
        "compare": [
            "compare",
            *sides,
            "--evaluations",
            "1000",
            "--model",
            f"{models}:early",
            "--model",
            f"{models}:late",
        ],
        "audit-model": ["audit", *sides, "--evaluations", "10000", "--model", f"{models}:late"],
        "sample": [
            "sample",
            "--model",
            f"{models}:late",
            "--shape",
            ",".join(map(str, shape)),
            "--n",
            "50",
            "--steps",
            "10",
            "--first-sigma",
            "80",
            "--last-sigma",
            "0.01",
            "--out",
            str(out / "drawn.npy"),
        ],
    }


def measured(folder: Path, data: str, name: str, budget: str, limit: float) -> Ran:
    """One command with this budget."""
    out = folder / "out"
    shutil.rmtree(out, ignore_errors=True)
    out.mkdir()
    arguments = commands(str(folder / f"{data}.npy"), str(folder / f"{data}_samples.npy"), SIZES[data][1:], out)[name]
    return watched([*arguments, "--memory", budget], limit)


def verdict(ran: Ran, above: int, budget: int) -> str:
    """What became of the promise."""
    if ran.code == 2 and "at least" in ran.said:
        return "refused at once" if ran.processor <= _AT_ONCE else "refused late"
    if ran.code not in (0, -9):
        return f"failed with code {ran.code}"
    kept = "kept" if above <= _PROMISE * budget else "BROKEN"
    return kept if ran.code == 0 else f"{kept} until stopped"


def main() -> None:
    """Measure all, or what was named."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--data", nargs="*", default=list(BUDGETS))
    parser.add_argument("--commands", nargs="*", default=[*commands("", "", (), Path())])
    parser.add_argument("--budgets", nargs="*")
    parser.add_argument("--limit", type=float, default=900.0)
    parser.add_argument("--folder", help="where the data are kept; by default for this call alone")
    parser.add_argument("--again", action="store_true", help="measure what is recorded once more")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as place:
        folder = Path(asked.folder or place)
        for data in ["tiny", *asked.data]:
            if not (folder / f"{data}_samples.npy").exists():
                write_data(folder / f"{data}.npy", SIZES[data], data == "copies")
                write_data(folder / f"{data}_samples.npy", (10, *SIZES[data][1:]), False)
            if {"compare", "audit-model", "sample"} & {*asked.commands} and not (
                folder / f"{data}_unseen.npy"
            ).exists():
                (folder / "models.py").write_text(MODELS)
                write_data(folder / f"{data}_narrow.npy", SIZES[data], data == "copies", narrow=_NARROW)
                unseen = (min(SIZES[data][0], _UNSEEN), *SIZES[data][1:])
                write_data(folder / f"{data}_unseen.npy", unseen, False, seed=1, narrow=_NARROW)

        @cache
        def base(name: str, text: str) -> int:
            return measured(folder, "tiny", name, text, asked.limit).peak

        for data in asked.data:
            for name in asked.commands:
                for text in asked.budgets or BUDGETS[data]:
                    same = {"data": data, "command": name, "budget": text}
                    if not asked.again and any(same.items() <= run.items() for run in _recorded()):
                        continue
                    ran = measured(folder, data, name, text, asked.limit)
                    above = ran.peak - base(name, text)
                    found: dict[str, object] = same | {"peak_mb": round(above / 1e6, 1)}
                    found |= {"seconds": round(ran.seconds, 1), "processor_seconds": round(ran.processor, 1)}
                    found |= {"promise": verdict(ran, above, bytes_of(text)), "code": ran.code}
                    found["said"] = ran.said[:300] if ran.code else ""
                    print(found, flush=True)
                    _keep(found)


def _recorded() -> list[dict[str, object]]:
    """The runs of the record."""
    path = RESULTS / "budgets.json"
    return json.loads(path.read_text())["runs"] if path.exists() else []


def _keep(found: dict[str, object]) -> None:
    """Write the record with this run in the place of an earlier one of its kind."""
    same = ("data", "command", "budget")
    runs = [run for run in _recorded() if any(run[key] != found[key] for key in same)] + [found]
    runs.sort(key=lambda run: [str(run[key]) for key in same])
    sizes = {name: list(shape) for name, shape in SIZES.items()}
    with contextlib.redirect_stdout(io.StringIO()):
        write_record("budgets", __doc__ or "", ("remanifold", "numpy", "torch", "scipy"), sizes=sizes, runs=runs)


if __name__ == "__main__":
    main()
