"""``remanifold reproduce``: every result rebuilt with error bars, beside theory."""

import os
from pathlib import Path
from typing import Annotated

from typer import Argument, Option

from remanifold._core.checks import whole
from remanifold._core.files import require_writable_directory
from remanifold.cli.output import echo, paragraph
from remanifold.cli.progress import progress_bar
from remanifold.cli.targets import told_where

EPILOG = "Example: remanifold reproduce no-curse --quick --out results"
_THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS")


def reproduce_command(
    names: Annotated[
        list[str] | None, Argument(metavar="[NAME]...", help="Results to rebuild; all by default.")
    ] = None,
    *,
    out: Annotated[Path, Option(metavar="DIR", help="Directory for the results; made if missing.")] = Path("results"),
    quick: Annotated[bool, Option("--quick", help="Smaller sizes, fewer repeats: minutes.")] = False,
    jobs: Annotated[int, Option(metavar="NUMBER", help="Processes, one thread each.")] = 1,
    show: Annotated[bool, Option("--list", help="Name the results and their claims, and leave.")] = False,
) -> None:
    """Rebuild results with error bars, beside theory: tables, verdicts, figures and one page.

    Writes NAME.csv, NAME.json, NAME.svg and NAME.pdf of each result, verdicts.csv and index.html. The tables are the
    same for every number of processes.

    Finished pieces are kept in DIR/NAME.part: after an interruption or a kill the same command goes on from there. A
    finished result of the same version and scale is not computed again, only drawn; delete its NAME.json for that.
    """
    for name in _THREADS:  # read when numpy and torch load: sums must not depend on how many cores there are
        os.environ[name] = "1"
    whole("`jobs`", jobs, least=1)
    from remanifold.experiments import experiments, reproduce

    chosen = experiments(names or ())
    if show:
        for item in chosen:
            paragraph(f"{item.name}: {item.claim}", "", "  ")
        return
    require_writable_directory(out)
    with told_where(out), progress_bar() as progress:
        reproduce(names or (), out=out, scale="quick" if quick else "full", jobs=jobs, progress=progress)
    echo(f"wrote {out / 'index.html'}: {', '.join(item.name for item in chosen)}")
