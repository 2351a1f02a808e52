// What the page asks a worker: a name, its details, an answer of numbers and arrays.
import { denoiserOfPlane } from "./denoisers.js";
import { noiseLevels } from "./noise_levels.js";
import { trajectories } from "./sampler.js";
import { uturns } from "./uturn.js";

const QUESTIONS = {
  levels: ({ rows, dim, draws, seed }) => noiseLevels(rows, dim, { draws, seed }),
  uturn: (details) => uturns(details),
  fall: (details) => trajectories(denoiserOfPlane(details.score, details.rows, details.bandwidth), details),
};

export function answerTo(question, details) {
  return QUESTIONS[question](details);
}
