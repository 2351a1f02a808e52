"""One look for all figures of the pages that teach, and where they go."""

from pathlib import Path

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from remanifold.plots import palette
from remanifold.plots.palette import COLOUR_OF

FOLDER = Path(__file__).parents[2] / "docs" / "images" / "teach"
DATA, RED = "#333842", palette.VERMILION
BLUE, GREEN, GREY = palette.BLUE, palette.GREEN, palette.GREY
LEVELS = {
    "onset of traps": COLOUR_OF["onset"],
    "collapse": COLOUR_OF["collapse"],
    "best stop": COLOUR_OF["generalization"],
}

mpl.rcParams |= {
    "svg.fonttype": "none",
    "svg.hashsalt": "teach",
    "font.family": "sans-serif",
    "font.sans-serif": ["Arial", "Helvetica", "DejaVu Sans"],
    "font.size": 10,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.titlesize": 10,
    "legend.frameon": False,
    "image.composite_image": False,
}


def panels(columns: int, width: float = 2.3, height: float = 2.4, rows: int = 1) -> tuple[Figure, list[Axes]]:
    """A figure with ``rows`` x ``columns`` places, row by row."""
    figure = Figure(figsize=(columns * width, rows * height), layout="constrained")
    return figure, list(figure.subplots(rows, columns, squeeze=False).flat)


def bare(axes: Axes, title: str = "") -> None:
    """No axes: a picture."""
    axes.set(xticks=[], yticks=[], title=title)
    axes.spines[:].set_visible(False)


def save(figure: Figure, name: str) -> None:
    """docs/images/teach/NAME.svg, the same bytes for the same figure."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    path = FOLDER / f"{name}.svg"
    figure.savefig(path, metadata={"Date": None}, facecolor="white", dpi=140)
    text = "\n".join(line.rstrip() for line in path.read_text().splitlines()) + "\n"
    path.write_text(text)
    print(f"{path.name}: {len(text) / 1000:.0f} kB")
