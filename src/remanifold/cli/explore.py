"""``remanifold explore``: one page that shows in the browser when a diffusion model memorizes."""

from pathlib import Path
from typing import Annotated, Any

from typer import Argument, Option

from remanifold._core.files import write_whole
from remanifold.cli.options import Columns, Ignore, LabelsFrom, Memory, OneRowAFile, Resize, Split, Threads
from remanifold.cli.output import echo
from remanifold.cli.progress import progress_bar
from remanifold.cli.targets import require_target

EPILOG = "Example: remanifold explore images/ --resize 16 --out explore.html"


def explore_command(
    data: Annotated[
        str | None,
        Argument(metavar="[DATA]", help="Your rows for the part *Your data*, in any format that `audit` reads."),
    ] = None,
    *,
    out: Annotated[Path, Option(metavar="FILE", help="The page, .html, at most 2 MB.")] = Path("explore.html"),
    rows: Annotated[int, Option(help="Rows of DATA that are embedded at most, 3 to 400.")] = 300,
    max_queries: Annotated[int, Option(help="Rows from which the noise levels of all of DATA are measured.")] = 1000,
    resize: Resize = None,
    columns: Columns = None,
    ignore: Ignore = None,
    labels_from: LabelsFrom = None,
    split: Split = None,
    one_row_a_file: OneRowAFile = None,
    seed: Annotated[int, Option(help="Of the choice of embedded rows and of the noise.")] = 0,
    memory: Memory = "2GB",
    threads: Threads = None,
) -> None:
    """Write one page to play with: particles that fall onto training points, energy levels, digits, your own rows.

    The page computes in the browser, offline, and sends nothing. With DATA it holds some of your rows: whoever gets
    the page has them.
    """
    require_target(out, (".html",))
    from remanifold.data import open_points
    from remanifold.explorer import explorer_page

    reading: dict[str, Any] = {"resize": resize, "columns": columns, "ignore": ignore, "labels_from": labels_from}
    reading |= {"split": split, "one_row_a_file": one_row_a_file}
    points = None if data is None else open_points(data, **reading)
    with progress_bar() as progress:
        page = explorer_page(
            points, n_rows=rows, max_queries=max_queries, seed=seed, memory=memory, threads=threads, progress=progress
        )
    write_whole(out, page)
    held = "" if data is None else f", with up to {rows} rows of {data} in it"
    echo(f"wrote {out}: {len(page.encode()) / 1e6:.2f} MB{held}; open it in a browser")
