"""Figures of the tutorials, from the variables that their pages leave behind."""

import contextlib
import io
import os
import re
import tempfile
import warnings
from pathlib import Path
from typing import Any

import numpy as np

from remanifold import EmpiricalScore

from .style import BLUE, DATA, GREEN, GREY, LEVELS, RED, bare, panels, save

PAGES = Path(__file__).parents[2] / "docs" / "tutorials"
_PYTHON = re.compile(r"(?<!<!-- not run -->\n)^```python\n(.*?)^```$", re.M | re.S)


def _after(name: str) -> dict[str, Any]:
    """Run the Python blocks of a page in an empty folder; the names they leave."""
    names: dict[str, Any] = {"__name__": "__main__"}
    home = Path.cwd()
    with tempfile.TemporaryDirectory() as folder, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        os.chdir(folder)
        try:
            for code in _PYTHON.findall((PAGES / f"{name}.md").read_text(encoding="utf-8")):
                with contextlib.redirect_stdout(io.StringIO()):
                    exec(code, names)
        finally:
            os.chdir(home)
    return names


def images() -> None:
    """A digit at four noise levels with the perfect denoiser's answer; the most and the least exposed digits."""
    names = _after("images")
    rows = (names["train"][:1000] / 8 - 1).astype(float)
    score, digit = EmpiricalScore(rows), rows[3]
    noise = np.random.default_rng(2).normal(size=digit.shape)
    figure, places = panels(5, 1.5, 1.7, rows=2)
    for column, sigma in enumerate((0.0, 0.28, 0.84, 1.17, 2.5)):
        noisy = digit + sigma * noise
        answer = score.denoise(noisy[None], sigma**2)[0] if sigma else digit
        for place, picture in ((places[column], noisy), (places[5 + column], answer)):
            place.imshow(picture, cmap="gray", vmin=-1, vmax=1, interpolation="none")
        bare(places[column], f"σ = {sigma:g}" if sigma else "training digit")
        bare(places[5 + column], "comes back as" if sigma else "")
    places[5].set_visible(False)
    save(figure, "levels")

    exposure = names["report"].exposure
    figure, places = panels(6, 1.2, 1.4, rows=2)
    for place, row in zip(places, [*exposure[:6], *exposure[-6:]]):
        place.imshow(rows[row.row], cmap="gray", vmin=-1, vmax=1, interpolation="none")
        bare(place, f"σ = {row.t**0.5:.2f}")
    save(figure, "exposed")


def finetune() -> None:
    """Index and share over the steps of the fine-tune."""
    monitor = _after("diffusers")["monitor"]
    steps = [look["step"] for look in monitor.history]
    figure, (left, right) = panels(2, 3.2, 2.6)
    left.plot(steps, [look["memory/index"] for look in monitor.history], "o-", color=RED)
    left.set(xlabel="step", ylabel="memory index", ylim=(-0.05, 1), title="how much")
    share, limit = ([look[name] for look in monitor.history] for name in ("memory/share", "memory/share_limit"))
    right.fill_between(steps, [1 - one for one in limit], limit, color=GREY, alpha=0.25, label="without memory", lw=0)
    right.plot(steps, share, "o-", color=BLUE)
    right.axvline(monitor.warned_at, color=RED, ls="--", lw=1, label="warning")
    right.set(xlabel="step", ylabel="share of pairs", ylim=(0.3, 1), title="whether")
    right.legend(loc="upper left")
    save(figure, "finetune")


def tables() -> None:
    """Cumulative distances to the nearest training row."""
    names = _after("tables")
    train = names["train"].to_numpy()
    scale = train.std(0)

    def ratios(rows: Any) -> Any:
        distances = np.sort(np.linalg.norm((rows.to_numpy()[:, None] - train) / scale, axis=2), axis=1)
        return np.sort(distances[:, 0] / distances[:, 1])

    figure, (place,) = panels(1, 4.6, 2.9)
    kinds = (("holdout", "hold-out", GREY), ("honest", "honest table", GREEN), ("copying", "copying table", RED))
    for name, label, colour in kinds:
        values = ratios(names[name])
        place.plot(values, np.arange(1, len(values) + 1) / len(values), color=colour, label=label)
    place.set(
        xlabel="d1/d2: nearest over second nearest training row", ylabel="share of rows", xlim=(0, 1), ylim=(0, 1)
    )
    place.legend()
    save(figure, "nearest")


def diagram() -> None:
    """Three levels over the load; measured and predicted collapse at three sizes."""
    names = _after("phase-diagram")
    plane, figure, places = names["plane"], *panels(3, 2.4, 2.6)
    for row, place in enumerate(places):
        values = (plane.t_onset, plane.t_collapse, plane.t_generalization)
        for (label, colour), one in zip(LEVELS.items(), values):
            place.loglog(names["loads"][::3], one[row][::3] ** 0.5, color=colour, label=label)
        place.set(xlabel="load log(P)/N", title=f"D/N = {plane.latent_ratios[row]:g}", ylim=(0.03, 20))
        place.minorticks_off()
        place.set_xticks([0.02, 0.1, 0.5], labels=["0.02", "0.1", "0.5"])
    places[0].set_ylabel("noise σ")
    places[0].legend(fontsize=8)
    save(figure, "diagram")

    figure, (place,) = panels(1, 4.2, 2.8)
    sizes = list(names["sizes"])
    mean, error = np.array([names["measured"][n] for n in sizes]).T
    place.errorbar(sizes, mean, 1.96 * error, fmt="o", color=DATA, label="measured, 95 %", capsize=3)
    place.plot(sizes, [names["predicted"][n] for n in sizes], color=RED, label="theory of this size")
    place.axhline(names["both"].t_collapse.value, color=GREY, ls="--", label="theory of large size")
    place.set(xlabel="dimension N (load 0.2, D/N = 0.3)", ylabel="collapse t", xticks=sizes, ylim=(1, 2))
    place.legend()
    save(figure, "finite")


def decoder() -> None:
    """Predicted levels of the decoder, and its measured collapse."""
    names = _after("own-manifold")
    found = {**names["predicted"], 100_000: names["many"]}
    figure, (place,) = panels(1, 4.4, 2.8)
    for (label, colour), name in zip(LEVELS.items(), ("t_onset", "t_collapse", "t_generalization")):
        place.loglog(list(found), [getattr(one, name).value for one in found.values()], "-", color=colour, label=label)
    for points, (mean, error) in names["measured"].items():
        place.errorbar(points, mean, 1.96 * error, fmt="o", color=DATA, capsize=3)
    place.plot([], [], "o", color=DATA, label="measured collapse")
    place.set(xlabel="points P", ylabel="noise variance t")
    place.legend(fontsize=8)
    save(figure, "decoder")


def all_of_them() -> None:
    """Every figure of the tutorials."""
    for draw in (images, tables, diagram, decoder, finetune):
        draw()
