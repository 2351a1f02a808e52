"""The diagram against the times one by one, however it is cut, interrupted or shared out."""

import csv
import json
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from remanifold import InvalidInput, phase_diagram
from remanifold.theory import LinearLandscape, landscape_for, times
from remanifold.theory.diagram.row import TIMES, times_at

LOADS = np.geomspace(0.05, 0.5, 7)
RATIOS = (0.1, 0.3, 1.0)


def worst_error(row, landscape, loads):
    """Largest relative difference to the times that `times` finds, one root at a time."""
    errors = []
    for k, load in enumerate(loads):
        for name in TIMES:
            expected = getattr(times, name)(landscape, load)
            got = getattr(row, name)[k]
            assert (got is None) == (expected is None)
            errors.append(0.0 if expected is None else abs(got / expected - 1))
    return max(errors)


@pytest.mark.parametrize("ensemble", ["gaussian", "isometric", "power-law"])
@pytest.mark.parametrize("ratio", [0.02, 0.1, 0.3, 1.0])
def test_linear_rows_agree_with_single_times_to_1e_6(ensemble, ratio):
    exponent = 0.7 if ensemble == "power-law" else None
    landscape = landscape_for(ratio, "linear", ensemble, exponent)
    loads = [0.3, 0.01, 0.05, 1.0, 0.5]
    assert worst_error(times_at(landscape, loads), landscape, loads) < 1e-6


@pytest.mark.parametrize(("activation", "ratio"), [("tanh", 0.3), ("tanh", 0.1), ("relu", 0.3), ("sign", 0.3)])
def test_nonlinear_rows_agree_with_single_times_to_1e_6(activation, ratio):
    loads = [0.08, 0.3]
    row = times_at(landscape_for(ratio, activation), loads)
    assert worst_error(row, landscape_for(ratio, activation), loads) < 1e-6


def test_the_comparison_sees_a_millionth():
    landscape = LinearLandscape.gaussian(0.3)
    row = times_at(landscape, [0.1, 0.2])
    row.t_generalization[1] *= 1 + 2e-6
    assert worst_error(row, landscape, [0.1, 0.2]) > 1e-6


@settings(max_examples=25)
@given(ratio=st.floats(1e-3, 1.0), low=st.floats(1e-6, 100.0), factor=st.floats(1.0, 1e4))
def test_loads_of_any_size_and_spread(ratio, low, factor):
    loads = [low * ratio, min(low * factor, 300.0) * ratio]
    landscape = LinearLandscape.gaussian(ratio)
    row = times_at(landscape, loads)
    assert worst_error(row, landscape, loads) < 1e-6
    for onset, collapse, generalization in zip(row.t_onset, row.t_collapse, row.t_generalization):
        assert generalization <= collapse * (1 + 1e-6) < onset * (1 + 1e-6)


def test_reference_values():
    tanh = phase_diagram([0.2, 0.5], [0.3, 0.1], "tanh")
    assert tanh.t_onset[0] == pytest.approx([1.0652800, 0.1149535], abs=5e-8)
    assert tanh.t_collapse[0] == pytest.approx([0.4434387, 0.0440735], abs=5e-8)
    assert tanh.t_generalization[0] == pytest.approx([0.0987267, 0.0125848], abs=5e-8)
    assert tanh.t_collapse[1, 0] == pytest.approx(0.0795617, abs=5e-8)
    isometric = phase_diagram([0.1], [0.1], ensemble="isometric")
    assert isometric.t_collapse[0, 0] == pytest.approx(10 / math.expm1(2.0), rel=1e-7)


def test_above_the_information_ceiling_there_is_a_reason_and_no_number():
    sign = phase_diagram([0.2, 0.43, 0.44, 0.6], [0.3], "sign")  # the ceiling is 0.4341
    for name in TIMES:
        assert np.isnan(getattr(sign, name)).tolist() == [[False, False, True, True]]
    assert [reason is None for reason in sign.reasons[0]] == [True, True, False, False]
    assert "above 0.434075 nats" in sign.reasons[0][3]
    columns = json.loads(sign.to_json(), parse_constant=pytest.fail)["columns"]
    assert columns["t_onset"][2] is None and columns["collapse_over_onset"][3] is None
    assert phase_diagram([0.6, 0.7], [0.3], "sign").reasons[0][0].startswith("never")


def test_shape_order_and_tables():
    plane = phase_diagram(LOADS, RATIOS)
    assert plane.t_onset.shape == (3, 7) and plane.loads.tolist() == LOADS.tolist()
    back = phase_diagram(LOADS[::-1], RATIOS[::-1])
    assert np.allclose(back.t_collapse[::-1, ::-1], plane.t_collapse, rtol=1e-9)
    table = plane.to_table()
    assert len(table["reason"]) == 21 and set(map(len, table.values())) == {21}
    assert table["load"][:8] == [*LOADS, LOADS[0]] and table["latent_ratio"][6:8] == [0.1, 0.3]
    assert table["t_collapse"] == plane.t_collapse.ravel().tolist()
    assert table["collapse_over_onset"][9] == pytest.approx(plane.t_collapse[1, 2] / plane.t_onset[1, 2])
    assert np.all(plane.t_generalization <= plane.t_collapse) and np.all(plane.t_collapse < plane.t_onset)


def test_csv_and_json_hold_the_same_numbers_and_their_origin():
    plane = phase_diagram(LOADS, RATIOS, ensemble="power-law", exponent=0.5)
    plain = json.loads(plane.to_json())
    lines = plane.to_csv().splitlines()
    rows = list(csv.DictReader(line for line in lines if not line.startswith("#")))
    assert [float(row["t_onset"]) for row in rows] == plain["columns"]["t_onset"] == plane.t_onset.ravel().tolist()
    assert plain["parameters"]["exponent"] == 0.5 and plain["parameters"]["loads"] == LOADS.tolist()
    assert plain["seed"] is None and plain["version"] == plane.version
    assert lines[0] == '# kind: "phase diagram"'


@pytest.mark.parametrize("activation", ["linear", "tanh"])
def test_results_do_not_depend_on_the_number_of_workers(activation):
    alone = phase_diagram([0.1, 0.2], [0.2, 0.5], activation)
    shared = phase_diagram([0.1, 0.2], [0.2, 0.5], activation, jobs=2)
    assert alone.to_json() == shared.to_json()


class Interrupted(Exception):
    pass


def test_an_interrupted_diagram_goes_on_where_it_stopped(tmp_path):
    part = tmp_path / "x.part"

    def stop_after_two(stage, done, total):
        if done == 2:
            raise Interrupted

    with pytest.raises(Interrupted):
        phase_diagram(LOADS, RATIOS, part_file=part, progress=stop_after_two)
    assert part.exists()
    steps = []
    resumed = phase_diagram(LOADS, RATIOS, part_file=part, progress=lambda *step: steps.append(step))
    assert not part.exists()
    assert steps == [("rows", 2, 3), ("rows", 3, 3)]  # one row was left
    assert resumed.to_json() == phase_diagram(LOADS, RATIOS).to_json()


@pytest.mark.parametrize(
    "changed",
    [{"loads": [0.1, 0.2]}, {"latent_ratios": [0.1, 0.3, 0.9]}, {"ensemble": "isometric"}, {"activation": lambda u: u}],
)
def test_other_parameters_start_afresh(tmp_path, changed):
    part = tmp_path / "x.part"
    arguments = {"loads": [0.1, 0.3], "latent_ratios": [0.1, 0.3, 1.0]}

    def stop(stage, done, total):
        if done == 1:
            raise Interrupted

    with pytest.raises(Interrupted):
        phase_diagram(**arguments, part_file=part, progress=stop)
    steps = []
    with pytest.raises(Interrupted):
        phase_diagram(
            **(arguments | changed), part_file=part, progress=lambda s, d, t: steps.append(d) or stop(s, d, t)
        )
    assert steps == [0, 1]


def bent(u):
    return u + 0.5 * np.sin(u)


def steeper(u):
    return u + 0.6 * np.sin(u)


def test_a_function_is_an_activation_and_its_values_belong_to_the_stamp(tmp_path):
    own = phase_diagram([0.2], [0.3], bent)
    assert own.activation == "bent" and 0 < own.t_generalization[0, 0] < own.t_collapse[0, 0] < own.t_onset[0, 0]
    steeper.__name__ = "bent"

    def interrupted(function, reports):
        """Finished rows at each report, up to the one that interrupts."""
        steps = []

        def progress(stage, done, total):
            steps.append(done)
            if len(steps) == reports:
                raise Interrupted

        with pytest.raises(Interrupted):
            phase_diagram([0.2], [0.3, 0.5], function, part_file=tmp_path / "x.part", progress=progress)
        return steps

    assert interrupted(bent, 2) == [0, 1]
    assert interrupted(bent, 1) == [1]
    assert interrupted(steeper, 1) == [0]  # of the same name, but other values


LIST = "must be a list of 1 to 10000 numbers, but got "
MISTAKES = [
    ({"loads": []}, r"`loads` " + LIST + r"\[\]; pass a list such as"),
    ({"loads": 0.3}, r"`loads` " + LIST + r"0\.3; pass"),
    ({"loads": ["a"]}, r"`loads` " + LIST + r"\['a'\]; pass"),
    ({"latent_ratios": np.ones((2, 2))}, r"`latent_ratios` " + LIST + r"an array of shape \(2, 2\)"),
    ({"loads": np.ones(10_001)}, r"`loads` " + LIST + r"an array of shape \(10001,\)"),
    ({"loads": [0.1, 0.0]}, r"every load must be a positive finite number, but got 0\.0; pass log\(P\)/N\."),
    ({"loads": [math.nan]}, "every load must be a positive finite number, but got nan"),
    ({"loads": [math.inf]}, "every load must be a positive finite number, but got inf"),
    ({"latent_ratios": [0.1, 1.5]}, r"every latent ratio must be above 0 and at most 1, but got 1\.5; pass D/N\."),
    ({"latent_ratios": [math.nan]}, "every latent ratio must be above 0 and at most 1, but got nan"),
    ({"activation": "relo"}, "the activation must be one of linear, tanh, .* but got 'relo'"),
    ({"activation": 3}, "the activation must be a name or a callable, but got int"),
    ({"ensemble": "goe"}, "the ensemble must be one of gaussian, isometric, power-law, but got 'goe'; pass one of"),
    ({"ensemble": "power-law"}, "a power-law ensemble needs the a of .* but got none; pass `exponent`"),
    ({"ensemble": "power-law", "exponent": 2.0}, r"exponent of a power law must be from 0 to 0\.95, but got 2\.0"),
    ({"exponent": 0.5}, r"the gaussian ensemble has no exponent, but got 0\.5; leave it out"),
    (
        {"activation": "tanh", "ensemble": "isometric"},
        "covers an activation other than linear with the gaussian ensemble only, but got the isometric ensemble; pass",
    ),
    ({"loads": [100.0]}, r"log\(P\)/D, must be from 1e-12 to 320, but got 100 to 1000; beyond it"),
    ({"jobs": 0}, "`jobs` must be a whole number of at least 1, but got 0; pass e.g. 1"),
    ({"jobs": 1.5}, r"`jobs` must be a whole number of at least 1, but got 1\.5"),
    ({"activation": lambda u: u, "jobs": 2}, "activation must be a name or importable .* but got .*; pass `jobs` 1"),
]


@pytest.mark.parametrize(("wrong", "sentence"), MISTAKES)
def test_mistakes_are_one_sentence(wrong, sentence):
    with pytest.raises(InvalidInput, match=sentence) as caught:
        phase_diagram(**({"loads": [0.1], "latent_ratios": [0.1, 1.0]} | wrong))
    assert str(caught.value).endswith(".") and "\n" not in str(caught.value)


def test_notebooks_see_a_short_text_and_a_table():
    plane = phase_diagram([0.2, 0.5], [0.3], "sign")
    assert "1 of 2 cells empty" in repr(plane) and len(repr(plane)) < 300
    page = plane._repr_html_()
    assert page.startswith("<table>") and "<script" not in page and "above 0.434075 nats" in page
