// The exact posterior over training rows and its mean: all that the empirical score is made of.
// weights = softmax(-|x - row|^2 / (2 t)), mean = sum of weights * rows, score = (mean - x) / t.

// Weights of all rows at x (dim numbers) for noise variance t, written to `weights`; returns the row of the largest.
export function posteriorWeights(rows, dim, x, t, weights) {
  const count = weights.length;
  let least = Infinity;
  let top = 0;
  for (let mu = 0, at = 0; mu < count; mu++) {
    let squared = 0;
    for (let k = 0; k < dim; k++, at++) {
      const difference = x[k] - rows[at];
      squared += difference * difference;
    }
    weights[mu] = squared;
    if (squared < least) {
      least = squared;
      top = mu;
    }
  }
  const scale = -0.5 / t;
  let total = 0;
  for (let mu = 0; mu < count; mu++) total += weights[mu] = Math.exp(scale * (weights[mu] - least));
  for (let mu = 0; mu < count; mu++) weights[mu] /= total;
  return top;
}

// The posterior mean, written to `mean` (dim numbers); returns the row of the largest weight.
export function posteriorMean(rows, dim, x, t, weights, mean) {
  const top = posteriorWeights(rows, dim, x, t, weights);
  mean.fill(0, 0, dim);
  for (let mu = 0, at = 0; mu < weights.length; mu++, at += dim) {
    const weight = weights[mu];
    if (weight > 1e-300) for (let k = 0; k < dim; k++) mean[k] += weight * rows[at + k];
  }
  return top;
}

// The exact empirical score at x: an array of dim numbers.
export function empiricalScore(rows, dim, x, t) {
  const mean = new Float64Array(dim);
  posteriorMean(rows, dim, x, t, new Float64Array(rows.length / dim), mean);
  return mean.map((value, k) => (value - x[k]) / t);
}
