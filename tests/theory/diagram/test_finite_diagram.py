"""Diagrams at one ambient dimension: against single times, one sweep for all loads, copies, plain forms."""

import csv
import io
import json
import math

import numpy as np
import pytest

from remanifold import InvalidInput, phase_diagram
from remanifold.plots.diagram_page import diagram_page
from remanifold.theory.diagram.finite_row import finite_row
from remanifold.theory.finite.gaussian import finite_size_times_of_ensemble

NAMES = ("t_onset", "t_collapse", "t_generalization")


def test_linear_cells_are_the_closed_form_of_whole_sizes():
    plane = phase_diagram([0.2, 0.3], [0.21, 0.4], "linear", "isometric", ambient_dim=20)
    assert plane.n_points.tolist() == [55, 403] and plane.latent_ratios.tolist() == [0.2, 0.4]
    assert plane.loads.tolist() == [math.log(55) / 20, math.log(403) / 20]
    single = finite_size_times_of_ensemble(8, 20, 403, "isometric")
    for k, name in enumerate(NAMES):
        assert getattr(plane, name)[1, 1] == getattr(single, name).value
        assert plane.stderr[k, 1, 1] == getattr(single, name).stderr
    limit = phase_diagram(plane.loads, plane.latent_ratios, "linear", "isometric")
    assert (plane.t_collapse > 1.15 * limit.t_collapse).all()
    assert np.isnan(plane.t_condensation).all() and plane.reasons == ((None, None),) * 2


def test_one_sweep_serves_all_loads_of_a_sampled_row():
    """Against times measured by brute force at N = 20, P = 55 (docs/results/nonlinear.csv), and their fall with P."""
    row = finite_row(20, 6, [55, 20, 148], "tanh", "gaussian", None)
    for k, (name, measured) in enumerate(zip(NAMES, (1.03, 0.5534, 0.1388))):
        times = getattr(row, name)
        assert abs(math.log(times[0] / measured)) < 4.5 * row.stderr[0][k] / times[0]
        assert row.stderr[0][k] < 0.08 * times[0]
        assert times[1] > 1.2 * times[0] > 1.4 * times[2]


def test_most_points_with_a_copy_have_no_times():
    row = finite_row(12, 3, [4, 3000], "sign", "gaussian", None)
    assert row.t_collapse[0] is not None and row.t_collapse[1] is None
    assert row.reason[0] is None and "exact copy" in row.reason[1]


def test_the_table_says_the_size_and_the_errors():
    plane = phase_diagram([0.2, 0.21, 0.3], [0.3, 1.0], "linear", "isometric", ambient_dim=10)
    assert "N = 10" in repr(plane) and plane.loads.size == 3
    text = plane.to_json()
    plain = json.loads(text)
    assert plain["parameters"]["ambient_dim"] == 10
    assert plain["columns"]["n_points"] == [7, 8, 20] * 2 and plain["columns"]["latent_dim"] == [3] * 3 + [10] * 3
    rows = list(csv.DictReader(line for line in io.StringIO(plane.to_csv()) if not line.startswith("#")))
    assert float(rows[0]["t_collapse_stderr"]) > 0
    page = diagram_page(plane)
    assert "N = 10 dimensions" in page and "limit of large dimension" not in page
    asymptotic = phase_diagram([0.2], [0.3])
    assert asymptotic.n_points is None and "t_onset_stderr" not in asymptotic.to_table()


def test_an_interrupted_diagram_goes_on_from_the_rows_it_has(tmp_path):
    part, size = tmp_path / "a.part", {"ensemble": "isometric", "ambient_dim": 10}

    def stop(stage, done, total):
        if done == 1:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        phase_diagram([0.2, 0.3], [0.3, 1.0], **size, progress=stop, part_file=part)
    seen = []
    resumed = phase_diagram([0.2, 0.3], [0.3, 1.0], **size, progress=lambda *told: seen.append(told), part_file=part)
    assert seen[0] == ("rows", 1, 2)
    assert resumed.to_csv() == phase_diagram([0.2, 0.3], [0.3, 1.0], **size).to_csv()


def test_fewer_than_three_latent_dimensions_are_told_in_the_cell():
    assert "at least 3" in phase_diagram([0.2], [0.1], ambient_dim=20).reasons[0][0]


def test_too_many_latent_dimensions_are_told_in_the_cell():
    plane = phase_diagram([0.05], [0.9], "tanh", ambient_dim=80)
    assert np.isnan(plane.t_collapse).all() and "60 latent dimensions" in plane.reasons[0][0]


@pytest.mark.parametrize(
    ("change", "word"),
    [({"ambient_dim": 1}, "ambient_dim"), ({"loads": [3.0]}, "points"), ({"ensemble": "other"}, "ensemble")],
)
def test_bad_sizes_are_refused(change, word):
    with pytest.raises(InvalidInput, match=word):
        phase_diagram(**{"loads": [0.2], "latent_ratios": [0.3], "ambient_dim": 20} | change)
