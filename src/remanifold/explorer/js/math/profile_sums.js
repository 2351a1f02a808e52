// Sums over all other rows at one noise level, seen from every row and from every row plus noise.
// With A = |xi - xi_mu|^2 / 2 and B = w.(xi - xi_mu), both fixed, a level t costs only exponentials:
// S = sum over mu of exp(-(A / t + B / sqrt(t))), relative to the row's own weight.
import { normals } from "./random.js";

const NEGLIGIBLE = -45;

// A (rows x rows) and B of each draw; of a row itself A is infinite, so that its own weight is left out.
export function energyPanel(rows, dim, draws, seed) {
  const count = rows.length / dim;
  const half = new Float64Array(count * count);
  const projections = Array.from({ length: draws }, () => new Float64Array(count * count));
  const delta = new Float64Array(dim);
  for (let i = 0; i < count; i++) {
    const noise = projections.map((_, d) => normals(seed, i, 1000 + d, dim));
    for (let mu = 0; mu < count; mu++) {
      const at = i * count + mu;
      let squared = 0;
      for (let k = 0; k < dim; k++) {
        delta[k] = rows[i * dim + k] - rows[mu * dim + k];
        squared += delta[k] * delta[k];
      }
      half[at] = mu === i ? Infinity : squared / 2;
      for (let d = 0; d < draws; d++) {
        let sum = 0;
        for (let k = 0; k < dim; k++) sum += noise[d][k] * delta[k];
        projections[d][at] = sum;
      }
    }
  }
  return { count, dim, half, projections };
}

// One branch of one row: log S, mean A, mean signed B.
function branchSums(half, projection, start, count, t, sign, logits) {
  const [scale, kick] = [-1 / t, -sign / Math.sqrt(t)];
  let top = -Infinity;
  for (let mu = 0; mu < count; mu++) {
    const logit = scale * half[start + mu] + (sign ? kick * projection[start + mu] : 0);
    logits[mu] = logit;
    if (logit > top) top = logit;
  }
  let [total, energy, push] = [0, 0, 0];
  for (let mu = 0; mu < count; mu++) {
    const logit = logits[mu] - top;
    if (logit < NEGLIGIBLE) continue;
    const weight = Math.exp(logit);
    total += weight;
    energy += weight * half[start + mu];
    if (sign) push += weight * projection[start + mu];
  }
  return [top + Math.log(total), energy / total, (sign * push) / total];
}

// Of every row at noise t: gap = -log S from the noised row (mean over +- draws), trap = -log S from the row itself, their
// slopes by log t, the slope of the leave-one-out cross entropy, the own surprisal and the own weight.
export function sumsAt(panel, t) {
  const { count, dim, half, projections } = panel;
  const names = ["gap", "gapSlope", "trap", "trapSlope", "nllSlope", "surprisal", "ownWeight"];
  const out = Object.fromEntries(names.map((name) => [name, new Float64Array(count)]));
  const logits = new Float64Array(count);
  const branches = 2 * projections.length;
  for (let i = 0; i < count; i++) {
    const [own, energy] = branchSums(half, null, i * count, count, t, 0, logits);
    out.trap[i] = -own;
    out.trapSlope[i] = -energy / t;
    out.nllSlope[i] = dim / 2 - energy / t;
    for (const projection of projections)
      for (const sign of [1, -1]) {
        const [logSum, near, push] = branchSums(half, projection, i * count, count, t, sign, logits);
        out.gap[i] -= logSum / branches;
        out.gapSlope[i] -= (near / t + push / Math.sqrt(t) / 2) / branches;
        out.surprisal[i] += (logSum > 0 ? logSum + Math.log1p(Math.exp(-logSum)) : Math.log1p(Math.exp(logSum))) / branches;
        out.ownWeight[i] += 1 / (1 + Math.exp(logSum)) / branches;
      }
  }
  return out;
}
