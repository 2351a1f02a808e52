"""The colours that every figure shares, each with the name under which a page knows it in light, dark and print.

One colour a concept: strip, curves, film, explorer and diagram take them from here or, as variables, from the page's
style sheet, which has the same.
"""

from collections.abc import Mapping, Sequence

# Hues kept apart for the common colour blindnesses (after Okabe and Ito: blue, vermilion, green, purple, amber), with
# lightness chosen so that each has a contrast of at least 3 : 1 against both white and the dark page.
BLUE = "#2f7fd6"
VERMILION = "#d9541e"
GREEN = "#149a78"
PURPLE = "#9a66c4"
AMBER = "#b97f0e"
GREY = "#7d8794"
# Of text and lines on white; a page has another of each for the dark.
INK, MUTED, GRID = "#1a2029", "#56606d", "#e6e9ee"
COLLAPSE, ONSET, GENERALIZATION = "#b8420f", "#8a5d00", "#0b7359"
ACCENT, LINE, MEMORIZING_FILL = "#1c62b5", "#dde1e7", "#f6d3c4"
TRAINING, SAMPLES = VERMILION, ACCENT
"""Points of the data, and samples that move among them."""

VARIABLE_OF = {
    BLUE: "--blue",
    VERMILION: "--vermilion",
    GREEN: "--green",
    PURPLE: "--purple",
    AMBER: "--amber",
    GREY: "--grey",
    INK: "--ink",
    MUTED: "--muted",
    GRID: "--grid",
    COLLAPSE: "--collapse",
    ONSET: "--onset",
    GENERALIZATION: "--generalization",
}
"""Colour of a drawing -> variable of the style sheet, whose value in the light is that colour."""

COLOUR_OF = {"generalization": GENERALIZATION, "collapse": COLLAPSE, "onset": ONSET}
SYMBOL_OF = {"generalization": "σ_g", "collapse": "σ_c", "onset": "σ_o"}

Values = Sequence[float]
"""One number for every level."""
Band = tuple[Values, Values]
"""Values at every level, and their standard errors."""
Marks = Mapping[str, tuple[float, float, float]]
"""``generalization``, ``collapse``, ``onset`` -> (sigma, lower and upper end of its interval); absent: not found."""
