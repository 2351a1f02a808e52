"""All results as one self-contained HTML page: nothing is fetched, light and dark, wide and narrow."""

import re
from collections.abc import Mapping
from html import escape
from string import Template
from typing import Any

from remanifold._core.version import __version__
from remanifold.experiments.results import Result

OPEN_Z = 4.0
"""From this |z| on a verdict needs a reason; docs/results.md gives it or lists it as open."""

_HEADS = ("quantity", "theory (limit)", "finite size", "measured", "z", "comment")
_PAGE = Template("""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; img-src data:">
<title>remanifold: results</title>
<style>
:root { color-scheme: light dark; --page: #f5f6f8; --card: #fff; --ink: #1a2029; --muted: #56606d; --line: #dde1e7;
  --far: #b3261e; }
@media (prefers-color-scheme: dark) {
  :root { --page: #0f1318; --card: #171c23; --ink: #e8ecf1; --muted: #a5b0bd; --line: #2b333e; --far: #ff8a80; }
}
* { box-sizing: border-box; }
body { margin: 0; background: var(--page); color: var(--ink); line-height: 1.5;
  font-family: system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif; }
main { max-width: 1080px; margin: 0 auto; padding: 28px 16px 48px; }
h1 { font-size: clamp(1.4rem, 3.6vw, 2rem); line-height: 1.2; margin: 0 0 8px; }
h2 { font-size: 1.15rem; margin: 0 0 6px; }
p { margin: 0 0 8px; max-width: 64em; }
a { color: inherit; }
.muted { color: var(--muted); font-size: .92rem; }
section { margin-top: 20px; padding: 18px 16px; background: var(--card); border: 1px solid var(--line);
  border-radius: 12px; }
.figure { margin: 10px 0; padding: 6px; background: #fff; border-radius: 8px; overflow-x: auto; }
.figure svg { display: block; width: 100%; height: auto; min-width: 560px; }
.table { overflow-x: auto; }
table { border-collapse: collapse; font-size: .88rem; width: 100%; font-variant-numeric: tabular-nums; }
th, td { text-align: left; vertical-align: top; padding: 4px 10px 4px 0; border-top: 1px solid var(--line); }
th { color: var(--muted); font-weight: 600; white-space: nowrap; }
td.number { white-space: nowrap; }
td.far { color: var(--far); font-weight: 700; }
code { font-size: .9em; overflow-wrap: anywhere; }
</style>
</head>
<body>
<main>
<h1>Results, beside theory</h1>
<p>$facts</p>
<p class="muted">Errors are standard errors. z compares the measurement with the prediction for the very size, never
with the limit of large dimension, in errors of that difference: where every draw has its own prediction, draws are
compared one by one; where the prediction was measured itself, its error counts too; |z| above $far is marked.</p>
<p class="muted">$contents</p>
$sections
</main>
</body>
</html>
""")


def page(results: Mapping[str, Result]) -> str:
    """The page as text."""
    verdicts = [verdict for result in results.values() for verdict in result.record["verdicts"]]
    judged = [verdict for verdict in verdicts if verdict["z"] is not None]
    far = sum(abs(verdict["z"]) > OPEN_Z for verdict in judged)
    facts = (
        f"remanifold {__version__}: {len(results)} results, {len(verdicts)} verdicts, {len(judged)} of them with a "
        f"prediction for their size; {far} lie more than {OPEN_Z:g} standard errors off."
    )
    contents = " · ".join(f'<a href="#{escape(name)}">{escape(name)}</a>' for name in results)
    sections = "\n".join(_section(name, result) for name, result in results.items())
    return _PAGE.substitute(facts=facts, contents=contents, sections=sections, far=f"{OPEN_Z:g}")


def number(value: float | None) -> str:
    """Four digits, or nothing."""
    return "" if value is None else f"{value:.4g}"


def with_error(value: float | None, stderr: float | None) -> str:
    """value ± error, the error with two digits."""
    return number(value) + ("" if stderr is None else f" ± {stderr:.2g}")


def _section(name: str, result: Result) -> str:
    record = result.record
    again = f"remanifold reproduce {name}{' --quick' if record['scale'] == 'quick' else ''}"
    figure = "" if result.svg is None else f'<div class="figure">{_inline(name, result.svg)}</div>'
    rows = "\n".join(_row(verdict) for verdict in record["verdicts"])
    heads = "".join(f"<th>{head}</th>" for head in _HEADS)
    return f"""<section id="{escape(name)}">
<h2>{escape(name)}</h2>
<p>{escape(record["claim"])}</p>
<p class="muted">Source: {escape(record["source"])}. Scale: {record["scale"]}, {record["rows"]} rows in
<code>{escape(name)}.csv</code>. Again: <code>{escape(again)}</code></p>
{figure}
<div class="table"><table>
<thead><tr>{heads}</tr></thead>
<tbody>
{rows}
</tbody>
</table></div>
</section>"""


def _row(verdict: Mapping[str, Any]) -> str:
    z = verdict["z"]
    far = z is not None and abs(z) > OPEN_Z
    cells = (
        ("", escape(verdict["quantity"])),
        ("number", number(verdict["theory"])),
        ("number", number(verdict["finite_size"])),
        ("number", with_error(verdict["measured"], verdict["stderr"])),
        ("number far" if far else "number", "" if z is None else f"{z:+.1f}"),
        ("", escape(verdict["comment"])),
    )
    return "<tr>" + "".join(f'<td class="{kind}">{text}</td>' for kind, text in cells) + "</tr>"


def _inline(name: str, svg: str) -> str:
    """The svg element alone, its ids made different from those of other figures."""
    element = svg[svg.index("<svg") :]
    element = re.sub(r'\bid="', f'id="{name}-', element)
    return re.sub(r'(href="#|url\(#)', rf"\g<1>{name}-", element)
