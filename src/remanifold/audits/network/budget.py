"""How many rows a network may be asked about, part by part of its audit."""

from dataclasses import dataclass

import numpy as np

from remanifold.audits.network.audited_network import AuditedNetwork

TURNS = np.array([0.5, 1.0, 2.0])
"""Noise of the U-turns, in units of t_c."""
DELTAS = np.exp(np.linspace(np.log(0.03), np.log(3.0), 8))
"""Noise added to the starts of the basin, in units of t_c."""
ROUNDS = 4
"""Rounds of noise and return."""
_RECOGNITION = 4  # rows by whose answers a kept run of trajectories knows its network
_SHARES = {"losses": 0.4, "returns": 0.25, "rounds": 0.1, "basin": 0.1, "distance": 0.05, "flow": 0.1}
_ASKED = 3  # times a text-conditional network: with the own caption, with the empty one, with another row's
_RUNS = {"returns": 2 * len(TURNS), "rounds": ROUNDS, "basin": len(DELTAS), "flow": 2}


@dataclass(frozen=True)
class Budget:
    """Most evaluations of each part.

    Attributes:
        losses, returns, rounds, basin: Of these parts.
        distance, flow: Of each of the comparisons in these parts.
        recognition: Evaluations, beside these, by which kept runs know their network; 0 where nothing is kept.
    """

    losses: int
    returns: int
    rounds: int
    basin: int
    distance: int
    flow: int
    recognition: int


def budget_of(network: AuditedNetwork, checked: int) -> Budget:
    """What is left after a check that took ``checked`` evaluations, divided.

    Rows to know kept runs by are set aside whether or not anything is kept, so that the numbers are the same.
    """
    left = network.evaluations - checked - _RECOGNITION
    part = {name: int(left * share) - _RUNS.get(name, 0) * _RECOGNITION for name, share in _SHARES.items()}
    flows = 1 if network.other is None else 2
    alone = network.cheap or network.prompts is not None
    runs = 1 if alone else 1 + _RUNS["returns"] + _RUNS["rounds"] + _RUNS["basin"] + flows
    return Budget(
        losses=left // (1 if network.prompts is None else _ASKED) if alone else part["losses"],
        returns=part["returns"],
        rounds=part["rounds"],
        basin=part["basin"],
        distance=part["distance"] // (1 if network.population is None else 2),
        flow=part["flow"] // 2,
        recognition=recognition(network, runs),
    )


def recognition(network: AuditedNetwork, runs: int) -> int:
    """Rows by which so many runs know their network; none where nothing is kept."""
    return 0 if network.parts is None else runs * _RECOGNITION
