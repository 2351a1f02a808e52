"""``remanifold diagram``: the times over a plane of load and latent ratio, as a table or a picture."""

import math
import os
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from typer import Option

from remanifold._core.errors import refusal
from remanifold._core.files import write_whole
from remanifold._core.kept.until_written import until_written
from remanifold.cli.arguments import written_out
from remanifold.cli.output import echo
from remanifold.cli.progress import progress_bar
from remanifold.cli.targets import require_target, told_where

if TYPE_CHECKING:
    from remanifold.theory.diagram.diagram import PhaseDiagram

EPILOG = "Example: remanifold diagram --activation tanh --grid 40x40 --out tanh.html"
_AXES = ("load", "latent-ratio")
_TABLES, _PICTURES, _PAGE = (".csv", ".json"), (".png", ".svg"), ".html"
_FORMATS = (*_TABLES, *_PICTURES, _PAGE)
_RANGE_OF = {"load": (0.05, 0.5), "latent-ratio": (0.1, 1.0)}
_WIDE_RANGE_OF = {"load": (0.003, 0.5), "latent-ratio": (0.008, 1.0)}
"""Of linear manifolds in the limit, whose times have a closed form at any load: known data sets lie in the plane."""
_MOST_CELLS = 1_000_000
_GRID, _FINITE_GRID = "40x40", "12x12"
_MOST_DIGITS = 18


def diagram_command(
    *,
    out: Annotated[Path, Option(metavar="FILE", help="File to write: .csv, .json, .html, .png or .svg.")],
    x: Annotated[str, Option(metavar="NAME", help="Horizontal axis: load or latent-ratio.")] = "load",
    y: Annotated[str, Option(metavar="NAME", help="Vertical axis: the other of the two.")] = "latent-ratio",
    x_range: Annotated[
        str | None,
        Option(metavar="A:B", help="Ends of the horizontal axis. Load: 0.05:0.5, ratio: 0.1:1; linear: 0.003, 0.008."),
    ] = None,
    y_range: Annotated[str | None, Option(metavar="A:B", help="Ends of the vertical axis, likewise.")] = None,
    grid: Annotated[
        str | None,
        Option(
            metavar="NxM", help="Values along x and y, evenly spaced in their logarithms. 40x40; at finite size 12x12."
        ),
    ] = None,
    activation: Annotated[
        str, Option(metavar="NAME", help="Nonlinearity: linear, tanh, erf, relu, leaky-relu, sign or sine.")
    ] = "linear",
    ensemble: Annotated[
        str, Option(metavar="NAME", help="gaussian, isometric or power-law; a nonlinearity needs gaussian.")
    ] = "gaussian",
    exponent: Annotated[
        float | None, Option(metavar="NUMBER", help="Power law only: the a in eigenvalue_i ~ i^-a.")
    ] = None,
    ambient_dim: Annotated[
        int | None, Option(metavar="N", help="Times of experiments in N dimensions, instead of the limit of large N.")
    ] = None,
    n_points: Annotated[
        str | None, Option(metavar="A:B", help="With --ambient-dim: ends of the load axis as numbers of points.")
    ] = None,
    here: Annotated[
        str | None, Option(metavar="P,N,D", help="Your data in the picture: points, dimension, latent dimension.")
    ] = None,
    jobs: Annotated[
        int | None, Option(metavar="NUMBER", help="Processes; default: one per core, one for linear manifolds.")
    ] = None,
) -> None:
    """Map onset of traps, collapse and best stop over load and latent ratio.

    load = log(P)/N for P data points in N dimensions, latent ratio = D/N for data on a manifold of D dimensions. Every
    time is a noise variance t per coordinate, in the limit of large dimension or, with --ambient-dim, as experiments of
    that size measure it on average, with its error in the table.

    Finished rows are kept in FILE.part until all are done: after an interruption the same command goes on from there.
    """
    shape = _axes(x, y), _grid(grid or (_GRID if ambient_dim is None else _FINITE_GRID))
    given = dict(zip(shape[0], (("--x-range", x_range), ("--y-range", y_range))))
    if n_points is not None:
        given["load"] = ("--n-points", _loads_of(n_points, ambient_dim, given["load"]))
    usual_ends = (
        _WIDE_RANGE_OF if activation == "linear" and ensemble != "power-law" and ambient_dim is None else _RANGE_OF
    )
    ends = [_range(*given[axis], axis, usual_ends[axis]) for axis in shape[0]]
    kind = require_target(out, _FORMATS)
    place = _place(here, kind)
    from remanifold.theory.diagram.diagram import phase_diagram

    values = dict(zip(shape[0], (_spaced(*ends[0], shape[1][0]), _spaced(*ends[1], shape[1][1]))))
    part = out.with_name(out.name + ".part")
    alone = 1 if activation == "linear" and ambient_dim is None else os.cpu_count() or 1
    with until_written(), told_where(part), progress_bar() as progress:
        diagram = phase_diagram(
            values["load"],
            values["latent-ratio"],
            activation,
            ensemble,
            exponent=exponent,
            ambient_dim=ambient_dim,
            jobs=alone if jobs is None else jobs,
            progress=progress,
            part_file=part,
        )
        write_whole(out, _content(diagram, kind, x == "load", place))
    _say(diagram, out)


def _loads_of(points: str, ambient_dim: int | None, load_range: tuple[str, str | None]) -> str:
    """Ends of the load axis, log(P)/N, of a range of numbers of points."""
    if ambient_dim is None or ambient_dim < 2:
        raise refusal("--n-points needs --ambient-dim, at least 2", repr(ambient_dim), "give both")
    if load_range[1] is not None:
        raise refusal("the load axis must have one range", f"--n-points and {load_range[0]}", "leave one out")
    low, _, high = points.partition(":")
    whole = [_whole(word) for word in (low, high)]
    if not 3 <= whole[0] < whole[1]:
        need = "--n-points must be two whole numbers of at least 3, the smaller first"
        raise refusal(need, repr(points), "write e.g. 100:10000")
    return ":".join(repr(math.log(number) / ambient_dim) for number in whole)


def _whole(word: str) -> int:
    """The whole number that ``word`` is, which may be 1e6; 0 where it is none, or one of too many digits."""
    word = str(written_out(word.strip()))
    return int(word) if word.isdecimal() and len(word) < _MOST_DIGITS else 0


def _axes(x: str, y: str) -> tuple[str, str]:
    for option, name in (("--x", x), ("--y", y)):
        if name not in _AXES:
            raise refusal(f"{option} must be load or latent-ratio", repr(name), "pass one of them")
    if x == y:
        raise refusal("the axes must be one load and one latent-ratio", f"{x} twice", "change --x or --y")
    return x, y


def _grid(text: str) -> tuple[int, int]:
    width, _, height = text.lower().partition("x")
    sizes = [_whole(word) for word in (width, height)]
    if min(sizes) < 2 or sizes[0] * sizes[1] > _MOST_CELLS:
        need = f"--grid must be two whole numbers of at least 2, with at most {_MOST_CELLS} cells"
        raise refusal(need, repr(text), "write e.g. 40x40")
    return sizes[0], sizes[1]


def _range(option: str, text: str | None, axis: str, usual: tuple[float, float]) -> tuple[float, float]:
    if text is None:
        return usual
    low, _, high = text.partition(":")
    try:
        ends = float(low), float(high)
    except ValueError:
        ends = math.nan, math.nan
    if not 0 < ends[0] < ends[1] < math.inf:
        raise refusal(f"{option} must be two positive numbers, the smaller first", repr(text), "write e.g. 0.1:1")
    if axis != "load" and ends[1] > 1:
        raise refusal(f"{option} must end at a latent ratio of at most 1", ends[1], "write e.g. 0.1:1")
    return ends


def _spaced(low: float, high: float, count: int) -> list[float]:
    """From ``low`` to ``high``, both exact, evenly in the logarithm."""
    inner = (low * (high / low) ** (k / (count - 1)) for k in range(1, count - 1))
    return [low, *inner, high]


def _place(text: str | None, kind: str) -> tuple[int, int, float] | None:
    """P, N and D of the reader's own data."""
    if text is None:
        return None
    if kind in _TABLES:
        raise refusal("--here needs a picture", f"a table in {kind}", "write to .html, .png or .svg, or leave it out")
    points, dim, latent = (*text.split(","), "", "", "")[:3]
    sizes = _whole(points), _whole(dim)
    try:
        latent_dim = float(latent) if text.count(",") == 2 else math.nan
    except ValueError:
        latent_dim = math.nan
    if sizes[0] < 2 or sizes[1] < 1 or not 0 < latent_dim <= sizes[1]:
        need = "--here must be whole numbers of points (2 or more) and of dimensions, and a latent dimension of no more"
        raise refusal(need, repr(text), "write e.g. 1797,64,7")
    return *sizes, latent_dim


def _content(
    diagram: "PhaseDiagram", kind: str, load_across: bool, place: tuple[int, int, float] | None
) -> str | bytes:
    if kind == ".csv":
        return diagram.to_csv()
    if kind == ".json":
        return diagram.to_json()
    from remanifold.plots.known_sets import your_place

    places = () if place is None else (your_place(*place),)
    if kind == _PAGE:
        from remanifold.plots.diagram_page import diagram_page

        return diagram_page(diagram, load_across, places)
    from remanifold.plots.diagram_picture import diagram_picture

    return diagram_picture(diagram, kind[1:], load_across, places)


def _say(diagram: "PhaseDiagram", out: Path) -> None:
    """What was written, and why cells are empty."""
    rows, columns = diagram.t_collapse.shape
    size = "" if diagram.ambient_dim is None else f", N = {diagram.ambient_dim}"
    echo(f"wrote {out}: {columns} loads x {rows} latent ratios, {diagram.activation}, {diagram.ensemble}{size}")
    missing = Counter(reason.split(":")[0] for row in diagram.reasons for reason in row if reason is not None)
    if missing:
        count = sum(missing.values())
        echo(f"{count} of {rows * columns} cells lack a time ({', '.join(sorted(missing))}); reasons are in the table")
