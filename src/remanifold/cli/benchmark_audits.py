"""``remanifold benchmark-audits``: which statistics find memory, on networks whose training rows are known."""

import math
from pathlib import Path
from typing import Annotated

from typer import Argument, Option

from remanifold._core.files import write_whole
from remanifold._core.tables import Table
from remanifold.cli.output import echo, heading
from remanifold.cli.progress import progress_bar
from remanifold.cli.targets import require_target

EPILOG = "Example: remanifold benchmark-audits digits-400-seed0 digits-1400-seed0 --n-rows 50 --out rates.csv"


def benchmark_audits_command(
    names: Annotated[
        list[str] | None,
        Argument(metavar="[NETWORK]...", help="Shipped networks; by default all whose data are on this machine."),
    ] = None,
    *,
    n_rows: Annotated[int, Option(help="Training rows, and rows never seen, that a case compares.")] = 100,
    cases: Annotated[int, Option(help="Cases with memory, and as many without.")] = 1000,
    n_samples: Annotated[int, Option(help="Samples of each network, for statistics that look at samples.")] = 256,
    alpha: Annotated[
        list[float] | None, Option(help="False-positive rate; may be repeated. By default 0.05, 0.01 and 0.001.")
    ] = None,
    models: Annotated[
        Path | None,
        Option(metavar="FOLDER", help="Networks of your own, as examples/train_ground_truth.py writes them."),
    ] = None,
    seed: Annotated[int, Option(help="Of cases, noise and samples.")] = 0,
    out: Annotated[Path | None, Option(metavar="FILE", help="Also write the table, as .csv or .json.")] = None,
) -> None:
    """Print how often each statistic finds memory at equal false-positive rates: ours and the named ones of others.

    The networks are small diffusion models that come with remanifold, of pictures, a table and latents, whose training
    rows are known. A case compares rows that the network was trained on with rows that it never saw; without memory,
    two sets that it never saw. The threshold of each statistic is the one that the given share of the cases without
    memory exceeds. A network whose data are not on this machine is left out, and that is said.
    """
    kind = None if out is None else require_target(out, (".csv", ".json"))
    from remanifold.audits.benchmark.detection import benchmark_audits

    rates = tuple(alpha) if alpha else (0.05, 0.01, 0.001)
    with progress_bar() as progress:
        table = benchmark_audits(
            tuple(names or ()),
            n_rows=n_rows,
            cases=cases,
            n_samples=n_samples,
            alphas=rates,
            folder=models,
            seed=seed,
            progress=progress,
        )
    _show(table, len(rates))
    echo(f"\nDetection rate ± standard error, by false-positive rate; {cases} cases of {n_rows} against {n_rows} rows.")
    few = [rate for rate in rates if rate * cases < 1 - 1e-9]
    if few:
        least = max(math.ceil(1 / rate - 1e-9) for rate in few)
        echo(f"Too few cases for {' and '.join(map(_percent, few))}: pass --cases {least} or more.")
    for name, reason in table.parameters["left_out"].items():
        echo(f"Left out: {name}; {reason}")
    if out is not None:
        write_whole(out, table.to_csv() if kind == ".csv" else table.to_json())
        echo(f"wrote {out}")


def _show(table: Table, rates: int) -> None:
    """A heading for each network, a line for each statistic, a column for each false-positive rate."""
    names = ("network", "statistic", "false_positive_rate", "detected", "stderr")
    rows = list(zip(*(table.columns[name] for name in names)))
    width = max((len(str(row[1])) for row in rows), default=0)
    for place in range(0, len(rows), rates):
        group = rows[place : place + rates]
        if place == 0 or group[0][0] != rows[place - 1][0]:
            heading(f"\n{group[0][0]}")
            echo(f"  {'false-positive rate':{width}}" + "".join(f"{_percent(row[2]):>15}" for row in group))
        cells = ("too few cases" if row[3] is None else f"{row[3]:.3f} ± {row[4]:.3f}" for row in group)
        echo(f"  {group[0][1]!s:{width}}" + "".join(f"{cell:>15}" for cell in cells))


def _percent(rate: float) -> str:
    return f"{100 * rate:g} %"
