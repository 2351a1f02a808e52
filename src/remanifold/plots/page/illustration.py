"""A figure on a page: drawn for a desk and for a telephone, with its words, and its numbers in a table."""

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from markupsafe import Markup

from remanifold.plots.page.table import Table, table_of
from remanifold.plots.palette import Band, Values

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from remanifold.plots.svg import Drawing

_NARROW = (344, 310)  # pixels inside the margins of a telephone
_FULL = 700  # pixels: a wider figure has a line of the page for itself


@dataclass(frozen=True)
class Illustration:
    """A figure with what belongs to it.

    Attributes:
        key: Names it on the page; unlike every other's.
        title: Heading.
        caption: How to read it.
        alt: Text for those who do not see it.
        figure: Drawn at its own size, and again for a telephone.
        table: Its numbers; row i holds point i of every labelled line of its first axes.
    """

    key: str
    title: str
    caption: str
    alt: str
    figure: "Figure"
    table: Table

    @cached_property
    def wide(self) -> Markup:
        """SVG for a desk."""
        return Markup(self._drawn[0].svg)

    @cached_property
    def narrow(self) -> Markup:
        """SVG for a telephone."""
        return Markup(self._drawn[1].svg)

    @property
    def is_full(self) -> bool:
        """Whether it takes the whole width of the page."""
        return self._size[0] > _FULL

    @property
    def points(self) -> str:
        """Where point i of every curve lies in both drawings: JSON, {"wide": [[[x, y], ...], ...], "narrow": ...}."""
        return json.dumps({"wide": self._drawn[0].points, "narrow": self._drawn[1].points}, separators=(",", ":"))

    @cached_property  # before it is drawn narrow
    def _size(self) -> tuple[int, int]:
        width, height = self.figure.get_size_inches() * self.figure.dpi
        return round(width), round(height)

    @cached_property
    def _drawn(self) -> "tuple[Drawing, Drawing]":
        from remanifold.plots.svg import drawing_of

        wide = drawing_of(self.figure, f"{self.key}-w", self._size)  # first: the narrow one leaves labels out
        return wide, drawing_of(self.figure, f"{self.key}-n", _NARROW)


def curve_table(caption: str, x_name: str, x: Values, bands: Mapping[str, Band]) -> Table:
    """Curves over the same ``x`` as a table, a row a point, every value with its standard error."""
    rows = [(x[k], *((values[k], errors[k]) for values, errors in bands.values())) for k in range(len(x))]
    known = {name: any(map(math.isfinite, errors)) for name, (_, errors) in bands.items()}
    columns = (x_name, *(f"{name} ± error" if known[name] else name for name in bands))
    return table_of(caption, columns, rows, lambda row: (_told(row[0]), *(_told(*cell) for cell in row[1:])), len(rows))


def _told(value: float, error: float = math.nan) -> str:
    """Four digits of a value and two of its error."""
    if not math.isfinite(value):
        return "none"
    return f"{value:.4g} ± {error:.2g}" if math.isfinite(error) else f"{value:.4g}"
