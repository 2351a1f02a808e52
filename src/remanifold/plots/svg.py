"""A figure of matplotlib as SVG inside a page: its colours are the page's, its text is text, its bytes are few.

Drawn again at the width it is shown at, so that nothing shrinks to text too small to read; the same figure gives the
same bytes.
"""

import io
import re
from collections.abc import Callable
from dataclasses import dataclass
from itertools import groupby
from typing import Any
from xml.etree import ElementTree

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator

from remanifold.plots.noise_axes import DPI, house_style
from remanifold.plots.palette import VARIABLE_OF

_SVG, _LINK = "{http://www.w3.org/2000/svg}", "{http://www.w3.org/1999/xlink}href"
_NUMBER = re.compile(r"-?\d+\.\d+(?:e-?\d+)?")
_KEPT = (
    "fill",
    "stroke",
    "opacity",
    "font-size",
    "font-weight",
    "text-anchor",
)  # the first letters of style properties
_USUAL = {"stroke-linejoin", "stroke-linecap", "stroke-miterlimit"}  # the style sheet sets them for all
_URL = re.compile(r"url\(#([^)]+)\)")
_DEFAULTS = {"font-size:13px", "fill:var(--ink)", "stroke:none"}  # of text, in the style sheet
_GAP = 6.0  # pixels between labels of an axis


@dataclass(frozen=True)
class Drawing:
    """SVG text, and where its curves run: (x, y) in pixels, point by point, of labelled lines of the first axes."""

    svg: str
    points: tuple[tuple[tuple[float, float], ...], ...]


def drawing_of(figure: Figure, key: str, size: tuple[int, int]) -> Drawing:
    """``figure`` at ``size`` pixels.

    Args:
        figure: It is changed: its size, the columns of its legend, and labels that would touch.
        key: Unlike that of every other drawing of the page: ids begin with it.
        size: Width and height.
    """
    rc: dict[Any, Any] = {"svg.fonttype": "none", "svg.hashsalt": key}
    with house_style(), mpl.rc_context(rc):
        figure.set_dpi(DPI)
        figure.set_size_inches(size[0] / DPI, size[1] / DPI)
        _fit(figure, size[0])
        buffer = io.StringIO()
        figure.savefig(buffer, format="svg", transparent=True, metadata={"Date": None})
    points = tuple(_pixels(figure.axes[0], size[1])) if figure.axes else ()
    return Drawing(page_svg(buffer.getvalue(), key), points)


def page_svg(text: str, key: str, colour: Callable[[str], str] | None = None) -> str:
    """The SVG file ``text`` as an element of a page: no prologue, no fonts, colours by ``colour``, ids with ``key``.

    Args:
        text: As matplotlib writes it, with text as text.
        key: What ids begin with.
        colour: ``#rrggbb`` -> what stands in its place; by default the variables of `palette`.
    """
    root = ElementTree.fromstring(text)
    root.attrib = {"viewBox": root.attrib["viewBox"], "aria-hidden": "true", "focusable": "false"}
    used = dict.fromkeys(name for element in root.iter() for name in _references(element) if name)
    ids = {name: f"{key}-{k}" for k, name in enumerate(used)}
    _drop_repeated(root)
    _clean(root, ids, colour or _variable)
    ElementTree.register_namespace("", _SVG[1:-1])
    text = ElementTree.tostring(root, encoding="unicode")
    return re.sub(r"> +<", "><", text.replace(f' xmlns="{_SVG[1:-1]}"', "").replace(" />", "/>"))


def _fit(figure: Figure, width: int) -> None:
    """Legends in as many columns as there is room for, no labels of an axis that touch, no title of one cut off."""
    figure.draw_without_rendering()
    for legend in list(figure.legends):
        if legend.get_window_extent().width > width:
            words = [text.get_text() for text in legend.get_texts()]
            legend.remove()
            handles = [handle for handle in legend.legend_handles if handle is not None]
            figure.legend(handles, words, loc="outside lower left")
            figure.draw_without_rendering()
    for axes in figure.axes:
        _thin(axes)
        _break_titles(axes)


def _thin(axes: Axes) -> None:
    """Leave out every second label of a fixed x axis, or two of three, until none touch."""
    if not isinstance(axes.xaxis.get_major_locator(), FixedLocator):
        return
    labels = axes.get_xticklabels()
    words, boxes = [label.get_text() for label in labels], [label.get_window_extent() for label in labels]
    step = 1
    while step < len(boxes) and any(b.x0 - a.x1 < _GAP for a, b in zip(boxes[::step], boxes[step::step])):
        step += 1
    if step > 1:
        axes.set_xticks(axes.get_xticks(), [word if k % step == 0 else "" for k, word in enumerate(words)])


def _break_titles(axes: Axes) -> None:
    """The unit of an axis on a line of its own where its title reaches beyond the drawing."""
    whole = axes.figure.bbox  # pyright: ignore[reportOptionalMemberAccess]
    for title in (axes.xaxis.label, axes.yaxis.label):
        box = title.get_window_extent()
        if box.x0 < whole.x0 or box.x1 > whole.x1 or box.y0 < whole.y0 or box.y1 > whole.y1:
            title.set_text("\n(".join(title.get_text().rsplit(" (", 1)))


def _pixels(axes: Axes, height: int) -> list[tuple[tuple[float, float], ...]]:
    curves = []
    for line in axes.get_lines():
        if str(line.get_label()).startswith("_"):
            continue
        places = axes.transData.transform(line.get_xydata())
        curves.append(tuple((round(float(x), 1), round(height - float(y), 1)) for x, y in places))
    return curves


def _references(element: ElementTree.Element) -> list[str]:
    links = [element.get(_LINK, "").removeprefix("#")]
    return links + _URL.findall(" ".join(element.attrib.values()))


def _drop_repeated(root: ElementTree.Element) -> None:
    """A style that says no more than that of the shape that is used."""
    styles = {element.get("id"): element.get("style") for element in root.iter(f"{_SVG}path") if "id" in element.attrib}
    for element in root.iter(f"{_SVG}use"):
        if element.get("style") is not None and element.get("style") == styles.get(element.get(_LINK, "")[1:]):
            del element.attrib["style"]


def _clean(parent: ElementTree.Element, ids: dict[str, str], colour: Callable[[str], str]) -> None:
    """Drop what a page has no use for, shorten what it has, and put what a bare group holds in its place."""
    kept: list[ElementTree.Element] = []
    for child in parent:
        name = child.tag.removeprefix(_SVG) if isinstance(child.tag, str) else ""
        if name in ("", "metadata", "style"):
            continue
        _shorten(child, ids, colour)
        _clean(child, ids, colour)
        child.tail = None
        child.text = child.text if child.text and child.text.strip() else None
        bare = name == "g" and not child.attrib
        empty = name in ("g", "defs") and not len(child)
        unseen = name in ("path", "use") and "id" not in child.attrib and _is_unseen(child)
        if not empty and not unseen:
            kept += list(child) if bare else [child]
    parent[:] = _together(_words(kept))


def _words(elements: list[ElementTree.Element]) -> list[ElementTree.Element]:
    """Letters of one line and size as one piece of text with a place for each letter."""
    words: list[ElementTree.Element] = []
    for element in elements:
        last = words[-1] if words else None
        if last is not None and _is_spelt(last) and _is_spelt(element) and _line(last) == _line(element):
            last.set("x", f"{last.get('x')} {element.get('x')}")
            last.text = f"{last.text}{element.text}"
        else:
            words.append(element)
    return words


def _is_spelt(element: ElementTree.Element) -> bool:
    """Whether every letter has its own place."""
    return element.tag == f"{_SVG}tspan" and len(element.text or "") == len(element.get("x", "").split())


def _line(element: ElementTree.Element) -> tuple[str | None, str | None]:
    return element.get("y"), element.get("style")


def _together(elements: list[ElementTree.Element]) -> list[ElementTree.Element]:
    """Neighbours of one style and one clipping as a group that has them once."""
    grouped: list[ElementTree.Element] = []
    for look, run in groupby(elements, key=_look):
        alike = list(run)
        if not look or len(alike) == 1:
            grouped += alike
            continue
        group = ElementTree.Element(f"{_SVG}g", dict(look))
        for element in alike:
            for name, _ in look:
                del element.attrib[name]
            group.append(element)
        grouped.append(group)
    return grouped


def _look(element: ElementTree.Element) -> tuple[tuple[str, str], ...]:
    """What an element has in common with its neighbours; a single one's opacity is not that of a group."""
    if element.tag not in (f"{_SVG}use", f"{_SVG}path", f"{_SVG}text") or "id" in element.attrib:
        return ()
    if re.search(r"(?:^|;)opacity", element.get("style", "")):
        return ()
    return tuple((name, element.attrib[name]) for name in ("style", "clip-path") if name in element.attrib)


def _is_unseen(element: ElementTree.Element) -> bool:
    style = element.get("style", "")
    return element.get("class") is None and "stroke:" not in style and "fill:none" in style


def _shorten(element: ElementTree.Element, ids: dict[str, str], colour: Callable[[str], str]) -> None:
    attributes = {}
    for attribute, value in element.attrib.items():
        if attribute == "id":
            if value in ids:
                attributes["id"] = ids[value]
        elif attribute == _LINK:
            attributes["href"] = f"#{ids[value[1:]]}" if value.startswith("#") else value
        elif attribute == "style":
            if style := _styled(value, colour):
                attributes["style"] = style
        elif attribute == "d":
            attributes["d"] = _path(_rounded(value))
        elif not value.startswith(("rotate(-0 ", "rotate(0 ")):
            attributes[attribute] = _URL.sub(lambda found: f"url(#{ids[found[1]]})", _rounded(value))
    element.attrib = attributes


def _path(steps: str) -> str:
    """A path without the letters that follow from those before: points after a first one are joined by lines."""
    straight = steps if re.search("[CQ]", steps) else steps.replace(" L ", " ")
    return re.sub(r" ?([A-Za-z]) ?", r"\1", straight)


def _styled(style: str, colour: Callable[[str], str]) -> str:
    properties = []
    for part in style.split(";"):
        name, _, value = (word.strip() for word in part.partition(":"))
        if name == "font":  # older versions: font: 700 13px 'DejaVu Sans', ...
            size = re.search(r"([\d.]+px)", value)
            name, value = "font-size", size[1] if size else ""
        if value and name.startswith(_KEPT) and name not in _USUAL:
            properties.append(f"{name}:{colour(value) if value.startswith('#') else _rounded(value, digits=2)}")
    return ";".join(part for part in properties if part not in _DEFAULTS)


def _variable(colour: str) -> str:
    return f"var({VARIABLE_OF[colour]})" if colour in VARIABLE_OF else colour


def _rounded(text: str, digits: int = 1) -> str:
    return _NUMBER.sub(lambda found: f"{round(float(found[0]), digits):g}", " ".join(text.split()))
