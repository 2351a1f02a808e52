// What a sampler can follow: each denoiser writes the posterior mean at (x, t) to `mean`.
import { posteriorMean } from "./posterior.js";

// The exact empirical score: a model that has learned its training rows perfectly.
export function exactDenoiser(rows, dim) {
  const weights = new Float64Array(rows.length / dim);
  return (x, t, mean) => posteriorMean(rows, dim, x, t, weights, mean);
}

// The empirical score of the rows blurred by a bandwidth (a noise variance): it can no longer tell single rows apart.
// Its mean at t is x + t score_{t + bandwidth}(x).
export function smoothedDenoiser(rows, dim, bandwidth) {
  const weights = new Float64Array(rows.length / dim);
  return (x, t, mean) => {
    posteriorMean(rows, dim, x, t + bandwidth, weights, mean);
    const share = t / (t + bandwidth);
    for (let k = 0; k < dim; k++) mean[k] = x[k] + share * (mean[k] - x[k]);
  };
}

// Mean and covariance of rows in the plane.
export function momentsOfPlane(rows) {
  const count = rows.length / 2;
  let [mx, my, xx, xy, yy] = [0, 0, 0, 0, 0];
  for (let k = 0; k < rows.length; k += 2) {
    mx += rows[k] / count;
    my += rows[k + 1] / count;
  }
  for (let k = 0; k < rows.length; k += 2) {
    const [dx, dy] = [rows[k] - mx, rows[k + 1] - my];
    xx += (dx * dx) / count;
    xy += (dx * dy) / count;
    yy += (dy * dy) / count;
  }
  return { mx, my, xx, xy, yy };
}

// The score of the Gaussian with the rows' mean and covariance C, in the plane: mean + C (C + t)^-1 (x - mean).
export function gaussianDenoiser(rows) {
  const { mx, my, xx, xy, yy } = momentsOfPlane(rows);
  return (x, t, mean) => {
    const [dx, dy] = [x[0] - mx, x[1] - my];
    const determinant = (xx + t) * (yy + t) - xy * xy;
    const u = ((yy + t) * dx - xy * dy) / determinant;
    const v = ((xx + t) * dy - xy * dx) / determinant;
    mean[0] = mx + xx * u + xy * v;
    mean[1] = my + xy * u + yy * v;
  };
}

export function denoiserOfPlane(kind, rows, bandwidth) {
  if (kind === "gaussian") return gaussianDenoiser(rows);
  if (kind === "smoothed") return smoothedDenoiser(rows, 2, bandwidth);
  return exactDenoiser(rows, 2);
}
