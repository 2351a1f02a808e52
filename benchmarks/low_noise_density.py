"""Question: how accurate is the log density at very low noise, and does it reach three times the speed of attention?

Float64 queries x = xi + sqrt(t) w, one thread. Exact: explicit float64 differences, 8 queries. Attention gives the mean
only, from float32 products. Results: benchmarks/results/low_noise_density.json.
"""

import argparse
import math
from collections.abc import Callable
from functools import partial
from typing import Any

import torch
from empirical_score import CHECKED, SETS, attention, explicit
from harness import FASHION, interleaved, write_record

from remanifold.scores import EmpiricalScore

TIMES = (1e-8, 1e-6, 1e-4, 1e-2)


def measure(name: str, rounds: int) -> list[dict[str, Any]]:
    """Error and ratio at every noise of one set."""
    make, batch, _ = SETS[name]
    data = make()
    data -= data.mean(0)
    engine = EmpiricalScore(data, memory="3GB")
    engine.build()
    found = []
    for t in TIMES:
        generator = torch.Generator().manual_seed(1)
        noise = torch.randn(batch, data.shape[1], generator=generator, dtype=torch.float64)
        x = data[:batch].double() + math.sqrt(t) * noise
        exact = explicit(data, x[:CHECKED], t)[1]
        error = ((engine.log_density(x[:CHECKED], t) - exact).abs() / (1 + exact.abs())).max()
        single = x.float()
        ways: dict[str, Callable[[], object]] = {
            "ours": partial(engine.log_density, x, t),
            "attention": partial(attention, data, single, t),
        }
        seconds = interleaved(ways, rounds)
        ratio = seconds["attention"]["median"] / seconds["ours"]["median"]
        found.append({"data": name, "t": t, "error": float(error), "attention_over_ours": ratio, "seconds": seconds})
        print(f"{name:16s} t={t:<6g} attention/ours {ratio:.2f}  relative error {float(error):.1e}", flush=True)
    return found


def main() -> None:
    """Two sets of images."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    torch.set_num_threads(1)
    sets = [name for name in ("Fashion-MNIST", "patches 16x16x3") if name != "Fashion-MNIST" or FASHION.exists()]
    rows = [row for name in sets for row in measure(name, options.rounds)]
    write_record(
        "low_noise_density",
        "relative error of the log density, and seconds beside attention",
        ("remanifold", "torch", "numpy"),
        dtype="float64 in",
        threads=1,
        rounds=options.rounds,
        rows=rows,
    )


if __name__ == "__main__":
    main()
