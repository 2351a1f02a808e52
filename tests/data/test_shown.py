"""What a notebook and a prompt show of points."""

import numpy as np

from remanifold import open_points


def test_points_are_one_short_line_whatever_their_path(tmp_path):
    folder = tmp_path / ("a" * 120) / ("b" * 120)
    folder.mkdir(parents=True)
    np.save(folder / "rows.npy", np.eye(4))
    shown = repr(open_points(folder / "rows.npy"))
    assert len(shown) < 300
    assert shown.endswith("rows.npy)")


def test_the_table_of_a_notebook_has_the_facts_and_escapes_them(tmp_path):
    np.save(tmp_path / "a<b>\x1b[2J.npy", np.eye(4))
    table = open_points(tmp_path / "a<b>\x1b[2J.npy", labels=[0, 0, 1, 1])._repr_html_()
    assert r"a&lt;b&gt;\x1b[2J.npy" in table
    assert "<b>" not in table
    assert "2 classes (labels in memory)" in table
    assert "4 of shape (4,)" in table
