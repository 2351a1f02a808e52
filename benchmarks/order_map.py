"""Question: in how many dimensions, for how many points, does the best stop lie inside the memorization phase?

log(t_collapse/t_generalization) of isometric Gaussian data at finite size over D and log P for N = D, and the border
where it is 0 for N = D and D = 0.9 N, drawn to docs/images/order-map.svg. Finished rows are kept.
"""

import argparse
import json
import math
from pathlib import Path

import numpy as np
from harness import RESULTS

from remanifold._core.errors import NotConverged
from remanifold._core.version import __version__
from remanifold.theory.finite.order import fewest_dimensions, log_gap

FIGURE = Path(__file__).parent.parent / "docs" / "images" / "order-map.svg"
DIMS = (3, 5, 8, 11, 14, 17, 21, 26, 32, 40, 50, 64)
LOG_POINTS = (3.0, 4.0, 5.0, 6.2, 8.0, 10.0, 12.0, 15.0, 18.0, 22.0, 27.0, 32.0)
RATIOS = {"1": "N = D", "0.9": "D = 0.9 N"}
BRUTE = ((8, 500, "white", "above"), (18, 500, "black", "below"))
"""D = N and P where brute force has the same order (finite-size.md), and where it found the best stop."""


def gap(log_points: float, dim: int) -> float | None:
    """Positive where the best stop lies inside; None where the theory of a size has no answer."""
    try:
        return round(log_gap(round(math.exp(log_points)), dim), 4)
    except NotConverged:
        return None


def border(log_points: float, ratio: float) -> int | None:
    """The fewest dimensions, or None as in `gap`."""
    try:
        return fewest_dimensions(round(math.exp(log_points)), ratio)
    except NotConverged:
        return None


def draw(gaps: dict[str, list[float | None]], borders: dict[str, dict[str, int | None]]) -> None:
    """A colour for N = D, borders for both ratios."""
    import matplotlib as mpl
    from matplotlib.figure import Figure

    mpl.rcParams |= {"svg.fonttype": "none", "svg.hashsalt": "order map", "font.size": 9.0}
    figure = Figure(figsize=(5.6, 4.0), layout="constrained")
    place = figure.subplots()
    values = np.array([[np.nan if one is None else one for one in gaps[str(x)]] for x in LOG_POINTS], dtype=float)
    look = {"levels": np.arange(-1.25, 1.26, 0.25), "cmap": "RdBu_r", "extend": "both", "alpha": 0.75}
    figure.colorbar(place.contourf(DIMS, LOG_POINTS, values, **look), ax=place, label="log($t_c/t_g$), N = D")
    for (ratio, label), style in zip(RATIOS.items(), ("-", "--")):
        known = [(dim, float(x)) for x, dim in borders[ratio].items() if dim is not None]
        place.plot(*zip(*known), style, color="black", lw=1.6, label=f"$t_g = t_c$, {label}")
    for dim, n_points, face, side in BRUTE:
        where = f"brute force: best stop {side} the collapse"
        place.plot(dim, math.log(n_points), "o", color="black", mfc=face, ms=5, label=where)
    place.set(xscale="log", xlabel="latent dimension D", ylabel="log P", ylim=(LOG_POINTS[0], LOG_POINTS[-1]))
    ticks = [3, 5, 8, 12, 20, 30, 64]
    place.set_xticks(ticks, [str(tick) for tick in ticks])
    place.set_xticks([], minor=True)
    place.set_xlim(DIMS[0], DIMS[-1])
    place.text(3.6, 22, "best stop\nabove the collapse")
    place.text(28, 10.5, "best stop inside\nmemorization")
    figure.legend(loc="outside lower center", ncols=2, frameon=False)
    FIGURE.parent.mkdir(exist_ok=True)
    figure.savefig(FIGURE, metadata={"Date": None})


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--result", type=Path, default=RESULTS / "order_map.json")
    result: Path = parser.parse_args().result
    start = {"version": __version__, "dims": DIMS, "log_gap": {}, "fewest_dimensions": {ratio: {} for ratio in RATIOS}}
    known = json.loads(result.read_text()) if result.exists() else start
    for x in LOG_POINTS:
        if str(x) not in known["log_gap"]:
            known["log_gap"][str(x)] = [gap(x, dim) for dim in DIMS]
        for ratio, borders in known["fewest_dimensions"].items():
            if str(x) not in borders:
                borders[str(x)] = border(x, float(ratio))
        result.write_text(json.dumps(known, indent=1) + "\n")
        print(x, [borders[str(x)] for borders in known["fewest_dimensions"].values()], flush=True)
    draw(known["log_gap"], known["fewest_dimensions"])


if __name__ == "__main__":
    main()
