// The U-turn: noise a row to a level, bring it back by a denoiser, and look which training row it became.
import { exactDenoiser } from "./denoisers.js";
import { networkMean } from "./network.js";
import { posteriorWeights } from "./posterior.js";
import { normals } from "./random.js";
import { isCopy, levelsDown, stepDown } from "./sampler.js";

const [STEPS, STAGES, RATIO] = [40, 8, 3]; // a copy lies three times as near to its row as to the next

export function denoiserOf({ rows, dim, network }) {
  if (!network) return exactDenoiser(rows, dim);
  return (x, t, mean) => mean.set(networkMean(network, x, t));
}

export function nearestRow(rows, dim, x) {
  let [best, least] = [0, Infinity];
  for (let mu = 0, at = 0; at < rows.length; mu++, at += dim) {
    let squared = 0;
    for (let k = 0; k < dim; k++) squared += (x[k] - rows[at + k]) ** 2;
    if (squared < least) [best, least] = [mu, squared];
  }
  return { row: best, distance: Math.sqrt(least) };
}

// From x at variance t down to `low`, where the denoised row is taken; stages of the way if wanted.
function bringBack(denoise, x, t, low, seed, index, stages) {
  const levels = levelsDown(t, Math.min(low, t / 4), STEPS);
  const mean = new Float64Array(x.length);
  for (let k = 0; k <= STEPS; k++) {
    denoise(x, levels[k], mean);
    if (stages && k % (STEPS / STAGES) === 0) stages.push({ t: levels[k], x: Array.from(x), mean: Array.from(mean) });
    if (k < STEPS) stepDown("sde", x, mean, levels[k], levels[k + 1], normals(seed, index, 100 + k, x.length));
  }
  return mean;
}

// `count` U-turns of the row `start` to variance t, `rounds` times one after another, each with noise of its own.
export function uturns({ rows, dim, network, start, t, low, seed, count, rounds }) {
  const denoise = denoiserOf({ rows, dim, network });
  const stages = [];
  const returns = [];
  let noised = null;
  for (let index = 0; index < count; index++) {
    let here = Float64Array.from(start);
    for (let round = 0; round < rounds; round++) {
      const noise = normals(seed + 1000 * round, index, 50, dim);
      const x = here.map((value, k) => value + Math.sqrt(t) * noise[k]);
      const shown = index === 0 && round === rounds - 1;
      if (shown) noised = Array.from(x);
      here = bringBack(denoise, x, t, low, seed + 1000 * round, index, shown ? stages : null);
    }
    returns.push({ values: Array.from(here), copy: isCopy(rows, dim, here, RATIO), ...nearestRow(rows, dim, here) });
  }
  const weights = new Float64Array(rows.length / dim);
  const top = posteriorWeights(rows, dim, noised, t, weights);
  return { noised, stages, returns, nearest: { row: top, weight: weights[top] } };
}
