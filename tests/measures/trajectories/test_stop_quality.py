"""Quality of samples where the sampler stops: what the exact population score must give, and a memorizer must not."""

import numpy as np
import pytest

from remanifold import EmpiricalScore, GaussianScore, HiddenManifold, InvalidInput
from remanifold.measures import stop_quality
from remanifold.sampling import noised

SIGMAS = 4.5
MODEL = HiddenManifold(ambient_dim=12, latent_dim=4, n_points=300, ensemble="isometric", seed=3)
STOPS = [1e-4, 0.05, 3.0]


def found(denoiser, **options):
    return stop_quality(denoiser, STOPS, MODEL.fresh(300), start_at=100.0, manifold=MODEL, n_samples=300, **options)


def test_the_population_score_gives_the_law_and_the_noise_of_the_stop():
    quality = found(GaussianScore.of(MODEL))
    assert abs(quality.as_is[0].z) < SIGMAS, "almost no noise is left: samples are fresh points"
    assert quality.as_is[2].z > 10 and quality.as_is[2].p_value == 1 / 200, "planted: noise left in the samples"
    assert quality.off_manifold is not None
    for k, t in enumerate(STOPS):
        off = quality.off_manifold[k]
        assert abs(off.value / t / (1 - 4 / 12) - 1) < SIGMAS * off.stderr / t + 0.02  # and the step of the sampler
    assert abs(quality.posterior_mean[0].z) < SIGMAS


def test_a_memorizer_is_seen_where_it_collapses():
    few = MODEL.points()[:15]
    assert found(EmpiricalScore(few)).as_is[0].z > SIGMAS


def test_exact_steps_leave_the_noised_points_at_any_stop():
    points = MODEL.points()[:15]
    holdout = noised(points[np.arange(300) % 15], 3.0, seed=1)
    quality = stop_quality(
        EmpiricalScore(points), STOPS, holdout, start_at=1000.0, n_samples=300, method="exact", steps_per_e=1
    )
    assert abs(quality.as_is[2].z) < SIGMAS
    assert quality.as_is[1].z > SIGMAS, "planted: the noise of another stop"


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"stops": [0.0, 1.0]}, "`stops` must be positive noise variances"),
        ({"start_at": 1.0}, "the start must lie above the largest stop 3"),
    ],
)
def test_bad_input_is_one_sentence(options, sentence):
    arguments = {"stops": STOPS, "start_at": 100.0} | options
    with pytest.raises(InvalidInput, match=sentence):
        stop_quality(GaussianScore.of(MODEL), arguments["stops"], MODEL.fresh(20), start_at=arguments["start_at"])
