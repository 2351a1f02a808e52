"""Question: when does memory begin, beside the bound that pilots on a quarter of the rows give?

Networks with constant rate are trained on n rows, and twice on n/4 of these; a monitor watches each at t_c(n)/16 and
t_c(n)/4. ``true_over_expected`` is the step of index .1 of the whole over the expectation of `training_bound`: it says
at least 1/1.5, and at most 2.5 where the network has weights to spare. Digits of scikit-learn, Fashion-MNIST
brought to 14 x 14 (Debian's dataset-fashion-mnist), residual networks and a small UNet (extra diffusers).
Finished cases are kept in the record; a second call goes on.
"""

import argparse
import contextlib
import gzip
import json
import time

import numpy as np
import torch
from harness import FASHION, RESULTS, write_record
from sklearn.datasets import load_digits

from remanifold import MemorizationMonitor, noise_profile
from remanifold.measures import training_bound
from remanifold.measures.memory.training_steps import step_at
from remanifold.networks.residual_mlp import ResidualMLP
from remanifold.networks.training import train

NAME = "training_bound"
PARTS = (16, 4)  # of t_c
CASES = {  # data, n, network, width, most steps of the whole
    "digits 400, residual 192": ("digits", 400, "residual", 192, 4000),
    "digits 800, residual 192": ("digits", 800, "residual", 192, 9000),
    "Fashion 14x14 400, residual 384": ("fashion", 400, "residual", 384, 5000),
    "Fashion 14x14 2000, residual 384": ("fashion", 2000, "residual", 384, 24000),
    "digits 200, UNet 24": ("digits", 200, "unet", 24, 8000),
    "Fashion 14x14 200, UNet 16": ("fashion", 200, "unet", 16, 8000),
}


def rows_of(name: str) -> np.ndarray:
    """(P, side, side) with unit scale of about 1, in a fixed random order."""
    if name == "digits":
        rows = load_digits().images / 16.0
    else:
        raw = np.frombuffer(gzip.decompress(FASHION.read_bytes()), np.uint8, offset=16).reshape(-1, 28, 28)[:12000]
        rows = raw.reshape(-1, 14, 2, 14, 2).mean(axis=(2, 4)) / 255.0
    return np.random.default_rng(7).permutation(rows).astype(np.float32)


def small_unet(rows: np.ndarray, width: int, seed: int):
    """A UNet with the preconditioning of arXiv 2206.00364, on pictures padded to a multiple of 4; m(x, t)."""
    import diffusers

    torch.manual_seed(seed)
    side = -(-rows.shape[1] // 4) * 4
    net = diffusers.UNet2DModel(
        sample_size=side, in_channels=1, out_channels=1, layers_per_block=1, block_out_channels=(width, 2 * width),
        norm_num_groups=8, down_block_types=("DownBlock2D",) * 2, up_block_types=("UpBlock2D",) * 2,
        add_attention=False,
    )  # fmt: skip
    return Preconditioned(net, float(rows.std()), float(rows.mean()), side)


class Preconditioned(torch.nn.Module):
    """m(x, t) of a network of noise levels: c_skip x + c_out net(c_in x, ln(sigma)/4)."""

    def __init__(self, net, spread: float, centre: float, side: int) -> None:
        super().__init__()
        self.net, self.spread, self.centre, self.side = net, spread, centre, side

    def forward(self, x, t):
        kind, x = x.dtype, torch.as_tensor(x).float() - self.centre
        t = torch.as_tensor(t).float().reshape(-1, 1, 1).expand(len(x), 1, 1)
        total = t + self.spread**2
        inputs = torch.nn.functional.pad(
            (x / total.sqrt())[:, None], (0, self.side - x.shape[2], 0, self.side - x.shape[1])
        )
        out = self.net(inputs, 250 * (t.reshape(-1).log() / 8)).sample[:, 0, : x.shape[1], : x.shape[2]]
        mean = self.spread**2 / total * x + (t / total).sqrt() * self.spread * out
        return (mean + self.centre).to(kind)


def train_unet(net, rows, steps: int, seed: int, watch) -> None:
    """Adam at a constant rate after 100 steps, batch 64; the loss and noise of `train`; watch(step, averaged)."""
    random = torch.Generator().manual_seed(seed)
    data, optimiser = torch.tensor(rows), torch.optim.Adam(net.parameters(), 1e-3)
    mean = torch.optim.swa_utils.AveragedModel(
        net, multi_avg_fn=torch.optim.swa_utils.get_ema_multi_avg_fn(0.995), use_buffers=True
    )
    for step in range(1, steps + 1):
        for group in optimiser.param_groups:
            group["lr"] = 1e-3 * min(1.0, step / 100)
        x = data[torch.randint(len(data), (64,), generator=random)]
        sigma = net.spread * torch.exp(1.2 * torch.randn(64, 1, 1, generator=random) - 0.5)
        t, noise = sigma**2, torch.randn(x.shape, generator=random)
        weight = (t + net.spread**2) / (t * net.spread**2)
        loss = (weight * (net(x + sigma * noise, t.reshape(-1)) - x) ** 2).mean()
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        mean.update_parameters(net)
        if watch(step, mean.module):
            return


class Enough(Exception):
    """Both monitors are past the alarm."""


def steps_to_alarm(kind, width, rows, holdout, levels, t_own, steps: int, every: int, seed: int):
    """(monitors, number of weights): both noise levels watched until the index is above .13."""
    monitors = [
        MemorizationMonitor(rows, holdout, every=every, rows=150, levels=[t], t_collapse=t_own, level=1e-9)
        for t in levels
    ]

    def watch(step, network):
        for monitor in monitors:
            monitor.update(network, step)
        last = [monitor.history[-1]["memory/index"] for monitor in monitors if monitor.history]
        return len(last) == len(monitors) and min(last) > 0.13

    if kind == "residual":
        net = ResidualMLP.for_rows(rows, width=width, depth=2)

        def raising(step, network):
            if watch(step, network):
                raise Enough

        with contextlib.suppress(Enough):
            train(net, rows, steps=steps, batch=64, learning_rate=2e-3, decay=0, seed=seed, watch=raising)
    else:
        net = small_unet(rows, width, seed)
        for monitor in monitors:
            monitor._device, monitor._adapt = "cpu", lambda m: m
        train_unet(net, rows, steps, seed, watch)
    return monitors, sum(p.numel() for p in net.parameters())


def t_collapse_of(rows) -> float:
    return noise_profile(rows, max_queries=300, threads=1).t_collapse.value


def case(data: str, n: int, kind: str, width: int, most: int) -> dict:
    started, rows = time.process_time(), rows_of(data)
    whole, holdout = rows[:n], rows[n : n + 300]
    t_all = t_collapse_of(whole)
    levels = [t_all / part for part in PARTS]
    pilots, weights = [], 0
    for k in range(2):
        part = whole[k * (n // 4) : (k + 1) * (n // 4)]
        own = steps_to_alarm(kind, width, part, holdout, levels, t_collapse_of(part), most, max(10, most // 160), k)
        pilots.append(own[0])
        weights = own[1]
    true, _ = steps_to_alarm(kind, width, whole, holdout, levels, t_all, most, max(20, most // 80), 5)
    record = {"t_collapse": t_all, "weights": weights, "parts": {}}
    for j, part in enumerate(PARTS):
        bound = training_bound(
            [pilot[j] for pilot in pilots], n_rows=n, n_weights=weights, t_collapse=t_all,
            learning_rate_decays=False, weight_decay=0.0,
        )  # fmt: skip
        step = step_at(true[j].history, 0.1)
        record["parts"][f"t_c/{part}"] = {
            "pilot_steps": bound.pilot_steps, "expected": bound.expected, "true": step,
            "steps_run": true[j].history[-1]["step"],
            "true_over_expected": None if step is None else step / bound.expected, "doubling_of_pilots": bound.doubling,
            "weights_per_number": bound.weights_per_number, "probably_by": bound.probably_by,
        }  # fmt: skip
    record["cpu_seconds"] = time.process_time() - started
    return record


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("cases", nargs="*", help=", ".join(CASES))
    wanted = parser.parse_args().cases or list(CASES)
    torch.set_num_threads(1)
    file = RESULTS / f"{NAME}.json"
    done = json.loads(file.read_text())["cases"] if file.exists() else {}
    for name in wanted:
        if name not in done:
            done[name] = case(*CASES[name])
            print(name, done[name], flush=True)
            write_record(NAME, __doc__, ("torch", "diffusers"), cases=done)


if __name__ == "__main__":
    main()
