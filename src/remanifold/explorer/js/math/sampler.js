// From noise down to data: levels evenly spaced in log t, and one formula a step (arXiv 2011.13456, eq. 6 and 13).
import { normals, uniforms } from "./random.js";

// steps + 1 noise variances from high down to low.
export function levelsDown(high, low, steps) {
  return Float64Array.from({ length: steps + 1 }, (_, k) => high * (low / high) ** (k / steps));
}

// One step from t to s < t with the posterior mean m. "sde": m + (s/t)(x-m) + sqrt(s(t-s)/t) z, exact while m stays;
// "flow": m + sqrt(s/t)(x-m), the same law without fresh noise.
export function stepDown(method, x, mean, t, s, noise) {
  const keep = method === "flow" ? Math.sqrt(s / t) : s / t;
  const kick = method === "flow" ? 0 : Math.sqrt((s * (t - s)) / t);
  for (let k = 0; k < x.length; k++) x[k] = mean[k] + keep * (x[k] - mean[k]) + (kick ? kick * noise[k] : 0);
}

// Noised training rows: where `count` particles start, exactly by the law of noised data at variance t.
function startOf(rows, dim, seed, particle, t) {
  const row = Math.floor(uniforms(seed, particle, -1)() * (rows.length / dim));
  const noise = normals(seed, particle, 0, dim);
  return noise.map((value, k) => rows[row * dim + k] + Math.sqrt(t) * value);
}

// Is a denoised point a copy: `ratio` times as near to the nearest row as to the second? By chance 1 in 25 in the plane.
export function isCopy(rows, dim, point, ratio = 5) {
  let [first, second] = [Infinity, Infinity];
  for (let at = 0; at < rows.length; at += dim) {
    let squared = 0;
    for (let k = 0; k < dim; k++) squared += (point[k] - rows[at + k]) ** 2;
    if (squared < first) [first, second] = [squared, first];
    else if (squared < second) second = squared;
  }
  return ratio * ratio * first < second;
}

// All particles at all levels: paths[(level * count + particle) * dim + k], and the share whose denoised point is a copy.
export function trajectories(denoise, { rows, dim, seed, count, levels, method }) {
  const last = levels.length - 1;
  const paths = new Float32Array(levels.length * count * dim);
  const copies = new Float32Array(levels.length);
  const mean = new Float64Array(dim);
  for (let particle = 0; particle < count; particle++) {
    const x = startOf(rows, dim, seed, particle, levels[0]);
    for (let level = 0; level <= last; level++) {
      paths.set(x, (level * count + particle) * dim);
      denoise(x, levels[level], mean);
      if (isCopy(rows, dim, mean)) copies[level] += 1 / count;
      if (level === last) break;
      stepDown(method, x, mean, levels[level], levels[level + 1], normals(seed, particle, level + 1, dim));
    }
  }
  return { paths, copies };
}
