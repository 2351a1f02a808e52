"""The report on copies as one self-contained page, with pictures of the flagged pairs where rows are pictures."""

from html import escape

import numpy as np

from remanifold.audits.answers.samples import copies_answer
from remanifold.audits.data.pictures import thumbnails
from remanifold.audits.records.samples import CopiesRecord, CopyNumber, FlaggedSample
from remanifold.data import Points

_PAIRS = 24
_STYLE = (
    ":root{color-scheme:light dark}body{font:15px sans-serif;max-width:70em;margin:2em auto;padding:0 1em}"
    "td,th{text-align:left;padding:.2em .7em}.scroll{overflow-x:auto}"
    "figure{display:inline-block;margin:.5em}img{margin:2px}"
)


def copies_page(report: CopiesRecord, train: Points, samples: Points) -> str:
    """HTML of ``report``; the first pairs are drawn from the two sets that it is about."""
    head = "<tr><th>number<th>meaning<th>value<th>95 % interval<th>null<th>p<th>n<th>unit<th>direction</tr>"
    said = copies_answer(report)
    parts = [f"<p><b>{escape(said.answer)}</b></p><p>{escape(said.what_to_do)}</p>"]
    parts += [f"<p><b>Warning.</b> {escape(text)}</p>" for text in report.warnings]
    parts += [f"<div class=scroll><table>{head}{''.join(map(_row, report.numbers))}</table></div>"]
    parts += [f"<p>{escape(text)}</p>" for text in report.notes]
    parts += [f"<h2>{len(report.flagged)} flagged samples</h2>", _gallery(report.flagged, train, samples)]
    if not report.flagged:
        parts += ["<p>None is named. The closest by d1/d2:</p>", _gallery(report.closest, train, samples)]
    parts += [f"<p>remanifold {report.version}, seed {report.seed}; not a privacy certificate.</p>"]
    title = "Are these samples copies of training rows?"
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8">'
        f'<meta name="viewport" content="width=device-width"><title>{title}</title><style>{_STYLE}</style>'
        f"</head><body><h1>{title}</h1>{''.join(parts)}</body></html>\n"
    )


def _row(number: CopyNumber) -> str:
    interval = "" if number.interval is None else f"{number.interval[0]:.4g} to {number.interval[1]:.4g}"
    null, p_value = ("" if value is None else f"{value:.4g}" for value in (number.null, number.p_value))
    cells = (number.name, number.meaning, f"{number.value:.4g}", interval, null, p_value, str(number.n))
    return f"<tr>{''.join(f'<td>{escape(cell)}' for cell in (*cells, number.unit, number.direction))}</tr>"


def _gallery(pairs: tuple[FlaggedSample, ...], train: Points, samples: Points) -> str:
    """Sample left, its training row right; text alone where rows are no pictures."""
    flags = pairs[:_PAIRS]
    pictures = None
    if flags and train.shape == samples.shape:
        left = samples.take([flag.sample for flag in flags]).reshape(-1, *samples.shape)
        right = train.take([flag.train for flag in flags]).reshape(-1, *train.shape)
        pictures = thumbnails(np.concatenate([left, right]))
    figures = []
    for i, flag in enumerate(flags):
        images = "" if pictures is None else "".join(f'<img alt="" src="{pictures[j]}">' for j in (i, i + len(flags)))
        text = (
            f"sample {flag.sample}, training row {flag.train}<br>distance {flag.distance:.4g}, d1/d2 {flag.ratio:.3g}"
        )
        figures.append(f"<figure>{images}<figcaption>{text}</figcaption></figure>")
    return "".join(figures)
