"""The explorer as one HTML page of at most 2 MB: nothing is fetched, it works from disk, offline and in an iframe."""

import json
from collections.abc import Mapping
from importlib.resources import files
from itertools import chain
from statistics import median
from typing import Any

from markupsafe import Markup

from remanifold._core.compute import Compute
from remanifold._core.progress import Progress, silent
from remanifold.data import PointsLike
from remanifold.explorer.bundle import bundled
from remanifold.explorer.digits import digits_facts
from remanifold.explorer.own_data import own_data_facts
from remanifold.plots.page.render import render

_ROOM = "remanifold.explorer"
_PARTS = (
    ("fall", "1 Watch it fall"),
    ("levels", "2 Energy levels"),
    ("structure", "3 Why structure matters"),
    ("digits", "4 Digits"),
    ("own", "5 Your data"),
    ("tasks", "6 Challenges"),
    ("teach", "For teachers"),
)


def explorer_page(
    data: PointsLike | None = None,
    *,
    n_rows: int = 300,
    max_queries: int = 1000,
    seed: int = 0,
    memory: str | float = "2GB",
    threads: int | None = None,
    progress: Progress = silent,
) -> str:
    """The explorer's HTML: watch particles fall onto training points, see why, and try it on digits and your own rows.

    The page computes in the reader's browser; every setting and the seed stand in the part of its address after #.

    Args:
        data: Whatever `remanifold.open_points` takes. Some of its rows are embedded in the page: whoever gets the page
            has them. None: no rows of yours.
        n_rows: Rows of ``data`` that are embedded at most, drawn at random; fewer where they are large.
        max_queries: Rows from which the noise levels of all of ``data`` are measured.
        seed: Of the choice of rows and of the noise.
        memory: Budget for reading and measuring, e.g. "2GB".
        threads: Threads; all cores by default.
        progress: Told how far the measurement is.

    Raises:
        InvalidInput: if ``data`` cannot be used.

    >>> from remanifold.explorer import explorer_page
    >>> len(explorer_page()) < 2_000_000
    True
    """
    compute = Compute(memory, threads, progress=progress)
    own = None if data is None else own_data_facts(data, n_rows, max_queries, seed, compute)
    tables = _tables()
    facts: dict[str, Any] = {"tables": tables, "digits": digits_facts(), "own": own}
    return render(
        _ROOM,
        "explorer.html.j2",
        facts=json.dumps(facts, separators=(",", ":"), allow_nan=False),
        program=Markup(bundled("main.js")),
        worker=Markup(bundled("worker.js")),
        own=own,
        sizes=_sizes(tables["finite"]),
        parts=_PARTS,
    )


def _sizes(finite: Mapping[str, Mapping[str, Any]]) -> dict[str, str]:
    """How far the sampled tables of finite size reach, and their errors of sigma in per cent."""
    sampled = [table for table in finite.values() if "most_ambient" in table]
    errors = [
        50 * error  # of sigma: half that of log t
        for table in sampled
        for name, planes in table.items()
        if name.endswith("_error")
        for error in chain.from_iterable(chain.from_iterable(planes))
        if error is not None
    ]
    ends = {"ambient": max(t["most_ambient"] for t in sampled), "latent": max(max(t["latent_dims"]) for t in sampled)}
    return {name: str(end) for name, end in ends.items()} | {
        "error": f"{median(errors):.2g}",
        "most": f"{max(errors):.2g}",
    }


def _tables() -> Any:
    return json.loads(files(_ROOM).joinpath("tables.json").read_text(encoding="utf-8"))
