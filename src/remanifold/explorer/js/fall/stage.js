// The picture of the plane: the density of the noised data, particles with their trails, training points.
import { planeDensity } from "../math/density.js";
import { fittedTo } from "../look/canvas.js";
import { channels, colours } from "../look/colours.js";
import { EXTENT } from "./shapes.js";

const CELLS = 80;
const TRAIL = 7; // levels
const soft = document.createElement("canvas");
soft.width = soft.height = CELLS;

export const toPixel = (x, y, side) => [(x / EXTENT / 2 + 0.5) * side, (0.5 - y / EXTENT / 2) * side];
export const toPlane = (px, py, side) => [(px / side - 0.5) * 2 * EXTENT, (0.5 - py / side) * 2 * EXTENT];

function paintDensity(context, points, t, side, look) {
  const values = planeDensity(points, t, CELLS, EXTENT);
  const inner = soft.getContext("2d");
  const image = inner.createImageData(CELLS, CELLS);
  const [red, green, blue] = channels(look.accent);
  for (let k = 0; k < values.length; k++) {
    image.data.set([red, green, blue, 255 * (look.dark ? 0.5 : 0.38) * Math.sqrt(values[k])], 4 * k);
  }
  inner.putImageData(image, 0, 0);
  context.imageSmoothingEnabled = true;
  context.imageSmoothingQuality = "high";
  context.drawImage(soft, 0, 0, side, side);
}

// Where particle `one` is at the fractional level `at`.
function placeOf(paths, count, one, at) {
  const low = Math.floor(at);
  const high = Math.ceil(at);
  const [a, b, part] = [2 * (low * count + one), 2 * (high * count + one), at - low];
  return [paths[a] + part * (paths[b] - paths[a]), paths[a + 1] + part * (paths[b + 1] - paths[a + 1])];
}

function paintTrails(context, { paths, count }, at, side, look) {
  context.strokeStyle = look.accent;
  context.lineWidth = 1.1;
  for (let age = TRAIL; age >= 1; age--) {
    const [from, to] = [Math.max(0, at - age), Math.max(0, at - age + 1)];
    if (from === to) continue;
    context.globalAlpha = 0.34 * (1 - (age - 0.5) / TRAIL);
    context.beginPath();
    for (let one = 0; one < count; one++) {
      context.moveTo(...toPixel(...placeOf(paths, count, one, from), side));
      context.lineTo(...toPixel(...placeOf(paths, count, one, to), side));
    }
    context.stroke();
  }
  context.globalAlpha = 1;
}

function circlesAt(context, places, radius) {
  context.beginPath();
  for (const [x, y] of places) {
    context.moveTo(x + radius, y);
    context.arc(x, y, radius, 0, 2 * Math.PI);
  }
}

function paintDots(context, places, radius, fill, edge) {
  context.fillStyle = fill;
  context.strokeStyle = edge;
  context.lineWidth = 0.8;
  circlesAt(context, places, radius);
  context.fill();
  context.stroke();
}

function paintRings(context, places, radius, colour) {
  context.strokeStyle = colour;
  context.lineWidth = 1.8;
  circlesAt(context, places, radius);
  context.stroke();
}

// Draw everything at the fractional level `at`; `run` may be null while it is computed.
export function paint(canvas, { points, run, t, at, trails, chosen, cursor }) {
  const [side] = fittedTo(canvas);
  const context = canvas.getContext("2d");
  const look = colours();
  context.clearRect(0, 0, side, side);
  paintDensity(context, points, t, side, look);
  if (run && trails) paintTrails(context, run, at, side, look);
  const size = Math.max(2.6, side / 190);
  const data = [];
  for (let k = 0; k < points.length; k += 2) data.push(toPixel(points[k], points[k + 1], side));
  paintDots(context, data, size * 1.75, look.training, look.card);
  if (run) {
    const places = Array.from({ length: run.count }, (_, one) => toPixel(...placeOf(run.paths, run.count, one, at), side));
    paintDots(context, places, size * 0.85, look.samples, look.card);
  }
  paintRings(context, data, size * 2.1, look.training);
  for (const [place, colour] of [[chosen, look.ink], [cursor, look.muted]]) {
    if (!place) continue;
    const [x, y] = toPixel(place[0], place[1], side);
    context.strokeStyle = colour;
    context.lineWidth = 2.5;
    context.beginPath();
    context.arc(x, y, size * 3, 0, 2 * Math.PI);
    context.stroke();
  }
}
