"""Every link of the site leads to a file of it, and its anchor to a place there; nothing is loaded from elsewhere."""

import posixpath
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest


class _Page(HTMLParser):
    """Links, what is loaded, and places of a page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.links: list[str] = []
        self.loaded: list[str] = []
        self.places: set[str] = set()
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        words = {name: value or "" for name, value in attrs}
        self.places |= {words[name] for name in ("id", "name") if name in words}
        if tag == "a" and "href" in words:
            self.links.append(words["href"])
        elif tag in ("script", "img", "iframe", "source", "link") and words.get("rel") not in ("canonical", "author"):
            self.loaded += [words[name] for name in ("src", "href") if name in words]


def dead(site: Path, texts: dict[str, str]) -> list[str]:
    """Links of ``texts`` that lead nowhere, and what is loaded from outside, each as "page: link"."""
    read = {name: _Page(text) for name, text in texts.items()}
    found = []
    for name, page in read.items():
        for link in [*page.links, *page.loaded]:
            parts = urlsplit(link)
            if parts.scheme or parts.netloc:
                if link in page.loaded and parts.scheme != "data":
                    found.append(f"{name}: {link}")
                continue
            target = (
                posixpath.normpath(posixpath.join(posixpath.dirname(name), unquote(parts.path))) if parts.path else name
            )
            anchor = unquote(parts.fragment)
            missing = not (site / target).exists()
            lost = anchor and target in read and anchor not in read[target].places
            if missing or lost:
                found.append(f"{name}: {link}")
    return found


def test_links_and_anchors_lead_somewhere_and_nothing_is_loaded_from_elsewhere(site, pages):
    assert dead(site, pages) == []


def test_the_explorer_of_the_site_leads_back_to_it(site):
    assert '<a href="index.html">remanifold</a> explorer' in (site / "explorer.html").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    "planted",
    ['<a href="gone.html">', '<a href="index.html#gone">', '<a href="#gone">', '<img src="https://example.org/x.png">'],
)
def test_planted_links_are_found(site, planted):
    index = (site / "index.html").read_text(encoding="utf-8")
    assert len(dead(site, {"index.html": index + planted, "glossary.html": ""})) == 1 + len(
        dead(site, {"index.html": index, "glossary.html": ""})
    )
