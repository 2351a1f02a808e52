"""Question: how well is the collapse at many rows forecast from few, and which forecast is best?

Fashion-MNIST (Debian's dataset-fashion-mnist) in random subsets of 2000, 6000, 20000 and 60000 rows. From each smaller
one log t_collapse at 60000 is forecast: by the dimension at its own collapse (`samples_needed`), by a line and a
parabola in log P through its own subsets, by the closed finite-size form of a Gaussian of its covariance, and of a
mixture of Gaussians (k-means), both moved so that they hold at the subset itself. With ``--decoder`` in the place of
all that, from 2000 and 6000 rows, by the sampled law of a decoder of few latents (variational autoencoder, trained on
the subset alone), moved likewise; what was measured is read from the result.
"""

import argparse
import gzip
import json
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from harness import FASHION, RESULTS
from scipy.cluster.vq import kmeans2

from remanifold._core.version import __version__
from remanifold.data import open_points
from remanifold.measures import noise_profile, samples_needed
from remanifold.theory import finite_size_of_generator
from remanifold.theory.finite.gaussian import finite_size_times, finite_size_times_of_classes

SIZES, PARTS, MODES = (2000, 6000, 20000, 60000), (8, 4, 2), 10
QUERIES = 300
HIDDEN, STEPS, LATENTS = 48, 3000, (6,)  # of the decoder: hidden units, steps of training, latents
LEVELS = np.exp(np.linspace(math.log(60.0**2), math.log(700.0**2), 13))


def profile_of(rows: np.ndarray) -> Any:
    return noise_profile(open_points(rows), levels=LEVELS, max_queries=QUERIES, n_draws=2, threads=1)


def log_collapse(profile: Any) -> float:
    return math.log(profile.t_collapse.value)


def spectrum(rows: np.ndarray) -> np.ndarray:
    values = np.linalg.eigvalsh(np.cov(rows.T))
    return values[values > 1e-3 * values[-1]]


def gaussian(rows: np.ndarray, sizes: tuple[int, ...]) -> list[float]:
    l = spectrum(rows)
    return [math.log(finite_size_times(l, p, rows.shape[1], n_views=128).t_collapse.value) for p in sizes]


def mixture(rows: np.ndarray, sizes: tuple[int, ...]) -> list[float]:
    _, labels = kmeans2(rows, MODES, minit="++", seed=np.random.default_rng(0))
    kept = [k for k in range(MODES) if (labels == k).sum() >= 60]
    counts = np.array([(labels == k).sum() for k in kept])
    spectra = [spectrum(rows[labels == k]) for k in kept]
    found = (finite_size_times_of_classes(spectra, counts / counts.sum(), p, rows.shape[1], n_views=128) for p in sizes)
    return [math.log(times.t_collapse.value) for times in found]


def trained_decoder(
    rows: np.ndarray, latent_dim: int, seed: int = 0
) -> tuple[Callable[[np.ndarray], np.ndarray], float]:
    """(latents -> points, share of the variance of held-out rows that it explains), trained on seven eighths of rows.

    The last layer is linear, so that points are given in an orthonormal basis of its range: distances are the same.
    """
    import torch
    from torch.nn import Linear, Sequential, SiLU, Tanh

    torch.manual_seed(seed)
    kept = len(rows) * 7 // 8
    middle, scale = rows[:kept].mean(0), float(rows[:kept].std())
    data = torch.from_numpy((rows - middle) / scale).float()
    data, held_out = data[:kept], data[kept:]
    encoder = Sequential(Linear(784, 256), SiLU(), Linear(256, 2 * latent_dim))
    linear = Linear(latent_dim, HIDDEN), Linear(HIDDEN, HIDDEN), Linear(HIDDEN, 784)
    decoder = Sequential(linear[0], Tanh(), linear[1], Tanh(), linear[2])
    log_noise = torch.zeros((), requires_grad=True)
    parameters = [*encoder.parameters(), *decoder.parameters(), log_noise]
    steps = torch.optim.Adam(parameters, 1e-3, weight_decay=1e-5)
    best: tuple[float, dict[str, Any]] = (math.inf, {})
    for step in range(STEPS):
        batch = data[torch.randint(kept, (128,))]
        mean, log_width = encoder(batch).chunk(2, 1)
        latents = mean + log_width.exp() * torch.randn_like(mean)
        left = (decoder(latents) - batch).square().sum(1)
        divergence = 0.5 * (mean.square() + (2 * log_width).exp() - 1 - 2 * log_width).sum(1)
        loss = (0.5 * left * (-2 * log_noise).exp() + 784 * log_noise + divergence).mean()
        steps.zero_grad()
        loss.backward()
        steps.step()
        if step % 200 == 199:  # stop early, on rows that were held out
            with torch.no_grad():
                error = float((decoder(encoder(held_out).chunk(2, 1)[0]) - held_out).square().mean())
            if error < best[0]:
                best = error, {name: value.clone() for name, value in decoder.state_dict().items()}
    decoder.load_state_dict(best[1])
    layers = [(layer.weight.detach().numpy().T, layer.bias.detach().numpy()) for layer in linear]
    (first, a), (second, b), (last, _) = layers
    _, narrow = np.linalg.qr(last.T * scale)  # |h last| = |h narrow^T| for every h

    def points(latents: np.ndarray) -> np.ndarray:
        return np.tanh(np.tanh(latents @ first + a) @ second + b) @ narrow.T

    return points, 1 - best[0] / float(held_out.square().mean())


def add_decoder(images: np.ndarray, result: Path) -> None:
    """Forecasts by trained decoders, beside those in ``result``."""
    record = json.loads(result.read_text())
    truth, record["decoder"] = record["measured"][str(SIZES[-1])]["log_t"], {"hidden": HIDDEN, "steps": STEPS}
    for size in SIZES[:2]:
        here = record["measured"][str(size)]["log_t"]
        for latent_dim in LATENTS:
            points, explained = trained_decoder(images[:size].astype(np.float64), latent_dim)
            times = [finite_size_of_generator(points, p, latent_dim, accuracy=0.05) for p in (size, SIZES[-1])]
            first, last = (math.log(time.t_collapse.value) for time in times)
            name, errors = f"decoder of {latent_dim}", record["errors"][str(size)]
            errors[name], errors[f"{name}, as it is"] = round(here + last - first - truth, 4), round(last - truth, 4)
            record["decoder"][f"{size}, {latent_dim}"] = {
                "explained": round(explained, 4),
                "stderr": [round(time.t_collapse.log_stderr, 4) for time in times],
            }
            print(size, name, errors[name], errors[f"{name}, as it is"], record["decoder"], flush=True)
            result.write_text(json.dumps(record, indent=1) + "\n")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--images", type=Path, default=FASHION)
    parser.add_argument("--result", type=Path, default=RESULTS / "forecast_fashion.json")
    parser.add_argument("--decoder", action="store_true", help="only forecasts by trained decoders")
    options = parser.parse_args()
    raw = gzip.decompress(options.images.read_bytes())
    images = np.frombuffer(raw, dtype=np.uint8, offset=16).reshape(-1, 784)
    images = images[np.random.default_rng(0).permutation(len(images))]
    if options.decoder:
        return add_decoder(images, options.result)
    record: dict[str, Any] = {"version": __version__, "data": "Fashion-MNIST", "queries": QUERIES, "measured": {}}
    profiles = {}
    for size in sorted({*SIZES, *(size // part for size in SIZES[:-1] for part in PARTS)}):
        profiles[size] = profile_of(np.ascontiguousarray(images[:size]))
        found = profiles[size].t_collapse
        record["measured"][size] = {"log_t": math.log(found.value), "stderr": found.log_stderr}
        print("measured", size, record["measured"][size], flush=True)
    record["errors"] = {}
    truth = log_collapse(profiles[SIZES[-1]])
    for size in SIZES[:-1]:
        rows = images[:size].astype(np.float64)
        here = log_collapse(profiles[size])
        sizes = [size // part for part in PARTS] + [size]
        logs, values = np.log(sizes), [log_collapse(profiles[p]) for p in sizes]
        goal = math.log(SIZES[-1])
        need = [samples_needed(profiles[size], math.exp(u)).log_factor.value for u in np.linspace(here - 2, here, 81)]
        forecasts = {
            "dimension": float(np.interp(-(goal - math.log(size)), -np.array(need), np.linspace(here - 2, here, 81))),
            "line": float(np.polyval(np.polyfit(logs, values, 1), goal)),
            "parabola": float(np.polyval(np.polyfit(logs, values, 2), goal)),
        }
        for name, model in (("gaussian", gaussian), ("mixture", mixture)):
            first, last = model(rows, (size, SIZES[-1]))
            forecasts[name], forecasts[f"{name}, as it is"] = here + last - first, last
        record["errors"][size] = {name: round(value - truth, 4) for name, value in forecasts.items()}
        print("error of log t at 60000 from", size, record["errors"][size], flush=True)
        options.result.write_text(json.dumps(record, indent=1) + "\n")


if __name__ == "__main__":
    main()
