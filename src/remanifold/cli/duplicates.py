"""``remanifold duplicates``: rows of one or two data sets that are equal or close, with their distances."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from typer import Argument, Option

from remanifold._core.files import write_whole
from remanifold.cli.options import Columns, Ignore, Invariances, LabelsFrom, Memory, OneRowAFile, Split, Standardize
from remanifold.cli.output import echo, paragraph
from remanifold.cli.progress import progress_bar
from remanifold.cli.targets import require_target, told_where

if TYPE_CHECKING:
    from remanifold.measures import RowPairs

EPILOG = "Example: remanifold duplicates train.npy test.npy --within 0.5 --out pairs.csv"
_SHOWN = 10


def duplicates_command(
    a: Annotated[str, Argument(metavar="A", help="A data set in any format that `remanifold audit` reads.")],
    b: Annotated[
        str | None, Argument(metavar="[B]", help="Another, of the same shape: pairs between A and B, not within A.")
    ] = None,
    within: Annotated[
        str | None,
        Option(
            metavar="DISTANCE",
            help="All pairs at this distance or less (data units, or those of --standardize or --features), or, as "
            "0.1x, at so many times the median distance of a row to its nearest other. Sensible: 0.1x for near "
            "copies, up to 0.4x with --features dct; at 1x half of the rows have a pair. Default: equal rows.",
        ),
    ] = None,
    features: Annotated[
        str | None,
        Option(
            metavar="F",
            help="Where distances are taken: dct (pictures: brightness, contrast, size and JPEG hardly matter), or an "
            ".npz with arrays a and b.",
        ),
    ] = None,
    invariances: Invariances = None,
    nearest: Annotated[
        bool, Option("--nearest", help="For every row of A its nearest row of B (without B: of A, itself apart).")
    ] = False,
    limit: Annotated[int | None, Option(metavar="N", help="Keep the N closest pairs only.")] = None,
    resize: Annotated[int | None, Option(help="Bring pictures of folders to this many pixels a side.")] = None,
    columns: Columns = None,
    ignore: Ignore = None,
    labels_from: LabelsFrom = None,
    split: Split = None,
    one_row_a_file: OneRowAFile = None,
    standardize: Standardize = None,
    memory: Memory = "2GB",
    out: Annotated[Path | None, Option(metavar="FILE", help="Write all pairs to this .csv or .json file.")] = None,
    json: Annotated[bool, Option("--json", help="Print all pairs as JSON, and nothing else, on stdout.")] = False,
) -> None:
    """Find rows that are equal or close, within a data set or between two, with their distances.

    The search is exact: candidates are ruled out by bounds that hold with rounding, distances are float64. Rows are
    numbered from 0. Of several equal rows each is listed with the first, not with all the others. A search for nearest
    rows with --out has a checkpoint, FILE.part: after an interruption the same command goes on from there.
    """
    kind = None if out is None else require_target(out, (".csv", ".json"))
    from remanifold.data import open_points
    from remanifold.data.open import open_beside
    from remanifold.data.pictures.noun import noun_of
    from remanifold.measures import row_pairs

    started = (
        out.with_name(out.name + ".part")
        if out is not None and nearest and features is None and invariances is None
        else None
    )
    least = 3 if b is None else 1
    asked: dict[str, Any] = {"resize": resize, "one_row_a_file": one_row_a_file, "least": least}
    asked |= {"columns": columns, "ignore": ignore, "labels_from": labels_from}
    sets = [open_points(a, split=split, **asked)] + ([] if b is None else [open_beside(b, split=split, **asked)])
    with told_where(*([] if started is None else [started])), progress_bar() as progress:
        pairs = row_pairs(
            *sets,
            within=within,
            nearest=nearest,
            limit=limit,
            standardize=standardize,
            features=features,
            invariances=invariances,
            memory=memory,
            part_file=started,
            progress=progress,
        )
    table = pairs.to_table()
    if out is not None:
        write_whole(out, table.to_csv() if kind == ".csv" else table.to_json())
    if json:
        echo(table.to_json(), nl=False)
    else:
        _show(pairs, noun_of(sets[0].shape))
    if out is not None:
        echo(f"wrote {out}", err=json)


def _show(pairs: "RowPairs", row: str) -> None:
    """How many pairs there are, and the closest."""
    from remanifold.data.pictures.noun import an

    for source, rows in zip(pairs.sources, pairs.sizes, strict=True):
        echo(f"{source}: {rows} {row if rows == 1 else f'{row}s'}")
    for text in pairs.reading:
        paragraph(text, "  ", "    ")
    what = f"equal {row}s" if pairs.within == 0 else f"{row}s at most {pairs.within:.6g} apart"
    echo(f"{pairs.found} {'pair' if pairs.found == 1 else 'pairs'} of {f'nearest {row}s' if pairs.nearest else what}")
    if pairs.median_nearest is not None:
        echo(f"median distance of {an(row)} of A to its nearest other: {pairs.median_nearest:.4g}")
    beside = () if pairs.side_by_side is None else pairs.side_by_side.pairs
    agree = [f" ({pair.words})" for pair in beside] or [""] * _SHOWN
    for k, words in zip(range(min(len(pairs), _SHOWN)), agree):
        told = f"{row} {pairs.rows_a[k]} and {row} {pairs.rows_b[k]}: {pairs.distances[k]:.4g}{words}{_told(pairs, k)}"
        paragraph(told, "  ", "    ")
    more = pairs.found - min(len(pairs), _SHOWN)
    if more:
        echo(f"  and {more} more, none of them closer")


def _told(pairs: "RowPairs", k: int) -> str:
    """Of one pair: its distance in median nearest distances, the transform, the files, as far as there are any."""
    times = "" if pairs.multiples is None else f" = {pairs.multiples[k]:.3g}x"
    transform = "" if pairs.transforms is None else f", {pairs.transforms[k]}"
    named = [
        names[rows[k]] for names, rows in zip((pairs.names[0], pairs.names[-1]), (pairs.rows_a, pairs.rows_b)) if names
    ]
    return times + transform + (f" ({' and '.join(named)})" if named else "")
