"""A measure on trajectories that was killed goes on to the same numbers, from the states that were kept."""

import os
import signal
import subprocess
import sys

import numpy as np
import pytest
from trajectory_cases import TRAINING

from remanifold.measures import Reversal, cycles, u_turns
from remanifold.sampling import checkpoint

QUICK = {"steps_per_e": 3, "batch": 20, "seed": 3}
CYCLES = {"t": [0.3, 1.0], "rounds": 2, "n_trajectories": 30}
KILLED = """
import os, signal, sys
import numpy as np
from remanifold.measures import Reversal, TrainingPoints, cycles
from remanifold.sampling import checkpoint
checkpoint._PAUSE = -1.0
seen = []
def progress(stage, done, total):
    seen.append(done)
    if len(seen) == {at}:
        os.kill(os.getpid(), signal.SIGKILL)
training = TrainingPoints(np.random.default_rng(0).normal(size=(40, 4)))
cycles(training, **{arguments}, reversal=Reversal(**{quick}, checkpoint=sys.argv[1], progress=progress))
"""


def counted(measure, checkpoint=None, **arguments):
    """What a measure finds, and how many steps of sampling it took."""
    seen = []
    reversal = Reversal(**QUICK, checkpoint=checkpoint, progress=lambda stage, done, total: seen.append(done))
    return measure(TRAINING, **arguments, reversal=reversal), len(seen)


def test_a_killed_measure_goes_on(tmp_path):
    whole, steps = counted(cycles, **CYCLES)
    at = steps // 2
    program = KILLED.format(at=at, arguments=CYCLES, quick=QUICK)
    ended = subprocess.run([sys.executable, "-c", program, tmp_path], env=os.environ, timeout=120, check=False)
    assert ended.returncode == -signal.SIGKILL
    resumed, again = counted(cycles, tmp_path, **CYCLES)
    assert steps - at <= again <= steps - at + 1, "the step under way is lost, nothing else"
    for name in ("captured", "stayed", "home", "weight", "excess"):
        for one, other in zip(getattr(resumed, name), getattr(whole, name), strict=True):
            assert np.array_equal(one.value, other.value) and np.array_equal(one.stderr, other.stderr)


def test_the_kept_states_are_what_goes_into_the_measure(tmp_path, monkeypatch):
    """Planted: were the files not used, changed ones would change nothing."""
    arguments = {"t": [0.1, 1.0], "n_trajectories": 30}
    whole, steps = counted(u_turns, tmp_path, **arguments)
    unpacked = checkpoint._unpacked  # stands for another file that carries the right digests
    # planted
    monkeypatch.setattr(checkpoint, "_unpacked", lambda *kept: -unpacked(*kept))
    changed, again = counted(u_turns, tmp_path, **arguments)
    assert (steps > 0, again) == (True, 0)
    assert whole.returned.value[0] > 0.5 > changed.returned.value[0]
    assert changed.own_weight.value == pytest.approx(whole.own_weight.value)
