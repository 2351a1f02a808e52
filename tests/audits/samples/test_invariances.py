"""Copies of pictures in features and up to transforms: found, named, and with their own null."""

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.stats import binom

from remanifold import InvalidInput, audit, audit_copies, open_points
from remanifold.data.pictures.views import View, viewed

SIDE, LATENT = 8, 6
_MAP = np.random.default_rng(5).normal(size=(LATENT, SIDE * SIDE)) / 2


def pictures(n: int, seed: int) -> NDArray[np.float64]:
    """Honest pictures on a hidden manifold."""
    return np.tanh(np.random.default_rng(seed).normal(size=(n, LATENT)) @ _MAP).reshape(n, SIDE, SIDE)


TRAIN, HOLDOUT, SAMPLES = pictures(150, 1), pictures(100, 2), pictures(80, 3)
FLIPPED = np.concatenate([TRAIN[:8, :, ::-1], SAMPLES[8:]])


def test_flipped_copies_are_named_with_their_transform_and_only_when_asked() -> None:
    plain = audit_copies(TRAIN, FLIPPED, HOLDOUT)
    assert plain.verdict is not None and plain.verdict.state != "remembers" and not plain.flagged
    found = audit_copies(TRAIN, FLIPPED, HOLDOUT, invariances="flips")
    assert found.verdict is not None and found.verdict.state == "remembers"
    assert [(pair.sample, pair.train, pair.transform) for pair in found.flagged] == [
        (i, i, "flipped") for i in range(8)
    ]
    assert found.parameters["invariances"] == ["flips"]
    assert any("hold-out images undergo the same search" in note for note in found.notes)
    rounded = audit_copies(TRAIN, FLIPPED.astype(np.float32), HOLDOUT, invariances="flips")
    assert {pair.sample for pair in rounded.flagged} == set(range(8))
    dimmed = np.concatenate([0.5 * FLIPPED[:8] + 3, FLIPPED[8:]])
    built_in = audit_copies(TRAIN, dimmed, HOLDOUT, "dct", invariances="flips")
    assert {pair.sample for pair in built_in.flagged} == set(range(8))
    assert built_in.parameters["features"].startswith("dct: ")


def test_honest_samples_raise_no_more_alarms_than_stated() -> None:
    """Error rate 0.1 %: 25 draws of three tests at 5 % in all, of which at most so many may reject."""
    draws, alarms = 25, 0
    for seed in range(draws):
        sets = (pictures(n, 100 + 3 * seed + k) for k, n in enumerate((60, 50, 40)))
        report = audit_copies(*sets, invariances="flips", seed=seed)
        alarms += report.verdict is not None and report.verdict.state == "remembers"
    assert alarms <= binom.ppf(0.999, draws, 0.05)


def test_cropped_copies_are_named() -> None:
    """Samples, hold-out and seed are fixed; false alarms are counted in docs/howto/copies.md."""
    train, cut = open_points(TRAIN), View(kept=24 / 28, top=3 / 28, left=1 / 28)
    copies = viewed(train, cut).chunk(0, 8).reshape(8, SIDE, SIDE)
    few = HOLDOUT[:60]
    found = audit_copies(TRAIN[:60], np.concatenate([copies, SAMPLES[8:40]]), few, invariances="crops")
    assert found.verdict is not None and found.verdict.state == "remembers"
    named = [(pair.sample, pair.train, pair.transform) for pair in found.flagged]
    assert named == [(i, i, "a crop of the other, 86% of its side") for i in range(8)]
    honest = audit_copies(TRAIN[:60], SAMPLES[:40], few, invariances="crops")
    assert honest.verdict is not None and honest.verdict.state == "no sign" and not honest.flagged


def test_training_rows_and_their_mirror_images_count_once() -> None:
    both = np.concatenate([TRAIN, TRAIN[:, :, ::-1]])
    report = audit_copies(both, FLIPPED, HOLDOUT, invariances="flips")
    twice = audit_copies(np.concatenate([TRAIN, TRAIN]), np.concatenate([TRAIN[:8], SAMPLES[8:]]), HOLDOUT)
    assert report.sizes == twice.sizes and report.sizes["train_distinct"] == 150
    assert report.number("copies_beyond_recurrence") == twice.number("copies_beyond_recurrence")
    assert report.verdict is not None and report.verdict.state == "remembers"
    leaking = np.concatenate([HOLDOUT, TRAIN[20:60, :, ::-1]])
    assert any("Leak" in text for text in audit_copies(TRAIN, FLIPPED, leaking, invariances="flips").warnings)


def test_the_samples_of_an_audit_are_compared_alike() -> None:
    options = {"max_queries": 20, "threads": 1}
    report = audit(TRAIN, holdout=HOLDOUT, samples=FLIPPED, features="dct", invariances="flips", **options)
    alone = audit_copies(TRAIN, FLIPPED, HOLDOUT, "dct", invariances="flips")
    assert report.samples is not None and report.samples.flagged == alone.flagged
    assert report.samples.numbers == alone.numbers
    with pytest.raises(InvalidInput, match="`features` and `invariances` must come with samples"):
        audit(TRAIN, invariances="flips", **options)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"invariances": "turns"}, "`invariances` must be some of flips, shifts"),
        ({"invariances": "flips", "groups": np.arange(150) // 2, "holdout_groups": np.arange(100)}, "without groups"),
        ({"invariances": "flips", "features": {"train": TRAIN}}, "but got saved features"),
        ({"invariances": "flips", "standardize": "sd"}, "`standardize` must come without `invariances`"),
    ],
)
def test_what_does_not_go_together_is_refused(options: dict, words: str) -> None:
    with pytest.raises(InvalidInput, match=words):
        audit_copies(TRAIN, FLIPPED, HOLDOUT, **options)


def test_rows_that_are_no_pictures_are_refused() -> None:
    flat = [rows.reshape(len(rows), -1) for rows in (TRAIN, FLIPPED, HOLDOUT)]
    for options in ({"features": "dct"}, {"invariances": "flips"}):
        with pytest.raises(InvalidInput, match=r"is for rows that are pictures of at least 4 x 4 pixels, but got rows"):
            audit_copies(*flat, **options)


def test_what_distances_do_not_see_depends_on_the_transforms_that_were_sought() -> None:
    plain, flips = (audit_copies(TRAIN, SAMPLES, HOLDOUT, invariances=kinds) for kinds in (None, "flips"))
    assert plain.verdict is not None and flips.verdict is not None
    assert "Copies that were flipped, shifted, cropped or recoloured are not seen" in plain.verdict.next
    assert "Copies that were shifted, cropped or recoloured are not seen" in flips.verdict.next
