"""`remanifold explore`: one file, or one sentence and nothing."""

import json
import re

import numpy as np
import pytest
from browser_waits import wait_for

from remanifold import InvalidInput
from remanifold.cli import main
from remanifold.explorer import explorer_page
from remanifold.explorer.bundle import bundled


def facts_of(page):
    """What Python wrote into the page."""
    return json.loads(re.search(r'id="explorer-data">(.*?)</script>', page, re.DOTALL)[1])


def test_it_writes_one_page_with_rows_of_the_data(tmp_path, capsys):
    rows = np.random.default_rng(0).normal(size=(50, 3))
    np.save(tmp_path / "rows.npy", rows)
    assert (
        main(
            ["explore", str(tmp_path / "rows.npy"), "--rows", "20", "--threads", "1", "--out", str(tmp_path / "e.html")]
        )
        == 0
    )
    assert "rows" in capsys.readouterr().out
    page = (tmp_path / "e.html").read_text(encoding="utf-8")
    own = facts_of(page)["own"]
    assert own["source"] == "rows.npy" and len(own["rows"]) == 20 and own["noun"] == "row"
    assert str(tmp_path) not in page


@pytest.mark.parametrize(
    "options",
    [["--out", "e.txt"], ["nothing.npy"], ["rows.npy", "--rows", "2"], ["rows.npy", "--rows", "401"], ["large.npy"]],
)
def test_it_refuses_in_one_sentence_and_leaves_nothing(tmp_path, monkeypatch, capsys, options):
    monkeypatch.chdir(tmp_path)
    np.save("rows.npy", np.random.default_rng(0).normal(size=(9, 3)))
    np.save("large.npy", np.zeros((3, 30000)))
    assert main(["explore", *options]) == 2
    captured = capsys.readouterr()
    assert captured.out == "" and captured.err.count("\n") == 1
    assert sorted(path.name for path in tmp_path.iterdir()) == ["large.npy", "rows.npy"]


def test_the_seed_chooses_the_rows():
    rows = np.random.default_rng(0).normal(size=(60, 3))
    pages = [facts_of(explorer_page(rows, n_rows=10, seed=seed, threads=1))["own"]["rows"] for seed in (0, 0, 1)]
    assert pages[0] == pages[1] != pages[2]


def test_rows_of_the_largest_size_keep_the_page_below_two_megabytes():
    rows = np.random.default_rng(0).normal(size=(40, 6000))
    page = explorer_page(rows, threads=1)
    assert len(page.encode()) < 2_000_000 and len(facts_of(page)["own"]["rows"]) == 10
    with pytest.raises(InvalidInput, match="240 kB"):
        explorer_page(rows.repeat(5, axis=1), threads=1)


def test_a_page_without_the_digits(monkeypatch):
    from remanifold.explorer import digits

    monkeypatch.setattr(digits, "find_spec", lambda name: None)
    digits.digits_facts.cache_clear()
    try:
        assert facts_of(explorer_page())["digits"] is None
    finally:
        digits.digits_facts.cache_clear()


def test_modules_stand_behind_those_that_they_import():
    script = bundled("main.js")
    assert script.index("m_math_posterior =") < script.index("m_math_denoisers =") < script.index("m_main =")
    assert not re.search(r"^(?:import|export) ", script, re.MULTILINE)


@pytest.mark.browser
def test_rows_of_two_numbers_go_onto_the_stage(browser, tmp_path):
    rows = 1000 + 30 * np.random.default_rng(0).normal(size=(25, 2))
    (tmp_path / "e.html").write_text(explorer_page(rows, threads=1), encoding="utf-8")
    page = browser.new_page()
    page.goto(f"{(tmp_path / 'e.html').as_uri()}#part=own")
    page.get_by_role("button", name="Watch particles fall").click()
    wait_for(page, "explorer.fall.levels()?.count === 25")
    assert page.locator("#count").inner_text().startswith("25 ")
    page.close()
