// Questions to a worker made from a text of the page, so that it works from disk. Of many questions asked while one is at
// work only the last is put: nobody waits for answers that are out of date.
import { answerTo } from "../math/questions.js";
import { byId } from "./dom.js";

function newWorker() {
  try {
    const source = new Blob([byId("worker-source").textContent], { type: "text/javascript" });
    return new Worker(URL.createObjectURL(source));
  } catch {
    return null; // where workers are forbidden the page computes itself
  }
}

// `ask(question, details, tell)` for one kind of question.
export function asker() {
  const worker = newWorker();
  let busy = false;
  let waiting = null;
  let id = 0;
  let tellNow = null;
  const put = (next) => {
    busy = true;
    tellNow = next.tell;
    worker.postMessage({ id: ++id, question: next.question, details: next.details });
  };
  if (worker)
    worker.onmessage = (event) => {
      busy = false;
      const tell = tellNow;
      if (waiting) {
        const next = waiting;
        waiting = null;
        put(next);
      }
      tell(event.data.answer);
    };
  return (question, details, tell) => {
    if (!worker) setTimeout(() => tell(answerTo(question, details)), 0);
    else if (busy) waiting = { question, details, tell };
    else put({ question, details, tell });
  };
}
