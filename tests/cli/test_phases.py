"""``remanifold phases``: the same numbers as the library, strict JSON alone on stdout, and a table people can read."""

import importlib
import json
import math

import numpy as np
import pytest
from command import runner

from remanifold import NoiseLevel, phases

run = runner("phases")


def run_json(capsys, *words):
    def refuse(constant):
        raise AssertionError(f"{constant} is not JSON")

    code, out, err = run(capsys, *words, "--json")
    assert (code, err) == (0, "")
    return json.loads(out, parse_constant=refuse)


def test_ratios(capsys):
    plain = run_json(capsys, "--load", 0.2, "--latent-ratio", 0.3)
    assert plain == json.loads(phases(load=0.2, latent_ratio=0.3).to_json())
    assert plain["t_collapse"]["value"] == pytest.approx(1.060951, abs=5e-7)
    assert plain["t_collapse"]["clocks"]["sigma"] == pytest.approx(math.sqrt(1.060951), abs=5e-7)
    assert {"t_onset", "t_generalization", "basin", "parameters", "version", "schema_version", "units"} <= set(plain)


def test_counts(capsys):
    plain = run_json(capsys, "--n-points", 60000, "--ambient-dim", 784, "--latent-dim", 15, "--basin-points", 9)
    assert plain["load"] == pytest.approx(math.log(60000) / 784)
    assert len(plain["basin"]["radius"]) == len(plain["basin"]["t"]) == 9


@pytest.mark.parametrize(
    ("ensemble", "collapse"), [("gaussian", 1.060951), ("isometric", 1 / 0.3 / math.expm1(0.4 / 0.3))]
)
def test_ensembles(capsys, ensemble, collapse):
    plain = run_json(capsys, "--load", 0.2, "--latent-ratio", 0.3, "--ensemble", ensemble, "--activation", "linear")
    assert plain["t_collapse"]["value"] == pytest.approx(collapse, abs=1e-6)


def test_power_law(capsys):
    words = ("--n-points", 20000, "--ambient-dim", 200, "--latent-dim", 60, "--ensemble", "power-law", "--exponent", 1)
    values = np.arange(1, 61) ** -1.0
    values *= 200 / values.sum()
    t = run_json(capsys, *words)["t_collapse"]["value"]
    assert np.log1p(values / t).sum() == pytest.approx(2 * math.log(20000))


@pytest.mark.parametrize("form", ["npy", "lines", "commas"])
def test_spectrum_file(capsys, tmp_path, form):
    values = np.array([4.0, 2.0, 1.0, 0.5, 0.0])
    path = tmp_path / f"spectrum.{'npy' if form == 'npy' else 'txt'}"
    if form == "npy":
        np.save(path, values.astype(np.float32))
    elif form == "lines":
        path.write_text("# eigenvalues\n" + "\n".join(map(str, values)) + "  # the last is zero\n")
    else:
        path.write_text(", ".join(map(str, values)))
    plain = run_json(capsys, "--spectrum", path, "--n-points", 1000)
    assert np.log1p(values / plain["t_collapse"]["value"]).sum() == pytest.approx(2 * math.log(1000))
    assert (plain["ensemble"], plain["latent_ratio"], plain["parameters"]["ambient_dim"]) == ("spectrum", 0.8, 5)
    wider = run_json(capsys, "--spectrum", path, "--n-points", 1000, "--ambient-dim", 10)
    assert wider["t_collapse"]["value"] == pytest.approx(plain["t_collapse"]["value"])
    assert wider["t_generalization"]["value"] == pytest.approx(plain["t_generalization"]["value"] / 2)


def test_table_shows_every_time_in_every_clock(capsys):
    code, out, err = run(capsys, "--n-points", 1000, "--ambient-dim", 50, "--latent-dim", 20)
    assert (code, err) == (0, "")
    answer = phases(n_points=1000, ambient_dim=50, latent_dim=20)
    for level in (answer.t_onset, answer.t_collapse, answer.t_generalization):
        for number in (float(level), level.sigma, level.to_vp(), level.to_flow()):
            assert f"{number:.4g}" in out
        for step in level.clocks()["ddpm"].values():
            assert f" {step['step']}" in out
    assert f"a distance of {answer.basin.radius[0]:.3g}" in out


@pytest.mark.parametrize("columns", [10, 40, 60, 80, 200, 1000])
def test_lines_keep_the_width_of_the_terminal_and_break_between_words(capsys, monkeypatch, columns):
    monkeypatch.setenv("COLUMNS", str(columns))
    code, out, _ = run(capsys, "--n-points", 1000, "--ambient-dim", 50, "--latent-dim", 20)
    wide = min(max(columns, 40), 200)
    assert code == 0 and max(map(len, out.splitlines())) <= wide
    words = " ".join(out.split())
    for sentence in (
        "below it each typical sample belongs to one training point",
        "samples stopped here fit unseen data best",
        "Unit: the standard deviation of a coordinate, 1 on average; --data-sd gives the levels for yours.",
        "t is the noise variance per coordinate, sigma its root.",
    ):
        assert sentence in words
    assert ("VP time  flow time" in out) == (columns >= 60), "a list where columns do not fit"


def test_both_tables_say_which_theory_they_are(capsys):
    words = ("--n-points", 1000, "--ambient-dim", 50, "--latent-dim", 20)
    _, out, _ = run(capsys, *words, "--ensemble", "isometric")
    plain = run_json(capsys, *words, "--ensemble", "isometric")["finite_size"]
    asymptotic, finite = out.split("Finite-size theory: P = 1000, N = 50, D = 20")
    assert "Asymptotic theory: noise levels for large dimension at fixed load" in asymptotic
    for name in ("t_onset", "t_collapse", "t_generalization"):
        assert f"{plain[name]['value']:.4g}" in finite and f"{plain[name]['clocks']['vp_time']:.4g}" in finite
        assert f"sigma {plain[name]['clocks']['sigma']:.3g} " in asymptotic
    assert "on average, over draws of the data;" in " ".join(finite.split())
    assert "over draws of F and of the data" in " ".join(run(capsys, *words)[1].split())
    _, out, _ = run(capsys, "--load", 0.2, "--latent-ratio", 0.3)
    why = "Finite-size theory: none, since a load and a latent ratio leave the size open; give the number of"
    assert why in " ".join(out.split())


def test_levels_beyond_a_schedule_are_said(capsys):
    code, out, _ = run(capsys, "--load", 25, "--latent-ratio", 0.1)
    assert code == 0
    assert "out of range" in out


def test_tiny_noise_where_no_clock_but_sigma_is_left(capsys):
    plain = run_json(capsys, "--load", 30, "--latent-ratio", 0.1)
    assert 0 < plain["t_generalization"]["value"] < plain["t_collapse"]["value"] < 1e-250
    plain = run_json(capsys, "--load", 1e-7, "--latent-ratio", 0.1)
    assert plain["t_collapse"]["value"] == pytest.approx(1 / 2e-7, rel=1e-5)


def test_few_latent_dimensions_are_warned_of(capsys):
    size = ("--n-points", 200, "--ambient-dim", 2, "--latent-dim", 2, "--ensemble", "isometric", "--no-finite-size")
    code, out, _ = run(capsys, *size)
    warning = "Warning: with fewer than 3 latent dimensions the asymptotic theory does not hold"
    assert code == 0 and warning in " ".join(out.split())
    assert len(run_json(capsys, *size)["notes"]) == 1
    assert run_json(capsys, "--load", 0.2, "--latent-ratio", 0.3)["notes"] == []


def test_a_nonlinear_manifold_has_its_times_at_its_size(capsys):
    size = ("--n-points", 60, "--ambient-dim", 12, "--latent-dim", 4, "--accuracy", 0.3, "--activation", "tanh")
    plain = run_json(capsys, *size)["finite_size"]
    for name in ("t_onset", "t_collapse", "t_generalization"):
        assert 0 < plain[name]["stderr"] < 0.4 * plain[name]["value"]
        assert abs(plain[name]["effort_shift"]) <= plain[name]["stderr"]
        assert 0 <= plain[name]["spread"] <= plain[name]["spread_bound"]
    code, out, err = run(capsys, *size, "--ensemble", "isometric")
    assert (code, err) == (0, "")
    assert "For large dimension: none, since no theory for large dimension exists" in " ".join(out.split())
    assert "Finite-size theory: P = 60, N = 12, D = 4" in out and "never" not in out


def test_where_nothing_is_known_no_time_is_said_never_to_come(capsys):
    """10^400 points of a manifold without a theory for large dimension: no prediction, which is no absence of traps."""
    size = ("--n-points", 10**400, "--ambient-dim", 40, "--latent-dim", 12, "--activation", "tanh")
    code, out, _ = run(capsys, *size, "--ensemble", "isometric")
    assert code == 0 and "never" not in out and "Asymptotic theory" not in out
    assert "at most e^500 points, but got e^921" in " ".join(out.split())


def test_long_sampling_is_told_before_it_starts(capsys, monkeypatch):
    module = importlib.import_module("remanifold.theory.phases")  # the room's name of it is the function
    monkeypatch.setattr(module, "finite_size_of", lambda *_: (None, "it was left out by the test"))
    code, _, err = run(capsys, "--n-points", 9000, "--ambient-dim", 80, "--latent-dim", 24, "--activation", "relu")
    assert code == 0
    assert "Sampling this size takes about" in err and "--no-finite-size leaves it out" in err


@pytest.mark.parametrize("activation", ["linear", "tanh"])
@pytest.mark.parametrize("threads", ["0", "-1"])
def test_a_number_of_threads_that_is_none_is_refused_before_any_work(capsys, activation, threads):
    size = ("--n-points", 40, "--ambient-dim", 10, "--latent-dim", 4, "--activation", activation)
    code, _, err = run(capsys, *size, "--threads", threads)
    assert code == 2 and "--threads must be a whole number of at least 1" in err


def test_a_matrix_that_no_memory_holds_leaves_the_limit(capsys):
    code, out, err = run(capsys, "--n-points", 20, "--ambient-dim", 99999999999999, "--latent-dim", 2)
    assert code == 0 and "whose matrix has at most 20000000 numbers" in " ".join((out + err).split())


def test_numbers_of_points_may_be_written_with_a_power_of_ten(capsys):
    size = ("--ambient-dim", 50, "--latent-dim", 20)
    for text, meant in (("1e3", 1000), ("2.5E+2", 250), ("1.0e3", 1000)):
        assert run_json(capsys, "--n-points", text, *size)["parameters"]["n_points"] == meant


def test_the_unit_of_nonlinear_data_names_their_standard_deviation(capsys):
    rows = np.tanh(np.random.default_rng(0).normal(size=(2_000_000,)))
    _, out, _ = run(capsys, "--load", 0.2, "--latent-ratio", 0.3, "--activation", "tanh")
    assert abs(rows.std() - 0.628) < 5 * 0.628 / np.sqrt(2 * len(rows)) + 5e-4, "three digits"
    assert "the data, after it, have 0.628; --data-sd gives the levels for yours." in " ".join(out.split())


@pytest.mark.parametrize(("activation", "own"), [("linear", 1.0), ("tanh", 0.6279), ("sign", 1.0)])
def test_levels_and_steps_are_those_of_data_of_the_standard_deviation_given(capsys, activation, own):
    words = ("--n-points", 1000, "--ambient-dim", 30, "--latent-dim", 8, "--activation", activation)
    words += () if activation == "linear" else ("--no-finite-size",)
    as_made, wider = run_json(capsys, *words), run_json(capsys, *words, "--data-sd", 0.5)
    assert as_made["data_sd"] == pytest.approx(own, abs=1e-4) and wider["data_sd"] == pytest.approx(0.5)
    share = 0.5 / as_made["data_sd"]
    for level in ("t_onset", "t_collapse", "t_generalization", "t_condensation", "t_infinite_variance"):
        sigma = as_made[level]["clocks"]["sigma"] * share
        assert wider[level]["clocks"]["sigma"] == pytest.approx(sigma)
        assert wider[level]["clocks"] == NoiseLevel(wider[level]["value"]).clocks()
    for part, power in (("t", 2), ("delta", 2), ("radius", 1)):
        assert wider["basin"][part] == pytest.approx([x * share**power for x in as_made["basin"][part]])
    if activation == "linear":
        for level, more in wider["finite_size"].items():
            if level.startswith("t_"):
                assert more["stderr"] == pytest.approx(as_made["finite_size"][level]["stderr"] * share**2)
    _, out, _ = run(capsys, *words, "--data-sd", 0.5)
    assert "Unit: that of your data, whose coordinates have standard deviation 0.5." in out
    assert " ".join(out.split()).count("data of standard deviation 0.5") == (2 if activation == "linear" else 1)


@pytest.mark.parametrize("given", [0, -1, "nan", "wide", 1e200, 1e-200])
def test_a_standard_deviation_that_is_none_is_refused(capsys, given):
    code, out, err = run(capsys, "--load", 0.2, "--latent-ratio", 0.3, "--data-sd", given)
    assert code == 2 and out == "" and "Traceback" not in err


def test_the_levels_of_a_spectrum_know_the_width_of_its_data():
    answer = phases(spectrum=[4.0, 0.5], n_points=100, ambient_dim=8)
    assert answer.data_sd == pytest.approx(0.75) and not answer.is_rescaled
    assert answer.for_data(1.5).t_collapse.sigma == pytest.approx(2 * answer.t_collapse.sigma)
