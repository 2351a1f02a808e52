"""An audit that was interrupted at any stage goes on with the sums it has, and ends with the same report."""

import numpy as np
import pytest

from remanifold import audit
from remanifold.measures.profile import runner

OPTIONS = {"max_queries": 40, "threads": 1, "seed": 1}
RNG = np.random.default_rng(7)
DATA, FRESH = RNG.normal(size=(240, 5)), RNG.normal(size=(60, 5))
LABELS = np.arange(240) % 2


pytestmark = pytest.mark.usefixtures("without_theory")


@pytest.fixture
def panels(monkeypatch):
    """Passes over the data that sweeps needed."""
    done, panel = [], runner.QueryRunner._panel  # progress also tells of sums that were kept

    def counted(self, block, *rest):
        done.append(len(block))
        return panel(self, block, *rest)

    monkeypatch.setattr(runner.QueryRunner, "_panel", counted)  # it only counts
    return done


def run(stop_at=None, **options):
    def progress(stage, done, total):
        if stage == stop_at and done == total:
            raise KeyboardInterrupt

    return audit(DATA, holdout=FRESH, labels=LABELS, progress=progress, **OPTIONS, **options)


def test_an_interrupted_audit_goes_on(tmp_path, panels):
    part = tmp_path / "audit.part"
    whole = run().to_json()
    all_passes = len(panels)
    panels.clear()
    passes = []
    for stage in ("noise levels", "classes"):
        with pytest.raises(KeyboardInterrupt):
            run(stage, part_file=part)
        passes.append(len(panels))
        assert part.exists()
        panels.clear()
    assert run(part_file=part).to_json() == whole
    assert not part.exists(), "deleted with the report ready"
    pilots = len(panels)  # made again: they choose the levels, from a few queries
    assert pilots < passes[1] < all_passes
    assert sum(panels) <= 3 * 24


def test_other_hold_out_data_start_anew(tmp_path):
    part = tmp_path / "audit.part"
    with pytest.raises(KeyboardInterrupt):
        run("classes", part_file=part)
    other = FRESH + 0.5
    options = {**OPTIONS, "holdout": other, "labels": LABELS}
    assert audit(DATA, part_file=part, **options).to_json() == audit(DATA, **options).to_json()
