"""Question: does every command keep its memory budget, whatever the shape of the data?

Tall (a float32 file of 2 GB), wide (100 rows of 200000 numbers, 60 volumes of 64^3), a file of which most rows are
copies, and small data; audit, duplicates, copies and simulate with several budgets. Measured from outside: peak of the
anonymous memory of all processes, less that of the same command on 60 x 4 numbers. The promise: at most 1.1 times the
budget, or exit code 2 with the least budget in a sentence, at once.
"""

import argparse
import contextlib
import io
import json
import shutil
import tempfile
from pathlib import Path

import numpy as np
from harness import RESULTS, write_record
from harness.whole_command import Ran, watched

from remanifold._core.memory import bytes_of

_PROMISE = 1.1  # of the budget
_AT_ONCE = 30.0  # seconds for a refusal, imports included
_PIECE = 2**22  # numbers written at a time
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


def write_data(path: Path, shape: tuple[int, ...], copies: bool) -> None:
    """Independent normal numbers; with ``copies`` all rows are among 1000."""
    random = np.random.default_rng(0)
    rows = np.lib.format.open_memmap(path, "w+", np.float32, shape)
    few = random.standard_normal((1000, *shape[1:]), np.float32)
    step = max(1, _PIECE // int(np.prod(shape[1:])))
    for start in range(0, shape[0], step):
        k = min(step, shape[0] - start)
        rows[start : start + k] = (
            few[random.integers(1000, size=k)] if copies else random.standard_normal((k, *shape[1:]), np.float32)
        )
    rows.flush()


def commands(data: str, samples: str, out: Path) -> dict[str, list[str]]:
    """The arguments of every command on ``data``."""
    return {
        "audit": ["audit", data, "--max-queries", "50"],
        "duplicates": ["duplicates", data, "--out", str(out / "pairs.csv")],
        "nearest": ["duplicates", data, "--nearest", "--limit", "10", "--out", str(out / "near.csv")],
        "copies": ["copies", "--samples", samples, "--train", data],
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
    }


def measured(folder: Path, data: str, name: str, budget: str, limit: float) -> Ran:
    """One command with this budget."""
    out = folder / "out"
    shutil.rmtree(out, ignore_errors=True)
    out.mkdir()
    arguments = commands(str(folder / f"{data}.npy"), str(folder / f"{data}_samples.npy"), out)[name]
    return watched([*arguments, "--memory", budget], limit)


def verdict(ran: Ran, above: int, budget: int) -> str:
    """What became of the promise."""
    if ran.code == 2 and "at least" in ran.said:
        return "refused at once" if ran.seconds <= _AT_ONCE else "refused late"
    if ran.code != 0:
        return f"failed with code {ran.code}"
    return "kept" if above <= _PROMISE * budget else "BROKEN"


def main() -> None:
    """Measure all, or what was named."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--data", nargs="*", default=list(BUDGETS))
    parser.add_argument("--commands", nargs="*", default=["audit", "duplicates", "nearest", "copies", "simulate"])
    parser.add_argument("--budgets", nargs="*")
    parser.add_argument("--limit", type=float, default=900.0)
    parser.add_argument("--no-record", action="store_true")
    asked = parser.parse_args()
    found: list[dict[str, object]] = []
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        for data in ["tiny", *asked.data]:
            write_data(folder / f"{data}.npy", SIZES[data], data == "copies")
            write_data(folder / f"{data}_samples.npy", (10, *SIZES[data][1:]), False)
            for name in asked.commands if data != "tiny" else []:
                for text in asked.budgets or BUDGETS[data]:
                    base = measured(folder, "tiny", name, text, asked.limit).peak
                    ran = measured(folder, data, name, text, asked.limit)
                    above, budget = ran.peak - base, bytes_of(text)
                    one = {"data": data, "command": name, "budget": text, "peak_mb": round(above / 1e6, 1)}
                    one |= {"seconds": round(ran.seconds, 1), "promise": verdict(ran, above, budget), "code": ran.code}
                    one["said"] = ran.said[:300] if ran.code else ""
                    found.append(one)
                    print(one, flush=True)
                    if not asked.no_record:  # whatever comes later
                        _keep(found)
            if data != "tiny":
                (folder / f"{data}.npy").unlink()


def _keep(found: list[dict[str, object]]) -> None:
    """Write the record: these runs, and those of earlier calls that are not among them."""
    path, same = RESULTS / "budgets.json", ("data", "command", "budget")
    mine = {tuple(run[key] for key in same) for run in found}
    earlier = json.loads(path.read_text())["runs"] if path.exists() else []
    runs = [run for run in earlier if tuple(run[key] for key in same) not in mine] + found
    sizes = {name: list(shape) for name, shape in SIZES.items()}
    with contextlib.redirect_stdout(io.StringIO()):
        write_record("budgets", __doc__ or "", ("remanifold", "numpy", "torch", "scipy"), sizes=sizes, runs=runs)


if __name__ == "__main__":
    main()
