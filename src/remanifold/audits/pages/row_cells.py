"""Named pairs of a table cell by cell: every column of both rows, and whether they agree in it."""

from remanifold.audits.records.samples import CopiesRecord
from remanifold.plots.page.table import EMPTY, Cell, Table

_MOST_PAIRS = 6


def beside_table(copies: CopiesRecord | None) -> Table:
    """A line a column: the cells of sample and training row, marked where they agree; nothing for rows of no table."""
    beside = None if copies is None else copies.side_by_side
    if copies is None or beside is None:
        return EMPTY
    pairs = beside.pairs[:_MOST_PAIRS]
    heads = [f"sample {pair.row_a} | training row {pair.row_b}" for pair in pairs]
    rows = []
    for k, name in enumerate(beside.columns):
        cells = [Cell(name)]
        for pair in pairs:
            one, two = pair.values_a[k], pair.values_b[k]
            near = " (near)" if pair.near and pair.near[k] else ""
            cells.append(Cell(f"{one} (both)" if pair.agree[k] else f"{one} | {two}{near}"))
        rows.append(tuple(cells))
    agreed = [Cell("columns that agree"), *(Cell(f"{sum(pair.agree)} of {len(pair.agree)}") for pair in pairs)]
    close = [Cell("columns that agree or are near"), *(Cell(f"{sum(p.near)} of {len(p.agree)}") for p in pairs)]
    which = "Named samples" if copies.flagged else "The closest samples"
    caption = f"{which} and their training rows, column by column; near: at most 1 % of a standard deviation apart"
    return Table(
        caption, ("column", *heads), (tuple(agreed), tuple(close), *rows), max(0, len(beside.pairs) - len(pairs))
    )
