"""What a notebook and a prompt show of the records: short, self-contained, without scripts."""

import numpy as np
import pytest

from remanifold.measures import find_duplicates, noise_profile

DATA = np.random.default_rng(0).normal(size=(60, 3))
DATA[7] = DATA[3]
PROFILE = noise_profile(DATA, rows=np.delete(np.arange(60), 7), levels=np.geomspace(0.01, 10, 8), threads=1)
RECORDS = {"profile": PROFILE, "series": PROFILE.gap, "duplicates": find_duplicates(DATA, 0.0)}


@pytest.mark.parametrize("name", RECORDS)
def test_a_record_is_shown_short_and_without_scripts(name):
    text, page = repr(RECORDS[name]), RECORDS[name]._repr_html_()
    assert len(text) < 300 and "array" not in text
    assert page.startswith("<table>") and len(page) < 20_000
    assert not any(word in page for word in ("<script", "http", "src=", "<link"))


def test_the_numbers_are_those_of_the_record():
    assert f"t_collapse={PROFILE.t_collapse:.4g}" in repr(PROFILE)
    assert f"<td>{PROFILE.t_collapse.sigma:.4g}</td>" in PROFILE._repr_html_()
    assert "<td>3, 7</td>" in RECORDS["duplicates"]._repr_html_()
