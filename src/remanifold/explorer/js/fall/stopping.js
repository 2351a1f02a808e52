// "Where would you stop?": what a stop costs against the best one, and the numbers as a table.
import { percent, shown, tableOf, withError } from "../look/dom.js";
import { LEVELS } from "../look/noise_axis.js";

const CLOSE = 0.02; // nats a point that nobody would notice

// The cross entropy of unseen data at sigma, nats a point, linear in log sigma between the levels of the curve.
export function crossEntropyAt({ curves }, sigma) {
  const { sigma: grid, nll } = curves;
  let k = grid.findIndex((one) => one > sigma);
  if (k === -1) k = grid.length - 1;
  k = Math.max(1, k);
  const part = Math.log(sigma / grid[k - 1]) / Math.log(grid[k] / grid[k - 1]);
  return nll[k - 1] + part * (nll[k] - nll[k - 1]);
}

export function judgeStop(levels, sigma, copies) {
  if (!levels?.generalization || !levels.collapse) return "The levels of these points are not known yet: wait a moment, or add points.";
  const best = levels.generalization.sigma;
  const lost = crossEntropyAt(levels, sigma) - crossEntropyAt(levels, best);
  const grade = lost < CLOSE ? "Very close to the best stop." : sigma < best ? "Too late: the samples shrink onto training points." : "Too early: the samples are still blurred.";
  const order = best > levels.collapse.sigma ? "above" : "below";
  return (
    `${grade} You stop at σ\u00a0=\u00a0${shown(sigma)}; unseen data are most likely at σg\u00a0=\u00a0${shown(best)}, and lose ` +
    `${shown(Math.max(0, lost))} nats a point at yours. ${percent(copies)} of the particles are copies there. ` +
    `Here the best stop lies ${order} the collapse, σc\u00a0=\u00a0${shown(levels.collapse.sigma)}.`
  );
}

// Which comes first as the noise falls, the best stop or the collapse.
export function orderOf(levels) {
  if (!levels?.generalization || !levels.collapse) return "In two dimensions the best stop lies above the collapse.";
  const [best, collapse] = [levels.generalization.sigma, levels.collapse.sigma];
  const numbers = `σg\u00a0=\u00a0${shown(best)}, σc\u00a0=\u00a0${shown(collapse)}`;
  if (best > collapse) return `Here, in two dimensions, the best stop lies above the collapse (${numbers}): you can stop before memorization begins.`;
  return `In two dimensions the best stop usually lies above the collapse; of these points it does not (${numbers}).`;
}

// A table of the three levels with their errors.
export function levelRows(levels) {
  const meaning = {
    generalization: "the blurred training points give unseen points the highest likelihood",
    collapse: "below it a typical particle belongs to one training point",
    onset: "below it the average training point attracts nearby particles",
  };
  const rows = LEVELS.map(([kind, name, index]) => {
    const level = levels?.[kind];
    return [`${name}, σ${index}`, withError(level), meaning[kind]];
  });
  return tableOf("The three noise levels of these training points (± one standard error)", ["Level", "σ", "Meaning"], rows);
}
