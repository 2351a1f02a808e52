"""The pages that teach do what they show: every block runs in order, every printed number is held to the page."""

import re
from pathlib import Path

import pytest
from shown_output import difference
from taught_pages import outputs, refreshed

ROOT = Path(__file__).parents[2]
FOLDERS = ("start", "tutorials", "course")
PAGES = sorted(page for folder in FOLDERS for page in (ROOT / "docs" / folder).glob("*.md"))


@pytest.mark.filterwarnings(
    "ignore:the model can tell its training rows:RuntimeWarning"
)  # the monitor's alarm is what a page waits for
@pytest.mark.parametrize("page", PAGES, ids=lambda page: f"{page.parent.name}/{page.stem}")
def test_page_prints_what_it_shows(page, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "76")
    assert mismatches(page) == []


def mismatches(page):
    """Where the page shows what its code does not print: line, and the first words that differ."""
    text = page.read_text(encoding="utf-8")
    return [(output.line, output.unlike) for output in outputs(text, str(page)) if output.unlike is not None]


def test_changed_words_numbers_and_missing_lines_are_seen(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    page = tmp_path / "page.md"
    code = "```python\nprint('sigma 0.844 of 1,000 rows')\nprint('done')\n```\n\n<!-- output -->\n```text\n{}\n```\n"
    shown = {
        "sigma 0.844 of 1,000 rows done": 0,
        "sigma 0.845 of 1,000\nrows done": 0,
        "...\nrows done": 0,
        "sigma 0.844 of\n...": 0,
        "sigma 0.944 of 1,000 rows done": 1,
        "sigma 0.844 of 1,000 pictures done": 1,
        "sigma 0.844 of 1,000 rows": 1,
        "sigma 0.844 of 1,000 rows done twice": 1,
        "...\npictures done": 1,
    }
    for text, count in shown.items():
        page.write_text(code.format(text))
        assert len(mismatches(page)) == count, text


def test_commands_are_run_and_held_to_what_is_shown(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    page = tmp_path / "page.md"
    page.write_text("<!-- run -->\n```console\n$ remanifold --version\nremanifold none\n```\n")
    ((line, words),) = mismatches(page)
    assert line == 4 and "none" in words
    page.write_text("<!-- run -->\n```console\n$ remanifold audit nothing.npy\n```\n")
    ((line, words),) = mismatches(page)
    assert "[exit code 2]" in words


def test_a_page_is_refreshed_where_it_is_wrong(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    code = "```python\nprint('sigma 0.844')\n```\n\n<!-- output -->\n```text\n{}```\n"
    assert refreshed(code.format("sigma 0.1\n") + code.format("...\n"), "page") == (
        code.format("sigma 0.844\n") + code.format("...\n")
    )


def test_rough_output_still_fixes_the_words():
    assert difference("index 0.30 at step 200", "index 0.40 at step 250", rough=True) is None
    assert difference("p = 2.3 × 10⁻¹⁶, named", "p = 7.1 × 10⁻¹², named", rough=True) is None
    assert difference("p = 2.3 × 10⁻¹⁶, named", "p = 7.1 × 10⁻¹², named")
    assert difference("index 0.30 at step 200", "index 0.80 at step 250", rough=True)
    assert difference("remembers", "no sign", rough=True)


def test_a_refreshed_page_keeps_its_cuts(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    code = "```python\nprint('rows 5\\nsigma 0.844\\nnotes\\nend')\n```\n\n<!-- output -->\n```text\n{}```\n"
    assert refreshed(code.format("...\nsigma 0.1\n...\n"), "page") == code.format("...\nsigma 0.844\n...\n")


def test_the_readme_shows_what_the_start_page_prints():
    start = (ROOT / "docs" / "start" / "index.md").read_text(encoding="utf-8")
    shown = re.findall(r"^```console\n(.*?)^```$", (ROOT / "README.md").read_text(encoding="utf-8"), flags=re.M | re.S)
    assert len(shown) == 3
    for block in shown:
        assert block in start, block.splitlines()[0]


def test_the_first_page_shows_what_the_start_page_prints():
    start = (ROOT / "docs" / "start" / "index.md").read_text(encoding="utf-8")
    page = (ROOT / "docs" / "index.md").read_text(encoding="utf-8")
    (block,) = re.findall(r"^```console\n(.*?)^\.\.\.\n```$", page, flags=re.M | re.S)
    assert "VERDICT" in block and block in start
