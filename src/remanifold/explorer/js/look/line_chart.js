// A small chart of curves as SVG: logarithmic axes, marks, values under the pointer; its numbers stand in a table too.
import { element, shown, svg, tableOf } from "./dom.js";

const [LEFT, RIGHT, TOP, BOTTOM] = [52, 14, 22, 44];
const COLOURS = { collapse: "var(--collapse)", onset: "var(--onset)", generalization: "var(--generalization)", accent: "var(--accent)", muted: "var(--muted)" };

// Round numbers 1, 2, 5 x 10^k inside [low, high], at most `most`.
function roundNumbers(low, high, most) {
  const list = (parts) => {
    const found = [];
    for (let power = Math.floor(Math.log10(low)) - 1; power <= Math.ceil(Math.log10(high)); power++)
      for (const part of parts) found.push(Number((part * 10 ** power).toPrecision(3)));
    return found.filter((tick) => tick >= low * 0.999 && tick <= high * 1.001);
  };
  const fine = list([1, 2, 5]);
  if (fine.length <= most) return fine;
  const coarse = list([1]);
  const stride = Math.ceil(coarse.length / most);
  return coarse.filter((_, k) => k % stride === 0);
}

const tickText = (tick) => (tick >= 1e4 || tick < 1e-3 ? `10${superscript(Math.round(Math.log10(tick)))}` : String(tick));
const superscript = (power) => String(power).replace(/./g, (sign) => "⁰¹²³⁴⁵⁶⁷⁸⁹"[sign] ?? "⁻");

function pathOf(points, toX, toY) {
  let pen = "M";
  let path = "";
  for (const [x, y] of points) {
    if (y === null || !Number.isFinite(y)) pen = "M";
    else {
      path += `${pen}${toX(x).toFixed(1)} ${toY(y).toFixed(1)}`;
      pen = "L";
    }
  }
  return path;
}

// Draw into `host`: {x: [low, high], y: [low, high], xTitle, yTitle, alt, height, series: [{name, colour, points, dash}],
// marks: [{x, label, colour}], dots: [{x, y, colour}]}; both axes logarithmic. Returns the drawing.
export function lineChart(host, chart) {
  const width = Math.max(280, host.clientWidth || 480);
  const height = chart.height ?? 320;
  const inner = [width - LEFT - RIGHT, height - TOP - BOTTOM];
  const share = (value, [low, high]) => Math.log(value / low) / Math.log(high / low);
  const toX = (x) => LEFT + inner[0] * share(x, chart.x);
  const toY = (y) => TOP + inner[1] * (1 - Math.min(1.02, Math.max(-0.02, share(y, chart.y))));
  const drawing = svg("svg", { viewBox: `0 0 ${width} ${height}`, width: "100%", height, class: "chart", role: "img", "aria-label": chart.alt });
  for (const tick of roundNumbers(...chart.x, width < 420 ? 5 : 8)) {
    drawing.append(svg("line", { x1: toX(tick), x2: toX(tick), y1: TOP, y2: height - BOTTOM, class: "grid" }));
    drawing.append(svg("text", { x: toX(tick), y: height - BOTTOM + 17, class: "tick", "text-anchor": "middle" }, tickText(tick)));
  }
  for (const tick of roundNumbers(...chart.y, 7)) {
    drawing.append(svg("line", { x1: LEFT, x2: width - RIGHT, y1: toY(tick), y2: toY(tick), class: "grid" }));
    drawing.append(svg("text", { x: LEFT - 7, y: toY(tick) + 4, class: "tick", "text-anchor": "end" }, tickText(tick)));
  }
  drawing.append(svg("text", { x: LEFT + inner[0] / 2, y: height - 6, class: "title", "text-anchor": "middle" }, chart.xTitle));
  drawing.append(svg("text", { x: LEFT - 44, y: 13, class: "title" }, chart.yTitle));
  for (const { x, label, colour } of chart.marks ?? []) {
    if (!(x > chart.x[0] && x < chart.x[1])) continue;
    drawing.append(svg("line", { x1: toX(x), x2: toX(x), y1: TOP, y2: height - BOTTOM, stroke: COLOURS[colour], class: "mark" }));
    drawing.append(svg("text", { x: toX(x) + (toX(x) > width * 0.6 ? -5 : 5), y: TOP + 13, style: `fill:${COLOURS[colour]}`, "text-anchor": toX(x) > width * 0.6 ? "end" : "start", class: "name" }, label));
  }
  for (const { colour, points, dash } of chart.series)
    drawing.append(svg("path", { d: pathOf(points, toX, toY), stroke: COLOURS[colour], "stroke-dasharray": dash ?? "", class: "curve" }));
  for (const { x, y, colour } of chart.dots ?? [])
    if (y !== null && Number.isFinite(y)) drawing.append(svg("circle", { cx: toX(x), cy: toY(y), r: 6.5, fill: COLOURS[colour], class: "here" }));
  const readout = svg("text", { x: width - RIGHT, y: 13, class: "readout", "text-anchor": "end" });
  const line = svg("line", { y1: TOP, y2: height - BOTTOM, class: "pointer", visibility: "hidden" });
  drawing.append(line, readout);
  drawing.addEventListener("pointermove", (event) => {
    const box = drawing.getBoundingClientRect();
    const part = Math.min(1, Math.max(0, ((event.clientX - box.left) * (width / box.width) - LEFT) / inner[0]));
    const x = chart.x[0] * (chart.x[1] / chart.x[0]) ** part;
    line.setAttribute("x1", toX(x));
    line.setAttribute("x2", toX(x));
    line.setAttribute("visibility", "visible");
    readout.textContent = `${shown(x)}: ${chart.series.map((one) => `${one.short ?? one.name} ${shown(nearestY(one.points, x))}`).join(", ")}`;
  });
  drawing.addEventListener("pointerleave", () => {
    line.setAttribute("visibility", "hidden");
    readout.textContent = "";
  });
  host.replaceChildren(drawing);
  return drawing;
}

function nearestY(points, x) {
  let best = null;
  for (const point of points) if (!best || Math.abs(Math.log(point[0] / x)) < Math.abs(Math.log(best[0] / x))) best = point;
  return best ? best[1] : null;
}

// The key of a chart: what each line is.
export function chartKey(series) {
  const items = series.map(({ name, colour, dash }) => {
    const stroke = svg("line", { x1: 0, x2: 26, y1: 6, y2: 6, stroke: COLOURS[colour], "stroke-width": 3, "stroke-dasharray": dash ?? "" });
    return element("li", {}, svg("svg", { width: 26, height: 12, "aria-hidden": "true" }, stroke), element("span", {}, name));
  });
  return element("ul", { class: "lines" }, ...items);
}

// The chart's numbers: a row for every `stride`-th x.
export function chartTable(caption, xName, series, stride = 1) {
  const rows = series[0].points.filter((_, k) => k % stride === 0).map(([x]) => [shown(x), ...series.map((one) => shown(nearestY(one.points, x)))]);
  return tableOf(caption, [xName, ...series.map((one) => one.name)], rows);
}
