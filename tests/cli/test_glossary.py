"""``remanifold glossary``: every word of docs/glossary.md on the terminal, and the nearest where one is misspelt."""

import re
from pathlib import Path

import pytest
from command import runner

from remanifold.plots.page.glossary import glossary

PAGE = Path(__file__).parents[2] / "docs" / "glossary.md"
run = runner("glossary")


def test_all_words_of_the_page_are_told_without_markdown(capsys):
    code, out, err = run(capsys)
    anchors = re.findall(r'<a id="([^"]+)">', PAGE.read_text(encoding="utf-8"))
    assert (code, err) == (0, "") and [entry.key for entry in glossary()] == anchors
    assert len([line for line in out.splitlines() if not line.startswith(" ")]) == len(anchors)
    assert not re.search(r"[*`<>]|\]\(", out)


@pytest.mark.parametrize(
    ("word", "told"),
    [
        ("collapse", ["Collapse, t_c"]),
        ("HOLD-OUT", ["Hold-out"]),
        ("best", ["Best stop, t_g"]),
        ("lat", ["Latent dimension, D", "Latent ratio"]),
        ("t_o", ["Onset of traps, t_o"]),
    ],
)
def test_a_word_or_its_beginning(capsys, word, told):
    code, out, _ = run(capsys, word)
    assert code == 0 and re.findall(r"^(\S.*?): ", out, flags=re.MULTILINE) == told


def test_a_word_that_is_misspelt(capsys):
    code, out, err = run(capsys, "colapse")
    assert (code, out) == (2, "") and "'colapse'; did you mean collapse or" in err and err.count("\n") == 1
