"""Question: does classifier-free guidance change how much of the training data samples copy?

A class-conditional network (label left out of one row in ten) is trained on 300 digits of scikit-learn; samples at
several scales of guidance, at several training steps, two seeds. ``third_rule`` is the share of samples nearer to a
training row than a third of the distance to the next one (a common definition of a copy), with the same share of
hold-out rows beside; ``spread`` the standard deviation of samples over that of the data; ``copied_rows`` how many
training rows the named copies are of.
Finished trainings are kept in the record; a second call goes on.
"""

import contextlib
import io
import json

import numpy as np
import torch
from harness import RESULTS, write_record
from sklearn.datasets import load_digits

from remanifold import audit_copies, from_callable
from remanifold.audits import sample_model

NAME = "guidance"
CLASSES, ROWS, SAMPLES = 10, 300, 600
STEPS = (3000, 10000, 30000)
SCALES = (0.0, 1.0, 1.5, 2.0, 3.0, 5.0)
SEEDS = (0, 1)
_WIDTH, _LEFT_OUT, _BATCH, _RATE = 384, 0.1, 64, 1e-3


class Conditional(torch.nn.Module):
    """A residual network on flat rows with EDM's preconditioning (arXiv 2206.00364) and a class; number 10 is none."""

    def __init__(self, dim: int, scale: float, middle: float) -> None:
        """For rows of ``dim`` numbers around ``middle`` with standard deviation ``scale``."""
        super().__init__()
        self.scale, self.middle = scale, middle
        self.into, self.out = torch.nn.Linear(dim, _WIDTH), torch.nn.Linear(_WIDTH, dim)
        self.noise, self.label = torch.nn.Linear(32, _WIDTH), torch.nn.Embedding(CLASSES + 1, _WIDTH)
        self.blocks = torch.nn.ModuleList(
            torch.nn.Sequential(torch.nn.LayerNorm(_WIDTH), torch.nn.Linear(_WIDTH, _WIDTH), torch.nn.SiLU(),
                                torch.nn.Linear(_WIDTH, _WIDTH))
            for _ in range(3)
        )  # fmt: skip

    def forward(self, x: torch.Tensor, sigma: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
        """The denoised rows (batch, dim)."""
        s, x = sigma[:, None].float(), x.float() - self.middle
        total = (s * s + self.scale**2).sqrt()
        waves = s.log() / 4 * torch.pi * torch.arange(1, 17, device=x.device)
        h = self.into(x / total) + self.noise(torch.cat([waves.sin(), waves.cos()], 1)) + self.label(labels)
        for block in self.blocks:
            h = h + block(h)
        return (
            self.middle + (self.scale / total) ** 2 * x + s * self.scale / total * self.out(torch.nn.functional.silu(h))
        )


def trained(rows: np.ndarray, labels: np.ndarray, seed: int):
    """(step, network) at `STEPS`."""
    torch.manual_seed(seed)
    x, c = torch.tensor(rows), torch.tensor(labels)
    net = Conditional(rows.shape[1], float(rows.std()), float(rows.mean()))
    optimizer = torch.optim.Adam(net.parameters(), _RATE)
    for step in range(1, STEPS[-1] + 1):
        pick = torch.randint(len(x), (_BATCH,))
        sigma = net.scale * torch.exp(torch.randn(_BATCH) * 1.2 - 0.5)
        label = torch.where(torch.rand(_BATCH) < _LEFT_OUT, CLASSES, c[pick])
        found = net(x[pick] + sigma[:, None] * torch.randn(_BATCH, x.shape[1]), sigma, label)
        weight = (sigma**2 + net.scale**2) / (sigma * net.scale) ** 2
        loss = (weight[:, None] * (found - x[pick]).square()).mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        if step in STEPS:
            yield step, net


def looked_at(net: Conditional, scale: float, rows: np.ndarray, unseen: np.ndarray) -> dict[str, float]:
    """Samples at one scale, and what the audit of copies finds in them."""
    denoiser = from_callable(net, "denoised", "sigma", shape=rows.shape[1:])
    made = sample_model(
        denoiser, SAMPLES, classes=range(CLASSES), guidance=scale, no_class=CLASSES, steps=30,
        first_sigma=80 * 2 * net.scale, last_sigma=0.002 * 2 * net.scale, threads=1,
    )  # fmt: skip
    samples = made.samples.astype(np.float32)
    report = audit_copies(samples, rows, unseen, threads=1)
    chance = audit_copies(unseen[: len(unseen) // 2], rows, unseen[len(unseen) // 2 :], threads=1)
    found = report.scalars()
    spread = float(samples.std(axis=0).mean() / rows.std(axis=0).mean())
    keys = ("third_rule", "closer_share", "named_samples", "copied_rows")
    return {key: found[key] for key in keys} | {
        "third_rule_of_holdout": chance.scalars()["third_rule"],
        "spread": spread,
    }


def main() -> None:
    """All trainings."""
    digits = load_digits()
    order = np.random.default_rng(7).permutation(len(digits.data))
    rows, labels = (digits.data / 16.0).astype(np.float32)[order], digits.target[order]
    path = RESULTS / f"{NAME}.json"
    cases = json.loads(path.read_text())["cases"] if path.exists() else []
    for seed in SEEDS:
        if any(case["seed"] == seed for case in cases):
            continue
        for step, net in trained(rows[:ROWS], labels[:ROWS], seed):
            for scale in SCALES:
                found = looked_at(net, scale, rows[:ROWS], rows[ROWS : 3 * ROWS])
                cases.append({"seed": seed, "step": step, "scale": scale, **found})
                print(cases[-1], flush=True)
        with contextlib.redirect_stdout(io.StringIO()):
            write_record(NAME, __doc__ or "", ("remanifold", "numpy", "torch"), rows=ROWS, samples=SAMPLES, cases=cases)


if __name__ == "__main__":
    main()
