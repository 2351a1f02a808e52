"""Does an audit depend on how a network was parametrised? One architecture, trained in five ways.

Small UNets of diffusers are trained on the same 100 digits of scikit-learn: DDPMs that predict noise (epsilon) or
velocity (v_prediction), a rectified flow, and networks net(x, sigma) under EDM's preconditioning (arXiv 2206.00364)
that see the noise levels of the DDPMs: "edm" with EDM's weights of these, "edm-as-epsilon" with those of the DDPM that
predicts noise, so that these two have one objective. All but EDM's are saved as pipelines and read
by `from_diffusers`; EDM's are wrapped by `from_edm`. All are evaluated on the same rows under the same noise, and their
memory indices compared.

    python examples/parametrisations.py networks --out parametrisations.json

About two minutes a network on one core; finished networks in the folder are not trained again.
"""

import argparse
import json
import math
import sys
import warnings
from collections.abc import Callable
from importlib import import_module
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import torch

from remanifold._core.files import write_whole
from remanifold.measures import network_memory
from remanifold.measures.memory.audited_rows import audited_rows
from remanifold.measures.memory.memory_index import collapse_of
from remanifold.networks import from_diffusers, from_edm
from remanifold.networks.known.plans import digits_at, row_plan

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # of packages that diffusers would also use
    diffusers: Any = import_module("diffusers")

KINDS = ("epsilon", "edm-as-epsilon", "edm", "v_prediction", "flow")
N_ROWS, BATCH, RATE = 100, 64, 2e-3
STEPS = 1000  # of noise
DRAWS = 4


class EDM(torch.nn.Module):
    """net(x, sigma): the denoised rows, from a UNet under EDM's preconditioning, equation (7)."""

    def __init__(self, unet: torch.nn.Module, sigma_data: float) -> None:
        """``sigma_data``: standard deviation of the data."""
        super().__init__()
        self.unet, self.sigma_data = unet, sigma_data

    def parts(self, x: torch.Tensor, sigma: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        """c_skip, c_out and the UNet's own output."""
        s, d = sigma.reshape(-1, 1, 1, 1).to(x.dtype), self.sigma_data
        root = (s * s + d * d).sqrt()
        raw = self.unet(
            x / root, 250 * sigma.reshape(-1).log()
        ).sample  # log(sigma)/4, times 1000 for an embedding of steps
        return d * d / root**2, s * d / root, raw

    def forward(self, x: torch.Tensor, sigma: torch.Tensor, class_labels: Any = None) -> torch.Tensor:
        """The denoised rows."""
        skip, out, raw = self.parts(x, sigma)
        return skip * x + out * raw


def unet() -> torch.nn.Module:
    """An untrained network, the same for all."""
    return diffusers.UNet2DModel(
        sample_size=8,
        in_channels=1,
        out_channels=1,
        layers_per_block=1,
        block_out_channels=(32, 32),
        norm_num_groups=8,
        down_block_types=("DownBlock2D",) * 2,
        up_block_types=("UpBlock2D",) * 2,
        add_attention=False,
    )


def scheduler_of(kind: str) -> Any:
    """The noise levels that a network is trained at."""
    if kind == "flow":
        return diffusers.FlowMatchEulerDiscreteScheduler(num_train_timesteps=STEPS)
    return diffusers.DDPMScheduler(
        num_train_timesteps=STEPS, prediction_type="v_prediction" if kind == "v_prediction" else "epsilon"
    )


def loss_of(kind: str, network: torch.nn.Module, sigma_data: float) -> Callable[..., torch.Tensor]:
    """The training loss of clean rows x under noise w at whole-number steps k, as its own recipe has it."""
    scheduler = scheduler_of(kind)

    def flow(x: torch.Tensor, w: torch.Tensor, k: torch.Tensor) -> torch.Tensor:
        u = scheduler.sigmas[k]
        return network((1 - u) * x + u * w, scheduler.timesteps[k.reshape(-1)]).sample - (w - x)

    def ddpm(x: torch.Tensor, w: torch.Tensor, k: torch.Tensor) -> torch.Tensor:
        target = w if kind == "epsilon" else scheduler.get_velocity(x, w, k)
        return network(scheduler.add_noise(x, w, k), k.reshape(-1)).sample - target

    def edm(x: torch.Tensor, w: torch.Tensor, k: torch.Tensor) -> torch.Tensor:
        abar = scheduler.alphas_cumprod[k]
        sigma = ((1 - abar) / abar).sqrt()
        y = x + sigma * w
        skip, out, raw = EDM(network, sigma_data).parts(y, sigma)
        error = raw - (x - skip * y) / out
        return error if kind == "edm" else error * out / sigma  # the error of the noise that it implies

    error = {"flow": flow, "edm": edm, "edm-as-epsilon": edm}.get(kind, ddpm)
    return lambda x, w, k: error(x, w, k).square().mean()


def trained(kind: str, rows: np.ndarray, seed: int, steps: int) -> torch.nn.Module:
    """A network of this kind, its learning rate decayed to 0."""
    torch.manual_seed(seed)
    network, data = unet(), torch.tensor(rows, dtype=torch.float32)
    loss = loss_of(kind, network, float(rows.std()))
    optimiser = torch.optim.AdamW(network.parameters(), RATE)
    schedule = torch.optim.lr_scheduler.LambdaLR(optimiser, lambda step: 0.5 * (1 + math.cos(math.pi * step / steps)))
    for step in range(steps):
        x = data[torch.randint(len(data), (BATCH,))]
        found = loss(x, torch.randn_like(x), torch.randint(STEPS, (BATCH, 1, 1, 1)))
        optimiser.zero_grad()
        found.backward()
        torch.nn.utils.clip_grad_norm_(network.parameters(), 1.0)
        optimiser.step()
        schedule.step()
        if step % 500 == 499:
            print(f"  {kind}, seed {seed}, step {step + 1}: loss {found.item():.4f}", flush=True)
    return network.eval()


def saved(kind: str, rows: np.ndarray, seed: int, steps: int, folder: Path) -> Path:
    """Path of the network, trained first if it is missing."""
    path = folder / f"{kind}-{steps}-seed{seed}"
    if not path.exists():
        network, part = trained(kind, rows, seed, steps), path.with_name(path.name + ".part")
        pipeline = diffusers.DDPMPipeline(network, scheduler_of(kind))
        pipeline.save_pretrained(part)
        part.rename(path)
    return path


def denoiser_of(kind: str, path: Path, sigma_data: float) -> Any:
    """The network, wrapped as its kind needs."""
    if not kind.startswith("edm"):
        return from_diffusers(path)
    return from_edm(EDM(diffusers.UNet2DModel.from_pretrained(path / "unet", low_cpu_mem_usage=False), sigma_data))


def index_of(denoiser: Any, rows: np.ndarray, held_out: np.ndarray, t_collapse: float, seed: int) -> dict[str, Any]:
    """The memory index of one network."""
    found = network_memory(denoiser, rows, held_out, t_collapse=t_collapse, draws=DRAWS, seed=seed)
    known = np.isfinite(found.index.value)
    levels = dict(zip((found.t / t_collapse)[known].round(4).tolist(), found.index.value[known].round(4).tolist()))
    return {
        "index": found.total.value,
        "stderr": found.total.stderr,
        "by_t_over_t_collapse": levels,
        "told_apart": found.test.share.value,
    }


def spread(values: list[float]) -> tuple[float, float]:
    """Mean and its standard error over networks."""
    return float(np.mean(values)), float(np.std(values, ddof=1) / math.sqrt(len(values)))


def main() -> int:
    """Train what is missing, audit all, print and write the comparison."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, help="where networks are kept")
    parser.add_argument("--seeds", type=int, default=3, help="networks of each kind, at least 2")
    parser.add_argument("--steps", type=int, default=3000, help="of training")
    parser.add_argument("--kinds", nargs="+", choices=KINDS, default=list(KINDS))
    parser.add_argument("--out", type=Path, default=Path("parametrisations.json"))
    given = parser.parse_args()
    if given.seeds < 2:
        parser.error(f"a spread needs 2 seeds at least, but got {given.seeds}")
    torch.set_num_threads(1)
    given.folder.mkdir(parents=True, exist_ok=True)
    plan = row_plan(N_ROWS, 0)
    rows, held_out = (digits_at(part)[:, None] for part in (plan.training, plan.held_out))
    t_collapse = collapse_of(audited_rows(rows, held_out), 0)
    found: dict[str, Any] = {kind: [] for kind in given.kinds}
    for seed in range(given.seeds):
        for kind in given.kinds:
            path = saved(kind, rows, seed, given.steps, given.folder)
            one = index_of(denoiser_of(kind, path, float(rows.std())), rows, held_out, t_collapse, 0)
            print(f"{kind}, seed {seed}: index {one['index']:.3f} ± {one['stderr']:.3f} {one['by_t_over_t_collapse']}")
            found[kind].append(one)
    means = {kind: spread([one["index"] for one in of_kind]) for kind, of_kind in found.items()}
    for kind, (mean, error) in means.items():
        print(f"{kind:14} {mean:.3f} ± {error:.3f}")
    result = {
        "question": "memory index of one architecture in several parametrisations: mean and standard error over seeds",
        "index": means,
        "networks": found,
        "t_collapse": t_collapse,
        "rows": N_ROWS,
        "held_out": len(held_out),
        "weights": sum(w.numel() for w in unet().parameters()),
        "training": {"steps": given.steps, "batch": BATCH, "rate": RATE},
        "draws": DRAWS,
        "versions": {name: version(name) for name in ("torch", "diffusers", "numpy", "remanifold")},
    }
    write_whole(given.out, json.dumps(result, indent=1) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
