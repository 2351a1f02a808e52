// Training points as energy levels: E_mu = |x - xi_mu|^2 / 2 at temperature t. The posterior weight of a point is its
// Boltzmann weight exp(-E_mu / t) / Z, and memorization is condensation: one level takes all the weight.
import { normals } from "./random.js";

// `count` standard Gaussian points in `dim` dimensions, in turn.
export function gaussianRows(count, dim, seed) {
  const rows = new Float64Array(count * dim);
  for (let mu = 0; mu < count; mu++) rows.set(normals(seed, mu, 21, dim), mu * dim);
  return rows;
}

// Where one looks from: "own", training point 0 plus noise of variance t; "fresh", a new point of the same law.
export function viewpoint(rows, dim, seed, view, t) {
  const noise = normals(seed, 0, 22, dim);
  if (view === "fresh") return normals(seed, 1, 23, dim);
  return noise.map((value, k) => rows[k] + Math.sqrt(t) * value);
}

export function energies(rows, dim, x) {
  return Float64Array.from({ length: rows.length / dim }, (_, mu) => {
    let squared = 0;
    for (let k = 0; k < dim; k++) squared += (x[k] - rows[mu * dim + k]) ** 2;
    return squared / 2;
  });
}

// Boltzmann weights at temperature t, their entropy (nats) and the participation 1 / sum of squares.
export function boltzmann(levels, t) {
  const least = Math.min(...levels);
  const weights = levels.map((energy) => Math.exp((least - energy) / t));
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  let [entropy, squares] = [0, 0];
  for (let mu = 0; mu < weights.length; mu++) {
    const weight = (weights[mu] /= total);
    if (weight > 0) entropy -= weight * Math.log(weight);
    squares += weight * weight;
  }
  return { weights, entropy, participation: 1 / squares };
}

// I(xi; x_t) of standard Gaussian data, nats: what a noised point tells of its origin.
export const gaussianInformation = (dim, t) => (dim / 2) * Math.log1p(1 / t);

// The collapse in the limit of large dimension, log P = I: t_c = 1 / (P^(2/D) - 1).
export const collapseLimit = (count, dim) => 1 / Math.expm1((2 / dim) * Math.log(count));

// Annealed entropy per dimension seen from a fresh point: s = log(P)/D - log(1 + 1/t)/2 + (1/t)/(1 + 1/t)^2/2.
export function freshEntropy(count, dim, t) {
  return Math.log(count) / dim - Math.log1p(1 / t) / 2 + 1 / t / (1 + 1 / t) ** 2 / 2;
}

// The noise variance at which it is 0: below it a fresh point sees one training point.
export function freshCondensation(count, dim) {
  let [low, high] = [-40, 40];
  for (let k = 0; k < 100; k++) {
    const middle = (low + high) / 2;
    if (freshEntropy(count, dim, Math.exp(middle)) > 0) high = middle;
    else low = middle;
  }
  return Math.exp((low + high) / 2);
}
