"""Small tables of reference pages, made from what the code registers."""

import numpy as np

_SIGMAS = (0.1, 1.0, 10.0)
_INPUT = {
    "exploding": r"$\xi + \sigma w$",
    "preserving": r"$(\xi + \sigma w)/\sqrt{1 + t}$",
    "flow": r"$(1 - u)\,\xi + u w$",
    "flow from noise": r"$(1 - u)\,\xi + u w$, followed from noise to data",
}


def clocks_table() -> str:
    """The named clocks of networks, and what a network is told at three noise levels."""
    from remanifold.networks import CLOCKS

    sigmas = np.array(_SIGMAS)
    heads = " | ".join(f"told at σ = {sigma:g}" for sigma in _SIGMAS)
    lines = [f"| `clock` | input of the network | {heads} |", "| --- | --- |" + " --- |" * len(_SIGMAS)]
    for name, clock in CLOCKS.items():
        told = " | ".join(f"{argument:.6g}" for argument in clock.place(sigmas**2).argument)
        lines.append(f"| `{name}` | {_INPUT[clock.path]} | {told} |")
    return "\n".join(lines)


def schedules_table() -> str:
    """The built-in DDPM schedules with their ends."""
    from remanifold.noise import SCHEDULE_NAMES, schedule

    lines = ["| name | steps | least σ | largest σ |", "| --- | --- | --- | --- |"]
    for name in SCHEDULE_NAMES:
        kept = schedule(name)
        sigma = np.sqrt((1 - kept) / kept)
        lines.append(f"| `{name}` | {len(kept)} | {sigma.min():.4g} | {sigma.max():.4g} |")
    return "\n".join(lines)
