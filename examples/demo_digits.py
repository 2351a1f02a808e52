"""Audit the digits of scikit-learn with planted duplicates and a leaky hold-out, and compare the report with them.

Planted: rows of the training set repeated exactly, rows repeated with a little noise, and training rows put into the
hold-out set. An audit must report each of them. Everything is written to ./demo; run with `make demo`.
"""

import json
import shlex
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.datasets import load_digits

FOLDER = Path("demo")
HOLDOUT_ROWS = 297
COPIES = 6
NEAR_COPIES = 6
LEAKED = 5
NEAR_NOISE = 1e-3  # per pixel on the scale [-1, 1]: a row moves by 0.008, where neighbours lie about 2 apart


@dataclass(frozen=True)
class Planted:
    """What was planted in the files: pairs of training rows, and pairs (hold-out row, training row)."""

    copies: list[tuple[int, int]]
    near_copies: list[tuple[int, int]]
    leaked: list[tuple[int, int]]


def plant(folder: Path) -> Planted:
    """Write train.npy, holdout.npy and labels.npy to ``folder``; return what was planted."""
    random = np.random.default_rng(7)
    flat, labels = load_digits(return_X_y=True)
    points = (flat.reshape(-1, 8, 8) / 8 - 1).astype(np.float32)  # grey levels 0..16 become [-1, 1]
    order = random.permutation(len(points))
    held, kept = order[:HOLDOUT_ROWS], order[HOLDOUT_ROWS:]
    chosen = random.choice(len(kept), COPIES + NEAR_COPIES + LEAKED, replace=False)
    same, near, leaked = np.split(chosen, [COPIES, COPIES + NEAR_COPIES])

    train = points[kept]
    shaken = train[near] + NEAR_NOISE * random.standard_normal(train[near].shape).astype(np.float32)
    folder.mkdir(parents=True, exist_ok=True)
    np.save(folder / "train.npy", np.concatenate([train, train[same], shaken]))
    np.save(folder / "labels.npy", labels[kept[np.concatenate([np.arange(len(kept)), same, near])]])
    np.save(folder / "holdout.npy", np.concatenate([points[held], train[leaked]]))
    return Planted(
        copies=_pairs(same, len(train)),
        near_copies=_pairs(near, len(train) + COPIES),
        leaked=[(copy, original) for original, copy in _pairs(leaked, HOLDOUT_ROWS)],
    )


def _pairs(originals: NDArray[np.integer], first_copy: int) -> list[tuple[int, int]]:
    return [(int(row), first_copy + i) for i, row in enumerate(originals)]


def compare(planted: Planted, report: dict[str, Any]) -> bool:
    """Print and keep what was planted beside what was found; true if nothing was missed."""
    groups = [set(group["members"]) for group in report["duplicates"]]
    overlap = {(row, training_row) for row, training_row, _ in report["holdout"]["overlap"]}
    leaky_rows = {row for row, _ in overlap}
    rows = [
        (
            "exact copies in the training set",
            planted.copies,
            [pair for pair in planted.copies if _grouped(pair, groups)],
        ),
        (
            "near copies in the training set",
            planted.near_copies,
            [p for p in planted.near_copies if _grouped(p, groups)],
        ),
        (
            "training rows in the hold-out set",
            planted.leaked,
            [pair for pair in planted.leaked if pair[0] in leaky_rows],
        ),
    ]
    extra = len(groups) - len({i for pair in planted.copies + planted.near_copies for i in _where(pair, groups)})
    counts = [(name, len(hidden), len(found)) for name, hidden, found in rows]
    counts += [
        ("groups of duplicates nobody planted", 0, extra),
        ("leaks nobody planted", 0, len(leaky_rows - {row for row, _ in planted.leaked})),
    ]
    print(f"\n{'':36} planted  found")
    for name, hidden, found in counts:
        print(f"{name:36} {hidden:7}  {found:5}")
    (FOLDER / "planted.json").write_text(json.dumps(counts))
    return all(hidden == found for _, hidden, found in counts[: len(rows)])


def _grouped(pair: tuple[int, int], groups: list[set[int]]) -> bool:
    return bool(_where(pair, groups))


def _where(pair: tuple[int, int], groups: list[set[int]]) -> list[int]:
    return [i for i, group in enumerate(groups) if group.issuperset(pair)]


def main() -> int:
    """Plant, audit through the command line as a user would, compare."""
    planted = plant(FOLDER)
    report = FOLDER / "report"
    words = ["audit", f"{FOLDER}/train.npy", "--holdout", f"{FOLDER}/holdout.npy", "--labels", f"{FOLDER}/labels.npy"]
    words += ["--out", f"{report}"]
    print(f"$ {shlex.join(['remanifold', *words])}", flush=True)
    audit = subprocess.run([Path(sys.executable).with_name("remanifold"), *words], check=False)
    if audit.returncode:
        return audit.returncode
    complete = compare(planted, json.loads((report / "report.json").read_text()))
    print(f"\nThe report: {(report / 'report.html').resolve()}")
    return 0 if complete else 1


if __name__ == "__main__":
    sys.exit(main())
