"""Pictures of the plane: what noise, denoising, traps and memorization are."""

import numpy as np
from numpy.typing import NDArray
from sklearn.datasets import make_moons

from remanifold import EmpiricalScore, noise_profile, simulate
from remanifold.sampling import log_grid

from .style import BLUE, DATA, GREEN, GREY, RED, bare, panels, save

POINTS = np.asarray(make_moons(30, noise=0.06, random_state=3)[0]) - [0.5, 0.25]
SHAPE = np.asarray(make_moons(600, noise=0.06, random_state=4)[0]) - [0.5, 0.25]
SCORE = EmpiricalScore(POINTS)
WINDOW = {"xlim": (-2.1, 2.1), "ylim": (-1.5, 1.5), "aspect": "equal"}


def _show(place, title: str, shape: bool = False, size: float = 14) -> None:
    if shape:
        place.scatter(*SHAPE.T, rasterized=True, s=5, color=GREY, alpha=0.25, lw=0)
    place.scatter(*POINTS.T, s=size, color=DATA, zorder=3, lw=0)
    place.set(**WINDOW)
    bare(place, title)


def what_is_trained() -> None:
    """The shape, the training points, and the points with noise."""
    figure, places = panels(3, 1.8, 1.6)
    places[0].scatter(*SHAPE.T, rasterized=True, s=5, color=GREY, alpha=0.5, lw=0)
    places[0].set(**WINDOW)
    bare(places[0], "the world")
    _show(places[1], "30 points of it", shape=True)
    _show(places[2], "with noise")
    random = np.random.default_rng(0)
    for _ in range(8):
        places[2].scatter(
            *(POINTS + 0.25 * random.normal(size=POINTS.shape)).T, s=4, color=BLUE, alpha=0.5, lw=0, rasterized=True
        )
    save(figure, "what-is-trained")


def denoising() -> None:
    """Where the perfect denoiser sends a noisy point, at much, middling and little noise."""
    figure, places = panels(3, 1.8, 1.6)
    noisy = np.array([[-1.1, 0.75], [0.1, -0.1], [1.5, -0.2], [0.4, 0.9], [-0.5, -0.6], [1.0, 0.55]])
    for place, (sigma, words) in zip(places, ((1.5, "much noise"), (0.3, "some noise"), (0.08, "little noise"))):
        _show(place, words)
        for start, end in zip(noisy, SCORE.denoise(noisy, sigma**2)):
            place.plot(*start, "o", color=BLUE, ms=4)
            place.annotate("", end, start, arrowprops={"arrowstyle": "->", "color": BLUE, "lw": 1.3})
    save(figure, "denoising")


def _fallen(levels: list[float]) -> list[NDArray[np.float64]]:
    run = simulate(SCORE, log_grid(25.0, 1e-3, 150), n_samples=300, record=[s**2 for s in levels], seed=0)
    return list(run.states)


def falling() -> None:
    """300 particles at four noise levels under the exact score."""
    profile = noise_profile(POINTS)
    stop, collapse = profile.t_generalization.sigma, profile.t_collapse.sigma
    levels = [1.5, stop, collapse, 0.04]
    titles = ("much noise: a cloud", "best stop: the shape", "collapse", "the end: 30 heaps")
    figure, places = panels(2, 2.5, 2.0, rows=2)
    for place, states, title, sigma in zip(places, _fallen(levels), titles, levels):
        _show(place, title, size=10)
        place.scatter(
            *states.T, s=4, color=BLUE if sigma > collapse else RED, alpha=0.6, lw=0, zorder=2, rasterized=True
        )
        place.set_xlabel(f"σ = {sigma:.2f}")
    save(figure, "plane")


def traps() -> None:
    """To which training point each place of the plane belongs, at two noise levels."""
    figure, places = panels(2, 2.5, 2.1)
    x, y = np.meshgrid(np.linspace(-2.1, 2.1, 106), np.linspace(-1.5, 1.5, 76))
    grid = np.column_stack([x.ravel(), y.ravel()])
    for place, (sigma, words) in zip(places, ((0.3, "some noise: shared"), (0.06, "little noise: owned"))):
        share = SCORE.participation(grid, sigma**2).reshape(x.shape)
        place.imshow(
            share, extent=(-2.1, 2.1, -1.5, 1.5), origin="lower", cmap="OrRd", vmin=0, vmax=1.3, interpolation="none"
        )
        _show(place, words, size=9)
    save(figure, "owners")


def copy_or_new() -> None:
    """A sample that is a copy and one that is new: distance to the nearest training point decides nothing alone."""
    figure, places = panels(2, 2.5, 2.1)
    _show(places[0], "copies")
    places[0].scatter(*(POINTS[::3] + 0.01).T, s=60, facecolor="none", edgecolor=RED, lw=1.5, zorder=4)
    _show(places[1], "new points")
    places[1].scatter(*SHAPE[:10].T, s=60, facecolor="none", edgecolor=GREEN, lw=1.5, zorder=4)
    save(figure, "copy-or-new")


def all_of_them() -> None:
    """Every picture of this file."""
    for draw in (what_is_trained, denoising, falling, traps, copy_or_new):
        draw()
