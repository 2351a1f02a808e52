"""Measures on trajectories that were cut go on to the same numbers, and do not do again what is done."""

from dataclasses import fields, replace

import numpy as np
import pytest
from network_cases import Counted
from trajectory_cases import TRAINING

from remanifold import InvalidInput
from remanifold.measures import Reversal, basins, capture_times, clones, cycles, u_turns

MEASURES = {
    "u-turns": lambda reversal: u_turns(TRAINING, [0.1, 0.3, 1.0], n_trajectories=12, reversal=reversal),
    "clones": lambda reversal: clones(TRAINING, [0.1, 0.3], n_pairs=12, start_at=2.0, reversal=reversal),
    "capture": lambda reversal: capture_times(TRAINING, n_trajectories=12, reversal=reversal),
    "basins": lambda reversal: basins(TRAINING, 0.3, [0.1, 0.5, 1.0], n_trajectories=12, reversal=reversal),
    "cycles": lambda reversal: cycles(TRAINING, [0.3], rounds=3, n_trajectories=12, reversal=reversal),
}


QUICK = Reversal(batch=5, steps_per_e=5)  # three batches; what is kept does not depend on how fine the steps are


def numbers(found):
    return {field.name: getattr(found, field.name) for field in fields(found)}


def same(one, two):
    for name, value in numbers(one).items():
        np.testing.assert_equal(flat(value), flat(numbers(two)[name]), err_msg=name)


def flat(value):
    if isinstance(value, tuple):
        return [flat(one) for one in value]
    return [value.value, value.stderr] if hasattr(value, "stderr") and not np.isscalar(value) else value


@pytest.mark.parametrize("name", MEASURES)
def test_cut_and_gone_on(name, tmp_path):
    whole = Counted()
    plain = MEASURES[name](replace(QUICK, denoiser=whole))
    cut = Counted(most=int(0.7 * whole.calls))
    with pytest.raises(KeyboardInterrupt):
        MEASURES[name](replace(QUICK, denoiser=cut, checkpoint=tmp_path / "kept"))
    again = Counted()
    resumed = MEASURES[name](replace(QUICK, denoiser=again, checkpoint=tmp_path / "kept"))
    same(plain, resumed)
    assert again.calls < 0.8 * whole.calls


def test_what_is_kept_of_another_run_does_not_count(tmp_path):
    first = replace(QUICK, denoiser=Counted(), checkpoint=tmp_path)
    MEASURES["u-turns"](first)
    for other in (replace(first, seed=1), replace(first, steps_per_e=6)):
        same(MEASURES["u-turns"](replace(other, checkpoint=None)), MEASURES["u-turns"](other))


def test_a_checkpoint_that_cannot_be_written_is_refused(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(InvalidInput, match="file"):
        MEASURES["u-turns"](Reversal(checkpoint=tmp_path / "file"))
