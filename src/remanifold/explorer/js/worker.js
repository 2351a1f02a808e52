// Long computations, away from the page: each question has an id, each answer carries it back.
import { answerTo } from "./math/questions.js";

self.onmessage = (event) => {
  const { id, question, details } = event.data;
  self.postMessage({ id, answer: answerTo(question, details) });
};
