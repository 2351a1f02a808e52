"""Question: how small a share of remembered rows do the tests of a network find, by strength and size of the hold-out?

The table is drawn from the law of the loss gaps of hold-out rows of an ideal network
(`remanifold.measures.memory.power`), as an audit draws what it says would have been found. At six points whole audits
of networks with that memory check it: near a remembered row the network goes a part of the way from the law's
denoiser to the row, so that its loss there falls by a known share of the way to that of the exact score, the
strength. Finished points are kept in benchmarks/results/memory_power.json.
"""

import argparse
import json
import math
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path

import numpy as np
from verdict_laws import Array, Law, clusters, gaussian
from verdict_rates import network_record

from remanifold.audits.network.groups import loss_shift
from remanifold.measures import noise_profile
from remanifold.measures.memory.audited_rows import audited_rows
from remanifold.measures.memory.denoising_loss import losses_on
from remanifold.measures.memory.group_tests import SPARSE
from remanifold.measures.memory.memory_index import compared_losses, exact_losses, memory_levels
from remanifold.measures.memory.memory_test import unexplained_logs
from remanifold.measures.memory.power import detectable_share, power

RESULT = Path(__file__).parent / "results" / "memory_power.json"
LAWS = {"Gaussian": gaussian(8), "clusters": clusters(6)}
ROWS = 1000
SHARES = (0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1.0)
STRENGTHS = (0.05, 0.1, 0.25, 0.5, 1.0)
HOLDOUTS = (100, 300, 1000, 5000)
TESTS = 2
CHECKED = (("Gaussian", 0.01, 1.0, 300), ("Gaussian", 0.03, 0.5, 300), ("Gaussian", 0.1, 0.25, 300),
           ("Gaussian", 1.0, 0.1, 100), ("clusters", 0.03, 1.0, 100), ("clusters", 0.1, 0.5, 300))  # fmt: skip


def shifts(law: Law, name: str) -> tuple[Array, dict[float, float]]:
    """The law of the numbers that are tested, of hold-out rows, and by how much they fall, by strength."""
    found: dict[float, float] = {}
    random = np.random.default_rng([5, *name.encode()])
    rows, holdout = law.draw(random, ROWS), law.draw(random, 1000)
    level = noise_profile(rows, max_queries=200, threads=1).t_collapse
    if level is None:
        raise RuntimeError("the law has a collapse")
    chosen, levels = audited_rows(rows, holdout), memory_levels(level.value)
    losses = losses_on(law.denoiser(), chosen, levels, draws=2, seed=0)
    memory = compared_losses(losses, exact_losses(chosen, losses), level.value)
    low = levels <= level.value * (1 + 1e-9)
    above = losses.training[:, ~low], losses.holdout[:, ~low]
    own, others = unexplained_logs(losses.training[:, low], losses.holdout[:, low], above)
    for strength in STRENGTHS:
        found[strength] = loss_shift(memory, own, strength, 0)
    return float(np.median(others)) - others, found


def remembering(law: Law, rows: Array, strength: float) -> Callable[[Array, float], Array]:
    """A network whose loss on ``rows`` is 1 - ``strength`` of that elsewhere."""
    plain, part = law.denoiser(), 1 - math.sqrt(1 - strength)
    knowing = law.denoiser(rows, len(rows) / ROWS if len(rows) < ROWS else 1 - 1e-9)
    return lambda x, t: plain(x, t) + part * (knowing(x, t) - plain(x, t))


def checked(name: str, share: float, strength: float, holdout: int, draws: int) -> list[int]:
    """Draws in which a test of all rows or of a few rows is significant, adjusted for both."""
    found = []
    for number in range(draws):
        random = np.random.default_rng([number, *f"{name} {share} {strength} {holdout}".encode()])
        law = LAWS[name]
        rows, others = law.draw(random, ROWS), law.draw(random, holdout)
        n = max(1, round(share * ROWS))
        tests = network_record(remembering(law, rows[:n], strength), rows, others).tests
        p = min(test.p_value for test in tests if test.name in ("all rows", SPARSE))
        found.append(int(p * TESTS <= 0.05))
    return found


def main() -> None:
    """Draw the table, run the checks that are not in the file, and print both as Markdown."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--draws", type=int, default=40)
    draws = parser.parse_args().draws
    kept = json.loads(RESULT.read_text()) if RESULT.exists() else {}
    kept |= {"version": version("remanifold"), "rows": ROWS, "tests": TESTS, "level": 0.05}
    known = {name: shifts(law, name) for name, law in LAWS.items()}
    for name, (law, shift) in known.items():
        if name not in kept.setdefault("power", {}):
            sizes = [(holdout, strength) for holdout in HOLDOUTS for strength in STRENGTHS]
            kept["power"][name] = [
                {
                    "holdout": m,
                    "strength": s,
                    "gap": shift[s],
                    "least_share": detectable_share(law, ROWS, m, shift[s], n_tests=TESTS),
                    "power": {
                        str(share): power(law, ROWS, m, max(1, round(share * ROWS)), shift[s], n_tests=TESTS)
                        for share in SHARES
                    },
                }
                for m, s in sizes
            ]
            RESULT.write_text(json.dumps(kept, indent=1) + "\n")
    for point in CHECKED:
        key = " ".join(map(str, point))
        if len(kept.setdefault("checked", {}).get(key, {}).get("found", [])) < draws:
            name, share, strength, holdout = point
            law, shift = known[name]
            said = power(law, ROWS, holdout, max(1, round(share * ROWS)), shift[strength], n_tests=TESTS)
            kept["checked"][key] = {"said": said, "found": checked(*point, draws)}
            RESULT.write_text(json.dumps(kept, indent=1) + "\n")
        item = kept["checked"][key]
        print(f"| {key} | {item['said']:.2f} | {np.mean(item['found']):.2f} of {len(item['found'])} |", flush=True)
    for name, cells in kept["power"].items():
        for cell in cells:
            powers = " | ".join(f"{value:.2f}" for value in cell["power"].values())
            least = "none" if cell["least_share"] is None else f"{100 * cell['least_share']:.2g} %"
            print(f"| {name} | {cell['holdout']} | {cell['strength']} | {powers} | {least} |")


if __name__ == "__main__":
    main()
