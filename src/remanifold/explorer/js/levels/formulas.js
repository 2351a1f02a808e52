// The formulas of the random energy model with the numbers of the moment.
import { about, element, shown, withError } from "../look/dom.js";

function line(term, formula, value, gloss) {
  const head = element("dt", {}, term);
  const body = element("dd", {}, element("span", { class: "formula" }, formula), " = ", element("b", {}, value));
  body.append(element("small", {}, gloss));
  return [head, body];
}

// What to say of the state `facts`: a word, a sentence, a list of definitions.
export function formulas(facts) {
  const { count, dim, sigma, fresh, limit, measured, participation, entropy } = facts;
  const condensed = participation < 2;
  const word = condensed ? "Condensed" : participation > 0.5 * count ? "Undecided" : "Competing";
  const share = `${about(participation)} of ${count} levels share the weight`;
  const sentence = condensed
    ? fresh
      ? "One level has nearly all the weight: even a new point sees a single training point, its nearest."
      : "One level has nearly all the weight: the denoiser answers with that training point. This is memorization."
    : `${share} of this x: the denoiser answers with their average, a new point.${!fresh && sigma < (measured?.collapse?.sigma ?? limit) ? " Below the collapse a typical point has condensed; this one has not yet." : ""}`;
  const list = [
    line("Boltzmann weights", "w ∝ exp(−E/t), t = σ²", `${shown(100 * facts.own)}\u00a0% ${fresh ? "on the lowest level" : "on the own level"}`, "E = |x − training point|²/2: the noise variance t is the temperature."),
    line("Entropy of the weights", "−Σ w log w", `${shown(entropy)} nats`, `e to this power is ${about(Math.exp(entropy))}, another count of levels: small weights add more to it than to 1/Σw²\u00a0=\u00a0${about(participation)}. At infinite temperature it is log P\u00a0=\u00a0${shown(Math.log(count))}.`),
  ];
  if (fresh) {
    list.push(line("Annealed entropy", "s = log P/D − ½ log(1+1/t) + ½ (1/t)/(1+1/t)²", `${shown(facts.annealed)} nats a dimension`, facts.annealed > 0 ? "Positive: there are levels to spend the weight on." : "Negative: no levels are left; the system is frozen in the lowest."));
    list.push(line("Condensation for large D", "s(t) = 0 at σ", shown(limit), "Below, the likelihood of a new point depends on its nearest training point alone."));
  } else {
    const verdict = Math.log(count) > facts.information ? "less than log P: the noised point does not tell which training point made it." : `more than log P: for large D, the noised point tells which training point made it. At D\u00a0=\u00a0${dim} single points may differ.`;
    list.push(line("Names to tell apart", "log P", `${shown(Math.log(count))} nats`, `${count} training points.`));
    list.push(line("Information in x", "I = (D/2) log(1+1/t)", `${shown(facts.information)} nats`, verdict));
    list.push(line("Collapse for large D", "log P = I at σ = 1/√(P^(2/D) − 1)", shown(limit), "Only log P over D counts, not P and not the number of pixels."));
    const own = measured?.collapse;
    list.push(line(`Collapse of these ${count} points`, "mean over all points, σ", measured ? withError(own) : "computing", `At D\u00a0=\u00a0${dim} the transition is smooth; it sharpens as D grows. Now σ\u00a0=\u00a0${shown(sigma)}.`));
  }
  return { word, sentence, list: list.flat() };
}
