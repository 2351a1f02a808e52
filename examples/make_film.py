"""Draw the film of the README: samples that fall onto training images beside samples of a network that do not.

    python examples/make_film.py docs/images/beside.webp     (some seconds)

Left the exact score of 100 digits, right a network that was trained on 1400: the same noise leads both. The axis has
the noise levels of the 100. The samples are the first two whose distances to the 1400 are usual for that network: 60 of
its samples lie 1.72 away (median), unseen digits 2.11. The film opens on its end, which is what a reader sees first.
The ending of the file says its kind, .webp or .html, say.
"""

import math
import sys
from pathlib import Path

import numpy as np

from remanifold import EmpiricalScore, noise_profile, simulate
from remanifold.networks import load_ground_truth
from remanifold.plots.film_pair import Side, film_pair
from remanifold.sampling import log_grid

SAMPLES, FRAMES, STEPS_A_FRAME = 2, 72, 3
TOP, LAST = 3.0, 0.03  # sigma; the digits lie in -1..1
SEED, FIRST = 4, 7
HELD = 28  # frames that the end stands before the film begins


def main(target: Path) -> None:
    """Sample both, draw, write."""
    few = load_ground_truth("digits-100-seed0").training.astype(np.float64)
    network, many, unseen, _ = load_ground_truth("digits-1400-seed0")
    levels = log_grid(TOP**2, LAST**2, FRAMES * STEPS_A_FRAME)
    shown = levels[::STEPS_A_FRAME]
    order = np.array([len(shown) - 1] * HELD + list(range(len(shown))))
    sides = []
    for denoiser, rows, caption in (
        (EmpiricalScore(few), few, "Exact score of 100 training images"),
        (network, many.astype(np.float64), "Network trained on 1400 images"),
    ):
        run = simulate(denoiser, levels, n_samples=SAMPLES, shape=(8, 8), record=shown.tolist(), seed=SEED, first=FIRST)
        sides.append(Side(run.states[order, :, None], rows[:, None], caption))
    profile = noise_profile(few, threads=1)
    found = {"onset": profile.t_onset, "collapse": profile.t_collapse, "generalization": profile.t_generalization}
    marks = {name: math.sqrt(level) for name, level in found.items() if level is not None}
    apart = np.linalg.norm(unseen.reshape(len(unseen), 1, -1) - many.reshape(1, len(many), -1), axis=2).min(axis=1)
    words = (
        "From the same noise: the perfect fit ends at training images, the network does not",
        f"An image that no model saw lies {np.median(apart):.2g} from the nearest of the 1400 (median).",
    )
    target.write_bytes(film_pair(sides[0], sides[1], shown[order], marks, words, target.suffix[1:]))
    print(f"wrote {target}: {target.stat().st_size / 1000:.0f} kB")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
