"""The memory index is 1 for the empirical score, 0 for the population score, and has the errors it states."""

from dataclasses import replace

import numpy as np
import pytest
from montecarlo import SIGMAS, sd_bounds
from network_cases import EXACT, HOLDOUT, POPULATION, TRAIN, Counted, partly

from remanifold import GaussianScore, HiddenManifold, InvalidInput
from remanifold.measures.memory.denoising_loss import denoising_losses
from remanifold.measures.memory.memory_index import gap_ratio, memory_index, memory_levels, network_memory

T_C = 1.0
LEVELS = memory_levels(T_C)


def test_the_empirical_score_has_index_one():
    found = network_memory(EXACT, TRAIN, HOLDOUT)
    assert (found.total.value, found.total.stderr) == pytest.approx((1.0, 0.0), abs=1e-9)
    assert found.index.value[found.used] == pytest.approx(1.0)
    assert found.used.sum() >= 4 and found.test.rejected and found.test.share.value > 0.9
    assert 0.3 < found.t_collapse < 2.0 and found.t == pytest.approx(memory_levels(found.t_collapse))


def test_the_population_score_has_index_zero():
    found = network_memory(POPULATION, TRAIN, HOLDOUT, t_collapse=T_C)
    assert abs(found.total.z(0)) < SIGMAS and not found.test.rejected
    assert np.all(np.abs(found.index.value[found.used]) < SIGMAS * found.index.stderr[found.used])
    assert found.total.z(1) < -SIGMAS, "and not 1"
    assert np.all(np.isnan(found.index.value[found.t > 8])) and not np.any(found.used[found.t > T_C])


def test_between_the_two_the_index_rises():
    totals = [network_memory(partly(s), TRAIN, HOLDOUT, t_collapse=T_C) for s in (0.2, 0.5, 0.8)]
    assert np.all(np.diff([found.total.value for found in totals]) > 0)
    assert all(found.test.rejected for found in totals)


def test_errors_are_right():
    """z of the index of the population score over 100 draws of the data: mean 0, sd 1 (the chance of failing: 1e-4).

    The jackknife takes the exact gap for given, so that it is a little wide; 10 % are allowed for that.
    """
    z = []
    for seed in range(100):
        manifold = HiddenManifold(ambient_dim=8, latent_dim=4, n_points=50, seed=seed)
        population, sides = GaussianScore.of(manifold), (manifold.points(), manifold.fresh(40))
        found = network_memory(population, *sides, [0.1, 0.2], t_collapse=T_C, draws=1, seed=seed)
        z.append(found.total.z(0))
    low, high = sd_bounds(len(z))
    assert 0.9 * low < np.std(z, ddof=1) < high
    assert abs(np.mean(z)) < 4 / np.sqrt(len(z))


def test_the_jackknife_by_brute_force():
    rng = np.random.default_rng(0)
    top, bottom = ((rng.gamma(2.0, size=(n, 1)) for n in (9, 7)) for _ in range(2))
    (a, b), (c, d) = top, (side + k for k, side in enumerate(bottom))

    def ratio(a, b, c, d):
        return (b.mean() - a.mean()) / (d.mean() - c.mean())

    value, error = gap_ratio((a, b), (c, d))
    first = [ratio(np.delete(a, i), b, np.delete(c, i), d) for i in range(9)]
    second = [ratio(a, np.delete(b, i), c, np.delete(d, i)) for i in range(7)]
    variance = 8 * np.var(first) + 6 * np.var(second)
    assert value[0] == pytest.approx(ratio(a, b, c, d)) and error[0] == pytest.approx(np.sqrt(variance))


def test_a_hold_out_from_elsewhere_shows_in_the_control():
    found = network_memory(POPULATION, TRAIN, HOLDOUT * 1.7, t_collapse=T_C)
    assert found.control is not None and found.control.p_value < 0.01
    own = network_memory(POPULATION, TRAIN, HOLDOUT, t_collapse=T_C)
    assert own.control is not None and own.control.p_value > 0.01
    assert network_memory(POPULATION, TRAIN, HOLDOUT, [0.2, 0.5], t_collapse=T_C).control is None


def test_the_noise_is_the_same_for_both():
    found = network_memory(POPULATION, TRAIN, HOLDOUT, LEVELS, t_collapse=T_C, evaluations=2000, seed=5)
    again = denoising_losses(EXACT, TRAIN, HOLDOUT, LEVELS, seed=5)
    assert found.network.evaluations <= 2000
    assert found.exact.training == pytest.approx(again.training[found.network.training_rows])
    other = replace(found.exact, seed=6)
    with pytest.raises(InvalidInput, match="both losses must be of the same rows, levels and noise, but got others"):
        memory_index(found.network, other, T_C)


def test_cut_and_gone_on(tmp_path):
    part = tmp_path / "memory.part"
    with pytest.raises(KeyboardInterrupt):
        network_memory(Counted(most=20), TRAIN, HOLDOUT, t_collapse=T_C, part_file=part, batch=16)
    found = network_memory(Counted(), TRAIN, HOLDOUT, t_collapse=T_C, part_file=part, batch=16)
    plain = network_memory(Counted(), TRAIN, HOLDOUT, t_collapse=T_C, batch=16)
    assert found.total == plain.total and found.test == plain.test and not part.exists()


def test_a_table_says_all():
    found = network_memory(POPULATION, TRAIN, HOLDOUT, t_collapse=T_C)
    table = found.to_table()
    assert table.columns["index"][-1] is None and table.columns["index"][0] == found.index.value[0]
    assert '"evaluations": ' in table.to_json() and table.parameters["total"] == found.total.value


@pytest.mark.parametrize(
    ("call", "sentence"),
    [
        (lambda: memory_levels(0.0), "the collapse noise must be a number above 0, but got 0.0; pass"),
        (
            lambda: network_memory(POPULATION, TRAIN, HOLDOUT, [3.0], t_collapse=T_C),
            "some level must lie at or below the collapse at 1, but got 3 up; pass memory_levels(t_collapse).",
        ),
        (
            lambda: network_memory(POPULATION, TRAIN, TRAIN + 1e-9, t_collapse=T_C),
            "the exact score must know training rows from hold-out rows at some level below the collapse, but got none",
        ),
    ],
)
def test_a_mistake_is_one_sentence(call, sentence):
    with pytest.raises(InvalidInput) as caught:
        call()
    assert str(caught.value).startswith(sentence)
