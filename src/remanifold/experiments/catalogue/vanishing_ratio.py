"""The best moment to stop lies ever deeper in the memorization phase as the latent ratio goes to zero."""

import math
from typing import TYPE_CHECKING

import numpy as np

from remanifold._core.estimate import mean_estimate
from remanifold.experiments.catalogue.drawn_times import draw_rows, manifold_task
from remanifold.experiments.experiment import FIRST_SEED, Experiment, Rows, Scale, Task
from remanifold.experiments.figures import draw_points, label_ticks, legend_below, panels
from remanifold.experiments.rows import column, groups, select, values_of, weighted_line
from remanifold.experiments.verdict import Verdict, against, against_draws
from remanifold.plots.palette import AMBER, BLUE, PURPLE

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_LATENT = {"quick": (6,), "full": (4, 6, 8)}
_LOAD_PER_LATENT = 1.0  # log(P)/D
_SHARES = {"quick": (1, 2, 4, 8), "full": (1, 2, 4, 8, 16, 32)}
_DRAWS = {"quick": 8, "full": 40}
_COLOURS = {4: AMBER, 6: BLUE, 8: PURPLE}


def tasks(scale: Scale) -> tuple[Task, ...]:
    """Isometric manifolds of D dimensions in N = D, 2D, 4D, ... at fixed P."""
    return tuple(
        manifold_task(
            share * latent,
            latent,
            round(math.exp(_LOAD_PER_LATENT * latent)),
            seed=FIRST_SEED[scale] + 100 * latent,
            draws=_DRAWS[scale],
            ensemble="isometric",
            share=share,
        )
        for latent in _LATENT[scale]
        for share in _SHARES[scale]
    )


def quotient(rows: Rows, kind: str = "") -> np.ndarray:
    """t_g/t_c of each draw; ``kind`` is "", "_predicted" or "_limit"."""
    return column(rows, f"t_generalization{kind}") / column(rows, f"t_collapse{kind}")


def verdicts(rows: Rows) -> list[Verdict]:
    """t_g/t_c at every size, and its exponent in D/N where D/N is small."""
    verdicts = []
    for latent, mine in groups(rows, "latent_dim"):
        for share, here in groups(mine, "share"):
            what, comment = f"t_g/t_c, D = {latent}, D/N = 1/{share}", f"{len(here)} draws, log(P)/D = 1"
            known = {"theory": float(quotient(here, "_limit")[0]), "predicted": quotient(here, "_predicted")}
            verdicts.append(against_draws(what, quotient(here), **known, comment=comment))
        verdicts.append(_exponent(mine, latent))
    return verdicts


def _exponent(rows: Rows, latent: int) -> Verdict:
    """d log(t_g/t_c)/d log(D/N) over the three smallest ratios."""
    shares = sorted(values_of(rows, "share"))[-3:]
    x = [-math.log(share) for share in shares]
    slopes = {}
    for kind in ("", "_predicted", "_limit"):
        logs = [mean_estimate(np.log(quotient(select(rows, share=share), kind))) for share in shares]
        errors = [one.stderr for one in logs] if kind == "" else [1.0] * len(logs)
        slopes[kind] = weighted_line(x, [one.value for one in logs], errors).slope
    return against(
        f"exponent of t_g/t_c in D/N, D = {latent}",
        slopes[""],
        theory=slopes["_limit"].value,
        finite_size=slopes["_predicted"].value,
        comment="least squares over the three smallest D/N; 1 as D/N -> 0",
    )


def figure(rows: Rows) -> "Figure":
    """t_g/t_c over D/N."""
    drawing, axes = panels(1, width=5.4, height=3.6)
    place = axes[0]
    mine, shares, x = rows, [], []
    for latent, of_latent in groups(rows, "latent_dim"):
        mine = sorted(of_latent, key=lambda row: -row["share"])
        shares = values_of(mine, "share")
        x = [1 / share for share in shares]
        logs = [mean_estimate(np.log(quotient(select(mine, share=share)))) for share in shares]
        draw_points(place, x, logs, log=True, color=_COLOURS[latent], label=f"measured, D = {latent}")
        expected = [math.exp(np.log(quotient(select(mine, share=share), "_predicted")).mean()) for share in shares]
        place.plot(x, expected, color=_COLOURS[latent], label=f"finite-size prediction, D = {latent}")
    limit = [float(quotient(select(mine, share=share), "_limit")[0]) for share in shares]
    place.plot(x, limit, ":", color="black", label="limit, log(P)/D = 1")
    place.set(xscale="log", yscale="log", xlabel="latent ratio D/N", ylabel="$t_g/t_c$")
    label_ticks(place, x, [f"1/{share}" if share > 1 else "1" for share in shares])
    legend_below(drawing, place, 2)
    return drawing


EXPERIMENT = Experiment(
    name="vanishing-ratio",
    claim=(
        "At fixed log(P)/D the noise that fits fresh points best lies below the collapse, and t_g/t_c goes to zero "
        "like the latent ratio D/N."
    ),
    source="arXiv 2502.09578; docs/explanation/theory.md (5.3), (5.9)",
    tasks=tasks,
    compute=draw_rows,
    verdicts=verdicts,
    figure=figure,
)
