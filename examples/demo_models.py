"""Audit two small networks whose training sets are known: one that memorizes, one that mostly generalizes.

Both are shipped diffusion models of scikit-learn's digits; they differ in the number of training rows, 100 and 1400.
Generated samples of each are compared with its training rows too. Everything is written to ./demo;
run with `make demo`.
"""

import json
import math
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import plotly.graph_objects as go

from remanifold import simulate
from remanifold.networks import load_ground_truth
from remanifold.sampling import log_grid

FOLDER = Path("demo")
MODELS = {"digits-100-seed0": "100 rows: memorizes", "digits-1400-seed0": "1400 rows: mostly generalizes"}
COLOURS = ("#d9541e", "#2f7fd6")
EVALUATIONS = 60_000
SAMPLES = 500
TICKS = (0.25, 0.5, 1, 2, 4)


def audited(name: str) -> dict[str, Any]:
    """The report of one network, made through the command line as a user would."""
    folder = FOLDER / name
    folder.mkdir(parents=True, exist_ok=True)
    known = load_ground_truth(name)
    np.save(folder / "train.npy", known.training)
    np.save(folder / "holdout.npy", known.held_out)
    levels = log_grid(1000.0, 4e-4, 100)
    made = simulate(known.denoiser, levels, n_samples=SAMPLES, final="posterior mean", seed=0).samples
    np.save(folder / "samples.npy", made)
    words = ["audit", f"{folder}/train.npy", "--holdout", f"{folder}/holdout.npy"]
    words += ["--samples", f"{folder}/samples.npy", "--model", f"ground-truth:{name}"]
    words += ["--evaluations", str(EVALUATIONS), "--out", f"{folder}/report"]
    print(f"$ {shlex.join(['remanifold', *words])}", flush=True)
    command = [Path(sys.executable).with_name("remanifold"), *words]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return json.loads((folder / "report" / "report.json").read_text())


def picture(reports: dict[str, dict[str, Any]]) -> go.Figure:
    """Memory index over the noise, in units of each set's collapse, of both networks."""
    figure = go.Figure()
    for (name, report), colour in zip(reports.items(), COLOURS):
        collapse = math.sqrt(report["t_collapse"]["value"])
        known = [level for level in report["model"]["levels"] if level["index"] is not None]
        x = [math.sqrt(level["t"]) / collapse for level in known]
        y, error = zip(*(level["index"] for level in known))
        bars = {"type": "data", "array": [1.96 * one for one in error]}
        line = {"color": colour, "width": 3}
        figure.add_scatter(x=x, y=y, error_y=bars, name=MODELS[name], mode="lines+markers", line=line)
    figure.add_hline(y=1, line_dash="dot", annotation_text="the exact empirical score")
    figure.add_hline(y=0, line_dash="dot", annotation_text="no memory", annotation_position="bottom right")
    figure.add_vline(x=1, line_width=1)
    figure.update_layout(
        title="Does the network remember its training rows?",
        template="plotly_white",
        xaxis_title="noise level σ / σ<sub>c</sub> (collapse at 1)",
        yaxis_title="memory index",
        xaxis_type="log",
        legend={"x": 0.02, "y": 0.5},
        xaxis_tickvals=TICKS,
        xaxis_ticktext=[f"{tick:g}" for tick in TICKS],
    )
    return figure


def say(reports: dict[str, dict[str, Any]]) -> None:
    """The two networks beside each other."""
    print(f"\n{'network':32} memory index   rows remembered   return from the collapse (training, hold-out)")
    for name, report in reports.items():
        model = report["model"]
        turn = model["turns"][1]
        index, error = model["index"]
        rows = f"{len(model['remembered'])} of {model['n_training']}"
        shares = f"{turn['training'][0]:.2f}, {turn['holdout'][0]:.2f}"
        print(f"{MODELS[name]:32} {index:.3f} ± {error:.3f}  {rows:16}  {shares}")
    print(f"\n{'its samples':32} nearer to training   without copying   samples named as copies")
    for name, report in reports.items():
        number = {one["name"]: one for one in report["samples"]["numbers"]}
        closer = number["closer_share"]
        shares = f"{closer['value']:15.3f}   {closer['null']:19.3f}"
        print(f"{MODELS[name]:32} {shares}   {number['named_samples']['value']:.0f} of {SAMPLES}")


def main() -> int:
    """Audit both, compare them in one picture."""
    reports = {name: audited(name) for name in MODELS}
    say(reports)
    path = FOLDER / "models.html"
    picture(reports).write_html(path, include_plotlyjs=True)
    print(f"\nBoth networks in one picture: {path.resolve()}")
    first, second = (report["model"]["index"][0] for report in reports.values())
    return 0 if first > 0.5 > second else 1


if __name__ == "__main__":
    sys.exit(main())
