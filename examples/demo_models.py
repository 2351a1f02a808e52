"""Audit two small networks whose training sets are known: one that memorizes, one that mostly generalizes.

Both are shipped diffusion models of scikit-learn's digits; they differ in the number of training rows, 100 and 1400.
Generated samples of each are compared with its training rows too. Everything is written to ./demo, and in the end the
audits of data and networks are put on one page, demo/index.html; run with `make demo`.
"""

import json
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
from demo_page import write_page

from remanifold import simulate
from remanifold.networks import load_ground_truth
from remanifold.sampling import log_grid

FOLDER = Path("demo")
MODELS = {"digits-100-seed0": "100 images: memorizes", "digits-1400-seed0": "1400 images: mostly generalizes"}
EVALUATIONS = 60_000
SAMPLES = 500


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
    """Audit both, and put them beside the audit of the data where there is one."""
    reports = {name: audited(name) for name in MODELS}
    say(reports)
    print(f"\nEverything on one page: {write_page(FOLDER, MODELS).resolve()}")
    first, second = (report["model"]["index"][0] for report in reports.values())
    return 0 if first > 0.5 > second else 1


if __name__ == "__main__":
    sys.exit(main())
