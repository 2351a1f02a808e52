"""The audit as one call: what is planted is found, and nothing that must not matter does."""

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from remanifold import AuditReport, HiddenManifold, InvalidInput, audit
from remanifold.audits import answers_of, known_scalars

MANIFOLD = HiddenManifold(ambient_dim=24, latent_dim=8, n_points=400, seed=5)
POINTS = MANIFOLD.points()
TIMES = ("t_onset", "t_collapse", "t_generalization")


def times_of(report: AuditReport) -> NDArray[np.float64]:
    return np.array([getattr(report, name).value for name in TIMES])


@pytest.fixture(scope="module")
def planted() -> AuditReport:
    rng = np.random.default_rng(1)
    near = POINTS[[20, 30]] + 1e-4 * rng.normal(size=(2, 24))
    data = np.concatenate([POINTS, POINTS[[10, 10]], near])
    holdout = np.concatenate([MANIFOLD.fresh(120), POINTS[[7]], near[[1]]])
    labels = np.where(np.arange(len(data)) < 10, "few", np.where(data[:, 0] > 0, "right", "left"))
    return audit(data, holdout=holdout, labels=labels, max_queries=300, target_sigma=(0.2, 5.0))


def test_planted_copies_are_grouped(planted: AuditReport) -> None:
    assert [group.members for group in planted.duplicates] == [(10, 400, 401), (20, 402), (30, 403)]
    assert planted.duplicates[0].max_distance == 0
    assert 1e-5 < planted.duplicates[1].max_distance < 2e-3
    assert planted.data.n_points == 404
    assert planted.data.n_groups == 400


def test_planted_leaks_are_named_even_behind_a_group(planted: AuditReport) -> None:
    assert planted.holdout is not None
    assert [(row, training) for row, training, _ in planted.holdout.overlap] == [(120, 7), (121, 403)]


def test_a_true_holdout_agrees_with_leave_one_out(planted: AuditReport) -> None:
    assert planted.holdout is not None
    assert planted.holdout.z is not None
    assert abs(planted.holdout.z) < 4
    assert abs(planted.holdout.closer_share.z(0.5)) < 4


def test_rows_from_elsewhere_do_not_pass_as_holdout() -> None:
    report = audit(POINTS, holdout=3 * MANIFOLD.fresh(100), max_queries=100)
    assert report.holdout is not None
    assert report.holdout.z is not None
    assert report.holdout.z > 5
    assert report.holdout.closer_share.value < 0.2


def test_a_holdout_that_is_the_training_set_overlaps_entirely() -> None:
    report = audit(POINTS, holdout=POINTS, max_queries=50)
    assert report.holdout is not None
    assert len(report.holdout.overlap) == len(POINTS)
    assert report.holdout.t_generalization is None


def test_times_are_ordered_and_every_row_is_ranked(planted: AuditReport) -> None:
    onset, collapse, best = times_of(planted)
    assert best < collapse < onset
    rows = [sample.row for sample in planted.exposure]
    assert len(rows) == planted.profile.n_queries == 300
    assert len(set(rows)) == 300
    assert not {400, 401, 402, 403} & set(rows)


def test_levels_say_what_single_rows_do(planted: AuditReport) -> None:
    assert planted.t_onset is not None and planted.t_collapse is not None and planted.t_generalization is not None
    first = planted.exposure[0]
    levels = (planted.onset_rows, planted.collapse_rows, planted.generalization_rows)
    onset, collapse, best = (rows for rows in levels if rows is not None)
    assert (collapse.first_row, collapse.first_row_t) == (first.row, first.t)
    assert onset.first_row_t is not None and onset.first_row_t > planted.t_onset
    assert best.first_row is None
    weights = [rows.own_weight.value for rows in (onset, collapse, best)]
    assert all(0 < weight < 1 for weight in weights)
    assert weights == sorted(weights)  # less noise, more of the own row
    page = planted.to_html().replace("\u00a0", " ")
    assert "E[w_own]" in page and f"The first row, {first.row}, collapses already" in page


def test_classes_alone(planted: AuditReport) -> None:
    by_label = {one.label: one for one in planted.classes}
    assert by_label["few"].t_collapse is None
    assert by_label["few"].reason == "fewer than 30 distinct points"
    assert by_label["left"].t_collapse is not None
    assert by_label["left"].t_collapse > times_of(planted)[1] * 0.8
    assert planted.class_shift_prediction is not None
    assert planted.class_shift_prediction > times_of(planted)[1]


def test_samples_needed_answers_the_targets(planted: AuditReport) -> None:
    low, high = planted.samples_needed
    assert low.extrapolated and low.factor > 1
    assert not high.extrapolated and high.factor < 1


def test_report_round_trips_and_names_its_numbers(planted: AuditReport, tmp_path: Path) -> None:
    (tmp_path / "report.json").write_text(planted.to_json())
    assert AuditReport.from_json(tmp_path / "report.json") == planted
    json.loads(planted.to_json(), parse_constant=pytest.fail)
    assert set(planted.scalars()) <= set(known_scalars(True))
    assert len(answers_of(planted)) == 9


@pytest.mark.parametrize("changes", [{"threads": 1}, {"memory": "84MB"}, {"threads": 3, "memory": "120MB"}])
def test_threads_and_memory_change_nothing_but_round_off(changes: dict[str, object]) -> None:
    data = np.concatenate([POINTS, POINTS[:3]])
    one, other = (audit(data, max_queries=150, **extra) for extra in ({"threads": 2}, changes))  # pyright: ignore[reportArgumentType]
    np.testing.assert_allclose(times_of(one), times_of(other), rtol=1e-9)
    assert one.duplicates == other.duplicates
    assert [s.row for s in one.exposure] == [s.row for s in other.exposure]
    for name in ("gap", "trap", "nll", "own_surprisal", "local_dimension"):
        a, b = (np.array(getattr(report.profile, name).value) for report in (one, other))
        np.testing.assert_allclose(a, b, rtol=1e-6, atol=1e-6)


def test_another_seed_gives_another_answer_within_its_error() -> None:
    one, other = (audit(POINTS, max_queries=100, seed=seed) for seed in (1, 2))
    for name in TIMES:
        a, b = getattr(one, name), getattr(other, name)
        assert a.value != b.value
        assert abs(a.value - b.value) < 5 * np.hypot(a.stderr, b.stderr)


def test_t_is_in_squared_data_units() -> None:
    one, other = audit(POINTS, max_queries=60), audit(7 * POINTS + 100, max_queries=60)
    np.testing.assert_allclose(49 * times_of(one), times_of(other), rtol=2e-4)  # t_g is interpolated between levels
    assert other.t_collapse is not None and one.t_collapse is not None
    a, b = (report.scalars()["sigma_collapse_in_data_std"] for report in (one, other))
    assert a == pytest.approx(b, rel=1e-6)


def test_the_container_does_not_matter(tmp_path: Path) -> None:
    bytes_ = np.clip(40 * POINTS + 128, 0, 255).astype(np.uint8)
    np.save(tmp_path / "a.npy", bytes_)
    torch.save(torch.from_numpy(bytes_), tmp_path / "a.pt")
    reports = [audit(source, max_queries=60) for source in (bytes_, tmp_path / "a.npy", tmp_path / "a.pt")]
    assert len({report.data.fingerprint for report in reports}) == 1
    for report in reports[1:]:
        np.testing.assert_array_equal(times_of(report), times_of(reports[0]))


def test_a_torch_dataset_brings_its_labels() -> None:
    images = torch.from_numpy(POINTS).reshape(400, 1, 4, 6)
    report = audit(torch.utils.data.TensorDataset(images, torch.arange(400) % 2), max_queries=40)
    assert [one.label for one in report.classes] == ["0", "1"]
    assert report.data.shape == (1, 4, 6)
    assert any(name.startswith("train:") for name in report.pictures)


def test_gaussian_reference_of_gaussian_data_is_near_one_and_of_clusters_is_not() -> None:
    """Finite size lifts the measured collapse by about 6.7/N in log (docs/explanation/theory.md): 0.28 at N = 24."""
    report = audit(POINTS, max_queries=200)
    gaussian = report.gaussian_reference
    assert gaussian is not None and gaussian.finite_size is not None and report.t_collapse is not None
    assert 0.05 < np.log(gaussian.collapse_ratio) < 0.6
    finite, spread = gaussian.finite_size, report.t_collapse.log_stderr
    assert abs(np.log(finite.collapse_ratio)) < 0.02 + 4 * spread  # what is left when the size is accounted for
    assert finite.collapse_ratio == report.t_collapse / finite.t_collapse
    assert finite.t_collapse > 1.05 * gaussian.t_collapse
    assert report.scalars()["collapse_ratio_to_gaussian_of_this_size"] == finite.collapse_ratio
    rng = np.random.default_rng(3)
    centres = 8 * rng.normal(size=(5, 24))
    clusters = centres[rng.integers(0, 5, 400)] + 0.3 * rng.normal(size=(400, 24))
    clustered = audit(clusters, max_queries=200).gaussian_reference
    assert clustered is not None and clustered.finite_size is not None
    assert clustered.collapse_ratio < 0.7 and clustered.finite_size.collapse_ratio < 0.6


def test_two_dimensions_have_no_finite_size_reference() -> None:
    reference = audit(np.random.default_rng(2).normal(size=(300, 2)), max_queries=40).gaussian_reference
    assert reference is not None and reference.finite_size is None
    assert reference.finite_size_reason is not None and "takes drawn data sets" in reference.finite_size_reason


def test_progress_names_its_stages() -> None:
    seen: list[str] = []
    audit(POINTS, holdout=MANIFOLD.fresh(20), max_queries=20, progress=lambda stage, done, total: seen.append(stage))
    assert {"reading the data", "coordinates", "noise levels"} <= set(seen)


def test_copies_alone_are_refused() -> None:
    with pytest.raises(InvalidInput, match="at least 3 distinct points, but got 2"):
        audit(np.repeat(POINTS[:2], 10, axis=0))
