"""Figures of the start page and of the glossary."""

import matplotlib.ticker
import numpy as np
from sklearn.datasets import load_digits

import remanifold as rm
from remanifold.networks import load_ground_truth

from .style import BLUE, DATA, GREY, LEVELS, bare, panels, save

DIGITS = (np.random.default_rng(1).permutation(load_digits().images) / 8 - 1).astype(np.float32)
TRAIN, HOLDOUT = DIGITS[:1000], DIGITS[1000:1400]


def copying() -> np.ndarray:
    """The samples of which twenty are near copies, as on the start page."""
    samples = DIGITS[1400:1600].copy()
    samples[:20] = TRAIN[:20] + 0.05 * np.random.default_rng(1).normal(size=(20, 8, 8))
    return samples


def sets() -> None:
    """Four digits of each set."""
    figure, places = panels(4, 1.0, 1.15, rows=3)
    for row, (name, images) in enumerate((("training", TRAIN), ("hold-out", HOLDOUT), ("generated", copying()[30:]))):
        for place, image in zip(places[4 * row :], images[:4]):
            place.imshow(image, cmap="gray", vmin=-1, vmax=1, interpolation="none")
            bare(place)
        places[4 * row].set_ylabel(name)
    save(figure, "start-sets")


def pairs() -> None:
    """Named samples above their training rows."""
    report = rm.audit_copies(TRAIN, copying(), HOLDOUT)
    figure, places = panels(6, 1.0, 1.2, rows=2)
    for k, pair in enumerate(report.flagged[:6]):
        for place, image in ((places[k], copying()[pair.sample]), (places[6 + k], TRAIN[pair.train])):
            place.imshow(image, cmap="gray", vmin=-1, vmax=1, interpolation="none")
            bare(place)
    places[0].set_ylabel("sample")
    places[6].set_ylabel("training row")
    save(figure, "start-pairs")


def index() -> None:
    """Memory index of the shipped network over the noise."""
    known = load_ground_truth("digits-100-seed0")
    model = rm.AuditedNetwork(known.denoiser, "digits-100", "shipped", cheap=True)
    report = rm.audit(known.training, holdout=known.held_out, model=model)
    levels = [level for level in report.model.levels if level.index is not None]
    figure, (place,) = panels(1, 4.4, 2.6)
    sigmas = [level.t**0.5 for level in levels]
    values, errors = [level.index.value for level in levels], [1.96 * level.index.stderr for level in levels]
    place.errorbar(sigmas, values, errors, fmt="o-", color=BLUE, label="network")
    for height, words in ((1, "exact score"), (0, "no memory")):
        place.axhline(height, color=GREY, ls=":", lw=1)
        place.text(sigmas[0], height + 0.03, words, color=GREY)
    place.axvline(report.t_collapse.sigma, color=LEVELS["collapse"], lw=1, label="collapse")
    place.set(xscale="log", xlabel="noise σ", ylabel="memory index", ylim=(-0.1, 1.2))
    place.xaxis.set_major_locator(matplotlib.ticker.FixedLocator([0.25, 0.5, 1, 2, 4]))
    place.xaxis.set_major_formatter(matplotlib.ticker.FormatStrFormatter("%g"))
    place.xaxis.set_minor_locator(matplotlib.ticker.NullLocator())
    place.legend(loc="center left")
    save(figure, "start-index")


def axis() -> None:
    """The noise axis of the training digits with its three marks."""
    profile = rm.noise_profile(TRAIN)
    marks = (profile.t_onset, profile.t_collapse, profile.t_generalization)
    figure, (place,) = panels(1, 5.6, 1.3)
    place.axhline(0, color=DATA, lw=1)
    for (label, colour), level, height in zip(LEVELS.items(), marks, (0.42, -0.42, 0.42)):
        place.plot([level.sigma] * 2, [0, 0.7 * height], color=colour, lw=2)
        place.text(level.sigma, height, f"{label}, σ = {level.sigma:.2f}", color=colour, ha="center", va="center")
    place.text(3.8, -0.42, "more noise →", ha="right", va="center", color=GREY)
    place.set(xscale="log", xlim=(0.1, 4), ylim=(-0.6, 1.15))
    bare(place)
    place.xaxis.set_minor_locator(matplotlib.ticker.NullLocator())
    save(figure, "axis")


def all_of_them() -> None:
    """Every figure of the start page."""
    for draw in (sets, pairs, index, axis):
        draw()
