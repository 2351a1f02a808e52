"""Every relative link in a Markdown page leads to a file, and its anchor to a heading."""

import re
from pathlib import Path
from urllib.parse import unquote

import pytest

ROOT = Path(__file__).parents[2]
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *(ROOT / "examples").rglob("*.md")])
IN_THE_SITE = {ROOT / "docs" / "explorer.html"}
"""Made when the site is built: links lead to its place there."""
_FENCE = re.compile(r"^(```|~~~).*?^\1", flags=re.M | re.S)
_LINK = re.compile(
    r"!?\[[^\]]*\]\(<?([^)\s>]+)>?(?:\s+\"[^\"]*\")?\)|^\[[^\]]+\]:\s*(\S+)|(?:src|srcset|href)=\"([^\"]+)\"",
    flags=re.M,
)


def _slug(heading: str) -> str:
    """The anchor that common Markdown hosts give a heading: lower case, punctuation gone, a hyphen for each blank."""
    text = re.sub(r"!?\[([^\]]*)\]\([^)]*\)", r"\1", heading)
    return re.sub(r"[^\w\- ]", "", text.strip().lower()).replace(" ", "-")


def _anchors(page: Path) -> set[str]:
    text = _FENCE.sub("", page.read_text())
    found: set[str] = set(re.findall(r"(?:id|name)=\"([^\"]+)\"", text))
    for heading in re.findall(r"^#{1,6}\s+(.*?)\s*#*$", text, flags=re.M):
        slug, twins = _slug(heading), 0
        while (anchor := f"{slug}-{twins}" if twins else slug) in found:
            twins += 1
        found.add(anchor)
    return found


def _links(page: Path) -> list[str]:
    text = re.sub(r"`[^`\n]*`", "", _FENCE.sub("", page.read_text()))
    return [next(filter(None, match)) for match in _LINK.findall(text)]


def dead_links(page: Path) -> list[str]:
    """The relative links of ``page`` that lead nowhere."""
    dead = []
    for link in _links(page):
        if re.match(r"[a-z][a-z+.-]*:", link):
            continue
        name, _, anchor = unquote(link).partition("#")
        target = (page.parent / name) if name else page
        if target.resolve() in IN_THE_SITE:
            continue
        if not target.exists() or (anchor and target.suffix == ".md" and anchor not in _anchors(target)):
            dead.append(link)
    return dead


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_no_dead_link(page):
    assert dead_links(page) == []


def test_dead_links_are_found_and_live_ones_are_not(tmp_path):
    (tmp_path / "other.md").write_text("# The `t` of *noise*\n\n## Twice\n\n## Twice\n")
    page = tmp_path / "page.md"
    page.write_text(
        "# Top\n[a](other.md) [b](other.md#the-t-of-noise) [c](#top) [d](other.md#twice-1) [e](https://example.org/x)\n"
        "```text\n[f](gone.md)\n```\n`[g](gone.md)` ![h](gone.png) [i](other.md#gone) [j](#gone)\n\n[k]: gone.txt\n"
        '<img src="gone.svg">\n'
    )
    assert dead_links(page) == ["gone.png", "other.md#gone", "#gone", "gone.txt", "gone.svg"]
