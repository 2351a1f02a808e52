"""`phases`: what it returns for each description of the data, its JSON, and every refusal."""

import json
import math
from itertools import pairwise

import numpy as np
import pytest

from remanifold import InvalidInput, NoiseLevel, __version__, phases
from remanifold.theory import LinearLandscape, t_collapse, t_generalization, t_onset
from remanifold.theory.finite import means as finite_means
from remanifold.theory.finite.gaussian import finite_size_times, finite_size_times_of_ensemble


def test_ratios():
    answer = phases(load=0.2, latent_ratio=0.3)
    assert isinstance(answer.t_collapse, NoiseLevel)
    assert answer.t_collapse == pytest.approx(1.060951, abs=5e-7)
    assert answer.t_collapse.sigma == pytest.approx(1.030025, abs=5e-7)
    assert answer.t_onset == pytest.approx(2.482379, abs=5e-7)
    assert answer.t_generalization == pytest.approx(0.233248, abs=5e-7)
    assert (answer.load, answer.latent_ratio, answer.ensemble) == (0.2, 0.3, "gaussian")
    assert answer.basin.radius is None
    assert answer.t_collapse_reason is None


def test_counts_give_load_ratio_and_radius():
    answer = phases(n_points=10_000, ambient_dim=100, latent_dim=30, ensemble="isometric")
    assert answer.load == pytest.approx(math.log(10_000) / 100)
    assert answer.latent_ratio == 0.3
    assert answer.t_collapse == pytest.approx(1 / 0.3 / math.expm1(2 * math.log(10_000) / 30))
    assert answer.basin.radius == pytest.approx([math.sqrt(100 * d) for d in answer.basin.delta])


def test_the_spectrum_of_an_ensemble_gives_its_times():
    flat = phases(spectrum=[100 / 30] * 30 + [0.0] * 70, n_points=10_000)
    same = phases(spectrum=np.full(30, 100 / 30), n_points=10_000, ambient_dim=100)
    counts = phases(n_points=10_000, ambient_dim=100, latent_dim=30, ensemble="isometric")
    for name in ("t_onset", "t_collapse", "t_generalization", "t_condensation", "t_infinite_variance"):
        assert getattr(flat, name) == pytest.approx(getattr(counts, name), rel=1e-12)
        assert getattr(same, name) == pytest.approx(getattr(counts, name), rel=1e-12)
    assert flat.ensemble == "spectrum"
    assert flat.parameters["ambient_dim"] == 100


def test_power_law_with_and_without_a_dimension():
    finite = phases(n_points=20_000, ambient_dim=200, latent_dim=60, ensemble="power-law", exponent=1.0)
    landscape, load = LinearLandscape.power_law(60, 200, 1.0), math.log(20_000) / 200
    assert finite.t_collapse == t_collapse(landscape, load)
    assert finite.t_onset == t_onset(landscape, load)
    assert finite.t_generalization == t_generalization(landscape, load)
    limit = phases(load=0.2, latent_ratio=0.3, ensemble="power-law", exponent=0.0)
    assert limit.t_collapse == pytest.approx(phases(load=0.2, latent_ratio=0.3, ensemble="isometric").t_collapse)


@pytest.mark.parametrize("points", [2, 3, 4, 7, 48])
def test_basin_grid(points):
    basin = phases(load=0.2, latent_ratio=0.3, basin_points=points).basin
    assert len(basin.t) == len(basin.delta) == points
    assert all(a < b for a, b in pairwise(basin.t))
    assert all(a >= b for a, b in pairwise(basin.delta))
    assert basin.delta[0] == pytest.approx(1.060951, abs=5e-7)
    assert basin.t[-1] == pytest.approx(2.482379, abs=5e-7)
    assert basin.delta[-1] == pytest.approx(0, abs=1e-12)


def test_json_is_strict_and_complete():
    answer = phases(n_points=1000, ambient_dim=50, latent_dim=20)

    def refuse(constant):
        raise AssertionError(constant)

    plain = json.loads(answer.to_json(), parse_constant=refuse)
    assert plain == json.loads(json.dumps(answer.to_dict()))
    for name in ("t_onset", "t_collapse", "t_generalization", "t_condensation", "t_infinite_variance"):
        level = getattr(answer, name)
        assert plain[name] == {"value": float(level), "clocks": json.loads(json.dumps(level.clocks()))}
        assert plain[f"{name}_reason"] is None
    assert set(plain["basin"]) == {"t", "delta", "radius"}
    assert plain["parameters"]["n_points"] == 1000
    assert plain["version"] == __version__
    assert plain["schema_version"] == "2"
    assert set(plain["units"]) == {"t", "delta", "radius", "load", "data_sd"}


NAMES = ("t_onset", "t_collapse", "t_generalization")
COUNTS = {"n_points": 100, "ambient_dim": 10, "latent_dim": 5}


def test_sizes_bring_the_finite_size_times_beside_the_asymptotic_ones():
    answer = phases(n_points=2981, ambient_dim=40, latent_dim=12, ensemble="isometric")
    found = answer.finite_size
    assert found is not None and answer.finite_size_reason is None
    assert (found.n_points, found.ambient_dim, found.latent_dim) == (2981, 40, 12)
    landscape, load = LinearLandscape.isometric(0.3), math.log(2981) / 40
    for name, asymptotic in zip(NAMES, (t_onset, t_collapse, t_generalization)):
        assert getattr(answer, name) == asymptotic(landscape, load)  # these stay what they were
    direct = finite_size_times([40 / 12] * 12, 2981, 40)
    assert found == direct
    assert 0.1 < math.log(found.t_collapse.value / answer.t_collapse) < 0.25
    plain = json.loads(answer.to_json())
    assert plain["finite_size_reason"] is None
    assert set(plain["finite_size"]) == {*NAMES, "n_points", "ambient_dim", "latent_dim"}
    for name in NAMES:
        time = getattr(found, name)
        clocks = json.loads(json.dumps(NoiseLevel(time.value).clocks()))
        exact = {"value": time.value, "stderr": time.stderr, "effort_shift": 0.0, "spread": None, "spread_bound": None}
        assert plain["finite_size"][name] == exact | {"clocks": clocks}


def test_gaussian_factors_are_averaged_and_spectra_taken_as_they_are():
    answer = phases(n_points=99, ambient_dim=20, latent_dim=6)
    assert answer.finite_size == finite_size_times_of_ensemble(6, 20, 99, "gaussian")
    l = [4.0, 2.0, 1.0, 0.5, 0.0]
    assert phases(spectrum=l, n_points=1000).finite_size == finite_size_times(l, 1000, 5)
    power = phases(n_points=99, ambient_dim=20, latent_dim=6, ensemble="power-law", exponent=1.0)
    assert power.finite_size == finite_size_times_of_ensemble(6, 20, 99, "power-law", exponent=1.0)


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        ({"load": 0.2, "latent_ratio": 0.3}, "a load and a latent ratio leave the size open; give the number"),
        (
            COUNTS | {"activation": "tanh", "latent_dim": 201, "ambient_dim": 240},
            "at most 200 latent dimensions, but got 201",
        ),
        (COUNTS | {"activation": "tanh", "finite_size": False}, "it was not asked for"),
        (COUNTS | {"ambient_dim": 9**9, "latent_dim": 2001}, "at most 2000 latent dimensions, but got 2001"),
        (COUNTS | {"ambient_dim": 9**9, "latent_dim": 10**8, "ensemble": "isometric"}, "10000 latent dimensions"),
        (COUNTS | {"n_points": 10**90}, "need log(P)/D of at most 40, but got 41.4"),
        ({"spectrum": [2.0, 1.0], "n_points": 10**8}, "need at most 1000000 points, but got 100000000; measure"),
    ],
)
def test_where_there_is_no_finite_size_the_reason_stands_beside_it(arguments, reason):
    answer = phases(**arguments)
    plain = json.loads(answer.to_json())
    assert answer.finite_size is None and plain["finite_size"] is None
    assert reason in answer.finite_size_reason == plain["finite_size_reason"]
    assert not answer.finite_size_reason.endswith(".") and plain["t_collapse"]["value"] > 0


def test_a_finite_size_search_that_fails_leaves_the_asymptotic_answer(monkeypatch):
    monkeypatch.setattr(finite_means, "_MOST_STEPS", 1)  # no spectrum is known whose search fails
    answer = phases(n_points=2981, ambient_dim=40, latent_dim=12, ensemble="isometric")
    assert answer.finite_size is None and "no crossing was found" in answer.finite_size_reason


def test_numpy_numbers_serve_as_well():
    answer = phases(n_points=np.int64(1000), ambient_dim=np.int32(50), latent_dim=np.int64(20))
    assert json.loads(answer.to_json())["parameters"]["latent_dim"] == 20
    assert phases(load=np.float32(0.5), latent_ratio=np.float64(0.5)).t_collapse == pytest.approx(
        phases(load=0.5, latent_ratio=0.5).t_collapse
    )
    json.loads(phases(load=np.float32(0.5), latent_ratio=np.float64(0.5)).to_json())


RATIOS = {"load": 0.2, "latent_ratio": 0.3}
LIST = {"spectrum": [2.0, 1.0], "n_points": 100}
DESCRIBE = (
    "; pass `load` and `latent_ratio`, or `n_points`, `ambient_dim` and `latent_dim`, or `spectrum` and `n_points`."
)
REFUSED = [
    ({}, "one description of the data is needed, but got nothing" + DESCRIBE),
    ({"load": 0.2}, "one description of the data is needed, but got `load`; pass `latent_ratio` too."),
    (RATIOS | {"n_points": 9}, "needed, but got `load` and `latent_ratio` and `n_points`" + DESCRIBE),
    (COUNTS | {"load": 0.2}, "but got `load` and `n_points` and `ambient_dim` and `latent_dim`" + DESCRIBE),
    (RATIOS | {"load": 0.0}, "the load must be a number above 0, but got 0.0; pass log(P)/N."),
    (RATIOS | {"load": -1.0}, "the load must be a number above 0, but got -1.0; pass log(P)/N."),
    (RATIOS | {"load": math.nan}, "the load must be a number above 0, but got nan; pass log(P)/N."),
    (RATIOS | {"load": math.inf}, "the load must be a number above 0, but got inf; pass log(P)/N."),
    (RATIOS | {"load": "x"}, "the load must be a number above 0, but got 'x'; pass log(P)/N."),
    (RATIOS | {"latent_ratio": 0.0}, "the latent ratio must be a number above 0 and at most 1, but got 0.0; pass D/N."),
    (
        RATIOS | {"latent_ratio": 1.01},
        "the latent ratio must be a number above 0 and at most 1, but got 1.01; pass D/N.",
    ),
    (
        RATIOS | {"latent_ratio": math.nan},
        "the latent ratio must be a number above 0 and at most 1, but got nan; pass D/N.",
    ),
    (RATIOS | {"latent_ratio": "x"}, "the latent ratio must be a number above 0 and at most 1, but got 'x'; pass D/N."),
    (RATIOS | {"load": 100.0}, "the load per latent dimension, log(P)/D, must be from 1e-12 to 320, but got 333.333"),
    (RATIOS | {"load": 1e-13}, "must be from 1e-12 to 320, but got 3.33333e-13; beyond it the times leave the range"),
    (RATIOS | {"ensemble": "wishart"}, "the ensemble must be one of gaussian, isometric, power-law, but got 'wishart'"),
    (RATIOS | {"exponent": 1.0}, "the gaussian ensemble has no exponent, but got 1.0; leave it out or choose"),
    (
        RATIOS | {"ensemble": "power-law"},
        "a power-law ensemble needs the a of l_i ~ i^-a, but got none; pass `exponent`.",
    ),
    (
        RATIOS | {"ensemble": "power-law", "exponent": 1.5},
        "the exponent of a power law must be from 0 to 0.95, but got 1.5",
    ),
    (RATIOS | {"ensemble": "power-law", "exponent": "x"}, "the exponent must be a number that is finite, but got 'x'"),
    (
        COUNTS | {"ensemble": "power-law", "exponent": -1.0},
        "the exponent of a power law must be a number of at least 0 and at most 10, but got -1.0",
    ),
    (
        RATIOS | {"activation": "tanh", "ensemble": "isometric"},
        "covers an activation other than linear with the gaussian ensemble only, but got the isometric ensemble; pass",
    ),
    (COUNTS | {"n_points": 2}, "`n_points` must be a whole number of at least 3, but got 2; pass e.g. 3."),
    (COUNTS | {"n_points": 2.5}, "`n_points` must be a whole number of at least 3, but got 2.5"),
    (COUNTS | {"ambient_dim": 0}, "`ambient_dim` must be a whole number from 1 to 1000000000000000, but got 0"),
    (
        COUNTS | {"ambient_dim": 10**400},
        "`ambient_dim` must be a whole number from 1 to 1000000000000000, but got 1000",
    ),
    (
        COUNTS | {"latent_dim": 11},
        "`latent_dim` must be at most `ambient_dim`, 10, but got 11; the data cannot fill more",
    ),
    (COUNTS | {"latent_dim": 0}, "`latent_dim` must be a whole number from 1 to 1000000000000000, but got 0"),
    (
        LIST | {"load": 0.2},
        "`spectrum` goes with `n_points` and `ambient_dim` only, but got `load`; leave the others out",
    ),
    (LIST | {"exponent": 1.0}, "`spectrum` goes with `n_points` and `ambient_dim` only, but got `exponent`"),
    (LIST | {"ensemble": "isometric"}, "`spectrum` goes with `n_points` and `ambient_dim` only, but got `ensemble`"),
    ({"spectrum": [1.0]}, "`spectrum` needs the number of data points, but got none; pass `n_points`."),
    (
        LIST | {"ambient_dim": 1},
        "the ambient dimension of 2 eigenvalues must be a whole number of at least 2, but got 1; pass e.g. 2.",
    ),
    (LIST | {"spectrum": [1.0, -1.0]}, "the eigenvalues of a covariance must not be negative, but got -1.0"),
    (LIST | {"spectrum": 3.0}, "a spectrum must be a list of finite eigenvalues, but got 3"),
    (RATIOS | {"basin_points": 1}, "`basin_points` must be a whole number from 2 to 100000, but got 1; pass e.g. 48."),
]


@pytest.mark.parametrize(("arguments", "message"), REFUSED)
def test_refusals_are_one_sentence(arguments, message):
    with pytest.raises(InvalidInput) as caught:
        phases(**arguments)
    text = str(caught.value)
    assert message in text
    assert "\n" not in text
    assert text.endswith(".")


@pytest.mark.parametrize("activation", ["linear", "tanh"])
def test_infinite_variance_lies_at_twice_condensation(activation):
    plain = phases(load=0.2, latent_ratio=0.3, activation=activation).to_dict()
    twice = 2 * plain["t_condensation"]["value"]
    assert plain["t_infinite_variance"]["value"] == pytest.approx(twice, rel=1e-12)
    assert plain["t_infinite_variance_reason"] is None


def test_notebooks_see_a_short_text_and_a_table():
    sized = phases(n_points=2981, ambient_dim=40, latent_dim=12, ensemble="isometric")
    never = phases(load=0.9, latent_ratio=0.5, activation="sign")
    for answer in (sized, never):
        assert len(repr(answer)) < 300 and len(repr(answer.basin)) < 100
        page = answer._repr_html_()
        assert page.startswith("<table>") and "<script" not in page and "http" not in page
    assert f"{sized.t_collapse.sigma:.5g}" in sized._repr_html_()
    assert f"{sized.finite_size.t_collapse.sigma:.5g}" in sized._repr_html_()
    assert never.t_collapse_reason in never._repr_html_() and "t_collapse=None" in repr(never)


def test_finite_size_times_are_measured_levels():
    collapse = phases(n_points=2981, ambient_dim=40, latent_dim=12, ensemble="isometric").finite_size.t_collapse
    low, high = collapse.interval
    assert low < collapse.value < high and collapse.sigma == math.sqrt(collapse.value)
    assert collapse.stderr > 0 and collapse.n == 512
