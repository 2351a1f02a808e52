"""Question: do the constants of `scores/pruned/costs.py` take the cheaper way on this machine?

The sets and noise levels of `empirical_score.py` whose rows take matrix products, one thread, processor time: means of
128 queries as the engine chooses, with every query's points ruled out and the rest listed, and with products over all
points for every query, in turn. Regret: the time as chosen over the least of the three. Where it is large, fit the
constants to the seconds in the record; every way keeps the tolerance.
"""

import argparse
import math
import time
from collections.abc import Callable
from typing import Any

import torch
from empirical_score import SETS
from harness import FASHION, interleaved, write_record

from remanifold.scores import EmpiricalScore, indexed

QUERIES, NARROWEST = 128, 25
CHOSEN = indexed.products_cost_less


def decided(products: bool | None) -> Callable[..., torch.Tensor]:
    """The choice left as it is, or one way for all."""
    if products is None:
        return CHOSEN
    return lambda _, __, ___, single, *____: torch.full_like(single, products, dtype=torch.bool)


def measure(data: torch.Tensor, engine: EmpiricalScore, t: float, rounds: int) -> dict[str, Any]:
    """Seconds of each way at one noise level."""
    generator = torch.Generator().manual_seed(1)
    x = data[:QUERIES] + math.sqrt(t) * torch.randn(QUERIES, data.shape[1], generator=generator)

    def way(products: bool | None) -> Callable[[], None]:
        def run() -> None:
            indexed.products_cost_less = decided(products)
            engine.sums(x, t)
            indexed.products_cost_less = CHOSEN

        return run

    ways: dict[str, Callable[[], object]] = {
        "as chosen": way(None),
        "ruled out and listed": way(False),
        "products over all": way(True),
    }
    seconds = {name: took["median"] for name, took in interleaved(ways, rounds, time.process_time).items()}
    regret = seconds["as chosen"] / min(seconds.values())
    return {"t": t, "seconds": seconds, "regret": regret, "plan": str(engine.plan(t, x))}


def main() -> None:
    """Every set."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--sets", nargs="*", default=list(SETS), help="names of the sets to measure")
    options = parser.parse_args()
    torch.set_num_threads(1)
    found: dict[str, list[dict[str, Any]]] = {}
    for name, (make, _, levels) in SETS.items():
        if name not in options.sets or (name == "Fashion-MNIST" and not FASHION.exists()):
            continue
        data = make()
        if data.shape[1] < NARROWEST:
            continue
        engine = EmpiricalScore(data)
        found[name] = []
        for t in levels:
            found[name].append(row := measure(data, engine, t, options.rounds))
            took = ", ".join(f"{way} {1e3 * s:.0f}" for way, s in row["seconds"].items())
            print(f"{name:16s} t={t:<6g} regret {row['regret']:.2f}  ms: {took}", flush=True)
    write_record(
        "score_ways",
        "whether the cheaper way of summing is taken, by the constants of scores/pruned/costs.py",
        ("remanifold", "torch", "numpy"),
        threads=1,
        queries=QUERIES,
        rounds=options.rounds,
        largest_regret=max(row["regret"] for rows in found.values() for row in rows),
        sets=found,
    )


if __name__ == "__main__":
    main()
