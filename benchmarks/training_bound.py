"""Question: when does memory begin, beside the bound that pilots on a quarter of the rows give?

Networks with constant rate are trained on n rows, and twice on n/4 of these; a monitor watches each at t_c(n)/16 and
t_c(n)/4. ``true_over_expected`` is the step of index .1 of the whole over the expectation of `training_bound`: it says
at least 1/1.5, and at most 2.5 where the network has weights to spare. The whole is trained until its index is above
.13 at both noises, or to 2.6 times the larger expectation. Digits of scikit-learn, Fashion-MNIST brought to 14 x 14
(Debian's dataset-fashion-mnist); residual networks and UNets of two scales with attention.
Finished trainings are kept beside the record; a second call goes on. After ``--minutes`` the training under way ends
where it is, and its outcome tells what is known by then.
"""

import argparse
import contextlib
import gzip
import json
import math
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from harness import FASHION, RESULTS, write_record
from sklearn.datasets import load_digits

from remanifold import MemorizationMonitor, noise_profile
from remanifold.measures import training_bound
from remanifold.measures.memory.training_steps import step_at
from remanifold.networks import ResidualMLP, SmallUNet, train

NAME = "training_bound"
PARTS = (16, 4)  # of t_c
LEVEL, ENOUGH, LATEST = 0.1, 0.13, 2.6
EARLY, LATE = 1 / 1.5, 2.5  # of the expectation


@dataclass(frozen=True)
class Case:
    """A pair of trainings: rows of the whole, network, its width, most steps of a pilot and the whole, rows a step."""

    data: str
    n: int
    kind: str
    width: int
    most: int
    batch: int = 64
    pilots: int = 2


CASES = {
    "digits 400, residual 192": Case("digits", 400, "residual", 192, 4000),
    "digits 800, residual 192": Case("digits", 800, "residual", 192, 9000),
    "Fashion 14x14 200, UNet 32": Case("fashion", 200, "unet", 32, 6000, 32),
    "Fashion 14x14 400, UNet 24": Case("fashion", 400, "unet", 24, 12000, 32, 1),
    "Fashion 14x14 2000, residual 384": Case("fashion", 2000, "residual", 384, 40000),
    "Fashion 14x14 800, UNet 24": Case("fashion", 800, "unet", 24, 16000, 32),
    "Fashion 14x14 8000, residual 384": Case("fashion", 8000, "residual", 384, 120000, pilots=1),
}


def rows_of(name: str) -> np.ndarray:
    """(P, side, side) with unit scale of about 1, in a fixed random order."""
    if name == "digits":
        rows = load_digits().images / 16.0
    else:
        raw = np.frombuffer(gzip.decompress(FASHION.read_bytes()), np.uint8, offset=16).reshape(-1, 28, 28)[:12000]
        rows = raw.reshape(-1, 14, 2, 14, 2).mean(axis=(2, 4)) / 255.0
    return np.random.default_rng(7).permutation(rows).astype(np.float32)


class Enough(Exception):
    """Both monitors are past the alarm."""


@dataclass(frozen=True)
class Kept:
    """What finished trainings left behind: states of their monitors, by name; the clock at which the last one ends."""

    path: Path
    until: float = math.inf

    def state(self, name: str) -> dict[str, Any] | None:
        return (json.loads(self.path.read_text()) if self.path.exists() else {}).get(name)

    def hold(self, name: str, state: dict[str, Any]) -> None:
        every = json.loads(self.path.read_text()) if self.path.exists() else {}
        self.path.write_text(json.dumps(every | {name: state}))


def trained(name: str, case: Case, rows, holdout, levels: list[float], steps: int, seed: int, kept: Kept):
    """(monitors, number of weights, steps run): each noise level watched until the index is above .13 at both."""
    t_own, every = t_collapse_of(rows), max(10, steps // 160)
    monitors = [
        MemorizationMonitor(rows, holdout, every=every, rows=150, levels=[t], t_collapse=t_own, level=1e-9)
        for t in levels
    ]
    kind = ResidualMLP if case.kind == "residual" else SmallUNet
    shape = {"depth": 2} if case.kind == "residual" else {}
    start = kind.for_rows(rows, width=case.width, seed=seed, **shape)
    state = kept.state(name)
    if state is None:
        last, began = [0], time.process_time()

        def watch(step, network):
            last[0] = step
            for monitor in monitors:
                monitor.update(network, step)
            now = [monitor.history[-1]["memory/index"] for monitor in monitors if monitor.history]
            late = time.monotonic() > kept.until
            if late and "pilot" in name:
                raise SystemExit(f"{name}: no time left, nothing of it is kept")
            if late or (len(now) == len(monitors) and min(now) > ENOUGH):
                raise Enough

        with contextlib.suppress(Enough):
            train(start, rows, steps=steps, batch=case.batch, learning_rate=2e-3, decay=0, seed=seed, watch=watch)
        state = {"monitors": [monitor.state_dict() for monitor in monitors], "steps": last[0]}
        kept.hold(name, state | {"cpu_seconds": time.process_time() - began})
        print(name, last[0], [step_at(monitor.history, LEVEL) for monitor in monitors], flush=True)
    for monitor, known in zip(monitors, state["monitors"], strict=True):
        monitor.load_state_dict(known)
    return monitors, start.n_parameters, state["steps"]


def t_collapse_of(rows) -> float:
    return noise_profile(rows, max_queries=300, threads=1).t_collapse.value


def measured(name: str, case: Case, kept: Kept) -> dict[str, Any]:
    """The pair of trainings and what the bound said of it."""
    rows = rows_of(case.data)
    whole, holdout, quarter = rows[: case.n], rows[case.n : case.n + 300], case.n // 4
    t_all = t_collapse_of(whole)
    levels = [t_all / part for part in PARTS]
    pilots, weights = [], 0
    for k in range(case.pilots):
        part = whole[k * quarter : (k + 1) * quarter]
        watched, weights, _ = trained(f"{name}, pilot {k}", case, part, holdout, levels, case.most, k, kept)
        pilots.append(watched)
    bounds = [
        training_bound(
            [pilot[j] for pilot in pilots], n_rows=case.n, n_weights=weights, t_collapse=t_all,
            learning_rate_decays=False, weight_decay=0.0,
        ) for j in range(len(PARTS))
    ]  # fmt: skip
    most = min(case.most, int(LATEST * max(bound.expected for bound in bounds)))
    true, _, ran = trained(f"{name}, whole", case, whole, holdout, levels, most, 5, kept)
    found = {
        f"t_c/{part}": outcome(bound, step_at(monitor.history, LEVEL), ran)
        for part, bound, monitor in zip(PARTS, bounds, true, strict=True)
    }
    seconds = sum((kept.state(f"{name}, {one}") or {})["cpu_seconds"] for one in (*_pilots(case), "whole"))
    record = {"network": case.kind, "rows_of_pilots": quarter, "t_collapse": t_all, "weights": weights}
    return record | {"parts": found, "cpu_seconds": seconds}


def _pilots(case: Case) -> list[str]:
    return [f"pilot {k}" for k in range(case.pilots)]


def outcome(bound, step: float | None, ran: int) -> dict[str, Any]:
    """Whether the bound held at one noise; None where the run was too short to tell."""
    reached = step is not None
    return {
        "pilot_steps": bound.pilot_steps,
        "expected": bound.expected,
        "true": step,
        "steps_run": ran,
        "true_over_expected": step / bound.expected if reached else None,
        "not_before_held": step >= EARLY * bound.expected if reached else _told(True, ran >= EARLY * bound.expected),
        "by_2.5_held": step <= LATE * bound.expected if reached else _told(False, ran >= LATE * bound.expected),
        "probably_by": bound.probably_by,
        "doubling_of_pilots": bound.doubling,
        "weights_per_number": bound.weights_per_number,
    }


def _told(answer: bool, known: bool) -> bool | None:
    return answer if known else None


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("cases", nargs="*", help=", ".join(CASES))
    parser.add_argument("--kept", type=Path, default=RESULTS / f"{NAME}.part", help="Monitors of finished trainings.")
    parser.add_argument("--minutes", type=float, default=math.inf, help="After these the last training ends.")
    given = parser.parse_args()
    kept = Kept(given.kept, time.monotonic() + 60 * given.minutes)
    torch.set_num_threads(1)
    file = RESULTS / f"{NAME}.json"
    done = json.loads(file.read_text())["cases"] if file.exists() else {}
    for name in given.cases or list(CASES):
        if name not in done:
            done[name] = measured(name, CASES[name], kept)
            write_record(NAME, __doc__, ("torch",), cases=done)
        if time.monotonic() > kept.until:
            return
    given.kept.unlink(missing_ok=True)


if __name__ == "__main__":
    main()
