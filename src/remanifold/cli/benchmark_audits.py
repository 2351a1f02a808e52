"""``remanifold benchmark-audits``: which statistics find memory, on networks whose training rows are known."""

from pathlib import Path
from typing import Annotated

from typer import Argument, Option

from remanifold._core.files import write_whole
from remanifold.cli.output import echo, heading
from remanifold.cli.progress import progress_bar
from remanifold.cli.targets import require_target

EPILOG = "Example: remanifold benchmark-audits digits-400-seed0 digits-1400-seed0 --n-rows 50 --out rates.csv"


def benchmark_audits_command(
    names: Annotated[
        list[str] | None, Argument(metavar="[NETWORK]...", help="Shipped networks; all twelve by default.")
    ] = None,
    *,
    n_rows: Annotated[int, Option(help="Training rows, and rows never seen, that a case compares.")] = 100,
    cases: Annotated[int, Option(help="Cases with memory, and as many without.")] = 400,
    n_samples: Annotated[int, Option(help="Samples of each network, for statistics that look at samples.")] = 256,
    alpha: Annotated[float, Option(help="False-positive rate of every statistic.")] = 0.05,
    seed: Annotated[int, Option(help="Of cases, noise and samples.")] = 0,
    out: Annotated[Path | None, Option(metavar="FILE", help="Also write the table, as .csv or .json.")] = None,
) -> None:
    """Print how often each statistic finds memory at one false-positive rate: ours and the named ones of others.

    The networks are diffusion models of digits that come with remanifold, with their training rows. A case compares
    rows that the network was trained on with rows that it never saw; without memory, two sets that it never saw. The
    threshold of each statistic is the one that the given share of the cases without memory exceeds.
    """
    kind = None if out is None else require_target(out, (".csv", ".json"))
    from remanifold.audits.network.detection import benchmark_audits

    with progress_bar() as progress:
        table = benchmark_audits(
            tuple(names or ()),
            n_rows=n_rows,
            cases=cases,
            n_samples=n_samples,
            alpha=alpha,
            seed=seed,
            progress=progress,
        )
    rows = list(zip(*(table.columns[name] for name in ("network", "statistic", "detected", "stderr"))))
    width = max(len(str(row[1])) for row in rows)
    for place, (network, statistic, detected, stderr) in enumerate(rows):
        if place == 0 or network != rows[place - 1][0]:
            heading(f"\n{network}")
        echo(f"  {statistic!s:{width}}  {float(detected or 0):.3f} ± {float(stderr or 0):.3f}")
    echo(f"\nDetection rate at a false-positive rate of {alpha:g}; {cases} cases of {n_rows} against {n_rows} rows.")
    if out is not None:
        write_whole(out, table.to_csv() if kind == ".csv" else table.to_json())
        echo(f"wrote {out}")
