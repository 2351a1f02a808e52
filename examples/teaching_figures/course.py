"""Figures of the course."""

import numpy as np

from remanifold import EmpiricalScore, noise_profile
from remanifold.networks import load_ground_truth
from remanifold.theory.finite.gaussian import finite_size_times

from .style import BLUE, DATA, LEVELS, RED, bare, panels, save

RAISED = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")
CRITICAL = 1 / (2 * np.sqrt(np.log(2)))


def random_energies() -> None:
    """Participation of the random energy model over the temperature."""
    figure, (place,) = panels(1, 4.6, 3.0)
    temperatures = np.linspace(0.1, 1.3, 40)
    for n, colour in ((8, "#a9c8ee"), (12, "#6ca4e3"), (18, BLUE)):
        means = np.zeros(len(temperatures))
        for seed in range(60 if n < 18 else 12):
            energy = np.sqrt(n / 2) * np.random.default_rng(seed).normal(size=2**n)
            for k, temperature in enumerate(temperatures):
                weight = np.exp(-(energy - energy.min()) / temperature)
                means[k] += np.sum(weight**2) / np.sum(weight) ** 2
        place.plot(
            temperatures, means / (60 if n < 18 else 12), color=colour, label=f"2{str(n).translate(RAISED)} levels"
        )
    place.plot([0.0, CRITICAL, 1.3], [1, 0, 0], "--", color=DATA, lw=1, label="limit")
    place.set(xlabel="temperature T", ylabel="participation", xlim=(0, 1.3), ylim=(0, 1))
    place.legend()
    save(figure, "rem")


def order() -> None:
    """The three levels of 500 points over the dimension, at finite size."""
    dims = (3, 5, 8, 12, 18, 26, 40, 64)
    found = [finite_size_times([1.0] * dim, n_points=500, ambient_dim=dim) for dim in dims]
    figure, (place,) = panels(1, 4.6, 3.0)
    names = ("t_onset", "t_collapse", "t_generalization")
    for (label, colour), name in zip(LEVELS.items(), names):
        place.loglog(dims, [getattr(times, name).sigma for times in found], "o-", ms=4, color=colour, label=label)
    place.set(xlabel="dimensions (500 Gaussian points)", ylabel="noise σ", xticks=dims)
    place.set_xticklabels([str(dim) for dim in dims])
    place.set_yticks([0.25, 0.5, 1, 2, 4], labels=["0.25", "0.5", "1", "2", "4"])
    place.minorticks_off()
    place.legend()
    save(figure, "order")


def uturn() -> None:
    """A digit noised and brought back by exact scores and networks."""
    small, large = load_ground_truth("digits-100-seed0"), load_ground_truth("digits-1400-seed0")
    figure, places = panels(6, 1.35, 1.75, rows=2)
    for row, known in enumerate((small, large)):
        sigma = noise_profile(known.training, max_queries=200).t_collapse.sigma * 0.7
        clean = known.held_out[:1]
        noisy = clean + sigma * np.random.default_rng(5).normal(size=clean.shape)
        exact = EmpiricalScore(known.training).denoise(noisy, sigma**2)
        nearest = known.training[[np.argmin(((known.training - exact) ** 2).reshape(len(known.training), -1).sum(1))]]
        shown = (clean, noisy, exact, nearest, known.denoiser(noisy, sigma**2))
        titles = ("an unseen digit", f"noised, σ = {sigma:.2f}", "exact score", "a training row", "network")
        for place, picture, title in zip(places[6 * row : 6 * row + 5], shown, titles):
            place.imshow(np.asarray(picture).reshape(8, 8), cmap="gray", vmin=-1, vmax=1, interpolation="none")
            bare(place, title)
            place.title.set_fontsize(8)
        bare(places[6 * row + 5])
        places[6 * row + 5].text(0.0, 0.5, f"{len(known.training)}\ntraining\ndigits", va="center", color=RED)
    save(figure, "uturn")


def all_of_them() -> None:
    """Every figure of the course."""
    for draw in (random_energies, order, uturn):
        draw()
