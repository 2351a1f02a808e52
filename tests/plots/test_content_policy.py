"""Every page that is written forbids itself to load anything: one policy in the template that all pages extend."""

import re
from importlib.resources import files

import numpy as np
import pytest

from remanifold.cli import main

TEMPLATES = {
    path.name: path.read_text(encoding="utf-8")
    for room in ("audits/pages", "experiments", "plots/page")
    for path in files("remanifold").joinpath(f"{room}/templates").iterdir()
    if path.name.endswith(".html.j2")
}
POLICY = re.compile(r'<meta http-equiv="Content-Security-Policy" content="([^"]*)">')


def policy_of(page: str) -> dict[str, str]:
    found = POLICY.search(page)
    assert found and found.start() < page.index("<title>") < page.index("</head>"), "the policy stands first"
    rules = (rule.split(maxsplit=1) for rule in found[1].split(";") if rule.strip())
    return {rule[0]: rule[1] if len(rule) > 1 else "" for rule in rules}


def test_only_one_template_begins_a_page():
    assert len(TEMPLATES) >= 8
    pages = {name for name, text in TEMPLATES.items() if "<html" in text or "<head" in text}
    assert pages == {"base.html.j2"}
    parts = {name for name, text in TEMPLATES.items() if '{% extends "base.html.j2" %}' not in text} - pages
    assert not any("<script" in TEMPLATES[name] for name in parts), "parts bring no script of their own"


@pytest.mark.parametrize(
    ("words", "page"),
    [
        ("audit train.npy --max-queries 10 --out report", "report/report.html"),
        ("copies --train train.npy --samples samples.npy --out copies", "copies/copies.html"),
        ("diagram --activation linear --grid 2x2 --out linear.html", "linear.html"),
    ],
)
def test_a_page_that_is_written_has_the_policy(words, page, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    rows = np.random.default_rng(0).normal(size=(80, 3))
    np.save("train.npy", rows[:40])
    np.save("samples.npy", rows[40:])
    assert main(words.split()) == 0, capsys.readouterr()
    text = (tmp_path / page).read_text(encoding="utf-8")
    rules = policy_of(text)
    assert rules["default-src"] == "'none'" and rules["base-uri"] == "'none'" and rules["form-action"] == "'none'"
    assert not {"connect-src", "frame-src", "object-src"} & rules.keys()
    assert not re.search(r"""src=["']?https?://""", text), "nothing is loaded from elsewhere"
