// The three noise levels of any rows, as `remanifold.noise_profile` defines them: t_o and t_c are the highest zeros of the
// mean trap and gap functions, t_g is where the leave-one-out cross entropy is least.
import { energyPanel, sumsAt } from "./profile_sums.js";

const STEP = 0.25; // of the grid, in log t
const [HIGH_SURPRISAL, LOW_SURPRISAL] = [0.97, 0.004]; // of log P: the ends of the grid

const meanOf = (values) => values.reduce((sum, value) => sum + value, 0) / values.length;

function errorOf(values) {
  const mean = meanOf(values);
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return Math.sqrt(squares / (values.length - 1) / values.length);
}

// Rows without exact copies, which no noise level could tell apart.
export function distinctRows(rows, dim) {
  const seen = new Set();
  const kept = [];
  for (let at = 0; at < rows.length; at += dim) {
    const row = Array.from(rows.slice(at, at + dim));
    if (!seen.has(row.join())) kept.push(...row);
    seen.add(row.join());
  }
  return Float64Array.from(kept);
}

// Sums at noise level e^log_t, each level computed once.
function remembered(panel) {
  const known = new Map();
  return (logT) => {
    if (!known.has(logT)) {
      const sums = sumsAt(panel, Math.exp(logT));
      const means = Object.fromEntries(Object.entries(sums).map(([name, values]) => [name, meanOf(values)]));
      known.set(logT, { logT, sums, ...means });
    }
    return known.get(logT);
  };
}

function startOf(panel) {
  const nearest = Float64Array.from({ length: panel.count }, (_, i) => {
    let least = Infinity;
    for (let mu = 0; mu < panel.count; mu++) least = Math.min(least, panel.half[i * panel.count + mu]);
    return 2 * least;
  }).sort();
  return Math.log(nearest[panel.count >> 1]);
}

// Grid of levels from where each row keeps its own noised point to where all share it.
function gridOf(at, panel) {
  const logP = Math.log(panel.count);
  let [low, high] = [startOf(panel), startOf(panel)];
  for (let k = 0; k < 200 && at(low).surprisal >= LOW_SURPRISAL * logP; k++) low -= STEP;
  for (let k = 0; k < 200 && at(high).surprisal <= HIGH_SURPRISAL * logP; k++) high += STEP;
  const grid = [];
  for (let x = low - 2 * STEP; x < high + 2.5 * STEP; x += STEP) grid.push(x);
  return grid;
}

// Zero of the mean of `name` between two levels with different signs (regula falsi with Illinois weights), with its error.
function zeroBetween(at, low, high, name, slopeName) {
  let [a, b] = [low, high];
  let [fa, fb] = [at(a)[name], at(b)[name]];
  let here = at(a);
  for (let k = 0; k < 60 && b - a > 1e-11; k++) {
    const x = k % 5 === 4 ? (a + b) / 2 : (a * fb - b * fa) / (fb - fa);
    here = at(Math.min(Math.max(x, a), b));
    const f = here[name];
    if (Math.abs(f) < 1e-11) break;
    if (f > 0 === fa > 0) [a, fa, fb] = [here.logT, f, fb * (k % 5 ? 0.5 : 1)];
    else [b, fb, fa] = [here.logT, f, fa * (k % 5 ? 0.5 : 1)];
  }
  const slope = slopeName ? here[slopeName] : (at(here.logT + 1e-4)[name] - at(here.logT - 1e-4)[name]) / 2e-4;
  const logError = errorOf(here.sums[name]) / Math.abs(slope);
  const t = Math.exp(here.logT);
  return { t, sigma: Math.sqrt(t), logError, stderr: t * logError };
}

function highestZero(at, grid, name, slopeName) {
  for (let k = grid.length - 2; k >= 0; k--)
    if (at(grid[k])[name] > 0 !== at(grid[k + 1])[name] > 0) return zeroBetween(at, grid[k], grid[k + 1], name, slopeName);
  return null;
}

function bestLevel(at, grid, nll) {
  const k = nll.indexOf(Math.min(...nll));
  if (k === 0 || k === grid.length - 1) return null;
  const low = at(grid[k]).nllSlope > 0 ? k - 1 : k;
  return zeroBetween(at, grid[low], grid[low + 1], "nllSlope", null);
}

// Levels {t, sigma, stderr, logError} or null, and the curves they come from over the grid `sigma`.
export function noiseLevels(rows, dim, { draws = 4, seed = 0 } = {}) {
  const points = distinctRows(rows, dim);
  if (points.length / dim < 3) return null;
  const panel = energyPanel(points, dim, draws, seed);
  const at = remembered(panel);
  const grid = gridOf(at, panel);
  const nll = grid.map((x) => (dim / 2) * (Math.log(2 * Math.PI) + x) + Math.log(panel.count - 1) + at(x).trap);
  return {
    onset: highestZero(at, grid, "trap", "trapSlope"),
    collapse: highestZero(at, grid, "gap", "gapSlope"),
    generalization: bestLevel(at, grid, nll),
    count: panel.count,
    curves: {
      sigma: grid.map((x) => Math.exp(x / 2)),
      nll,
      ownWeight: grid.map((x) => at(x).ownWeight),
      information: grid.map((x) => Math.log(panel.count - 1) + at(x).gap),
    },
  };
}
