"""How well text stands out on a page: a function of JavaScript for both rooms that open pages."""

# Contrast of the text of an element against the first opaque background behind it.
CONTRAST = """
(selector) => {
  const rgba = (text) => (text.match(/[\\d.]+/g) || [0, 0, 0, 0]).map(Number);
  const light = ([r, g, b]) => [r, g, b].map((v) => v / 255)
    .map((v) => (v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4))
    .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
  return [...document.querySelectorAll(selector)].filter((e) => e.textContent.trim()).map((element) => {
    const style = getComputedStyle(element);
    const ink = rgba(element instanceof SVGElement ? style.fill : style.color);
    let behind = element;
    let paper = [0, 0, 0, 0];
    while (behind && (paper = rgba(getComputedStyle(behind).backgroundColor)).length === 4 && paper[3] === 0)
      behind = behind.parentElement;
    const [high, low] = [light(ink), light(paper)].sort((a, b) => b - a);
    return (high + 0.05) / (low + 0.05);
  });
}
"""
