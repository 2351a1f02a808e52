// Training points to begin with, and their way into the page's address.
import { normals, uniforms } from "../math/random.js";

export const EXTENT = 2; // half the side of the stage, in data units
const DIGITS = 1295; // two letters of base 36
const SPREAD = 0.05;
const GOLDEN = (Math.sqrt(5) - 1) / 2; // multiples of it fill an interval evenly

const CURVES = {
  moons: (u, k) => {
    const angle = Math.PI * u;
    return k % 2 ? [Math.cos(angle) - 0.5, Math.sin(angle) - 0.2] : [0.5 - Math.cos(angle), 0.2 - Math.sin(angle)];
  },
  ring: (u) => [1.15 * Math.cos(2 * Math.PI * u), 1.15 * Math.sin(2 * Math.PI * u)],
  spiral: (u) => {
    const angle = 1.2 + 9 * Math.sqrt(u);
    return [0.15 * angle * Math.cos(angle), 0.15 * angle * Math.sin(angle)];
  },
  clusters: (u, k, z) => {
    const angle = 0.5 + (2 * Math.PI * (k % 3)) / 3;
    return [1.1 * Math.cos(angle) + 0.25 * z[0], 1.1 * Math.sin(angle) + 0.25 * z[1]];
  },
  cloud: (u, k, z) => [0.9 * z[0], 0.9 * z[1]],
};

export const SHAPES = Object.keys(CURVES);

// `count` points of a shape, x and y in turn; point k is the same whatever the count.
export function shapePoints(name, count, seed) {
  const points = [];
  for (let k = 0; k < count; k++) {
    const noise = normals(seed, k, 7, 4);
    const along = ((name === "moons" ? k >> 1 : k) * GOLDEN + 0.08 * uniforms(seed, k, 8)()) % 1;
    const place = CURVES[SHAPES.includes(name) ? name : SHAPES[0]](along, k, noise);
    points.push(place[0] + SPREAD * noise[2], place[1] + SPREAD * noise[3]);
  }
  return points.map(rounded);
}

// Standard deviation of points x, y in turn: the root of their mean variance a coordinate.
export function spreadOf(points) {
  const squares = [0, 1].map((k) => {
    const values = points.filter((_, at) => at % 2 === k);
    const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
    return values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length;
  });
  return Math.sqrt((squares[0] + squares[1]) / 2);
}

// The nearest number that the address can hold.
export function rounded(value) {
  return (codeOf(value) / DIGITS - 0.5) * 2 * EXTENT;
}

function codeOf(value) {
  return Math.min(DIGITS, Math.max(0, Math.round((value / EXTENT / 2 + 0.5) * DIGITS)));
}

export function pointsToText(points) {
  return points.map((value) => codeOf(value).toString(36).padStart(2, "0")).join("");
}

export function textToPoints(text) {
  const codes = (text.match(/[0-9a-z]{2}/g) ?? []).map((pair) => parseInt(pair, 36));
  return codes.slice(0, codes.length - (codes.length % 2)).map((code) => (code / DIGITS - 0.5) * 2 * EXTENT);
}
