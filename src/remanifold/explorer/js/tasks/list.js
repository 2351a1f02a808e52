// The challenges: each asks for a number or for a state of another part, and knows how to check it.
import { collapseLimit } from "../math/random_energy.js";
import { shown } from "../look/dom.js";
import { settings } from "../look/settings.js";

const near = (value, wanted, tolerance) => value > 0 && Math.abs(Math.log(value / wanted)) < tolerance;
const answer = (good, yes, no) => ({ good, text: good ? yes : no });

// The fewest pixels from which the best stop of D\u00a0=\u00a08, P\u00a0=\u00a01000 at this size lies below `sigma` spreads.
function fewestPixels(structure, sigma) {
  let [low, high] = [8, 512];
  for (let k = 0; k < 40; k++) {
    const middle = Math.sqrt(low * high);
    const found = structure.sigmaOf("generalization", { latent: 8, ambient: middle, logPoints: Math.log(1000), finite: true, activation: "linear" });
    if (found > sigma) low = middle;
    else high = middle;
  }
  return high;
}

// `parts`: fall, structure, digits as the page started them.
export function challenges({ fall, structure, digits }) {
  const levels = () => fall.levels();
  return [
    {
      key: "stop", part: "fall", title: "The best stop",
      text: "In part 1, set the noise slider within 10\u00a0% of the noise at which unseen data are most likely. Try before you show the marks.",
      check() {
        const best = levels()?.generalization?.sigma;
        const sigma = 1.6 * (0.02 / 1.6) ** (settings.at / 100);
        return answer(best && near(sigma, best, 0.1), `σ\u00a0=\u00a0${shown(sigma)}, and σg\u00a0=\u00a0${shown(best ?? NaN)}.`, `You are at σ\u00a0=\u00a0${shown(sigma)}; that is not within 10\u00a0% of the best stop.`);
      },
    },
    {
      key: "early", part: "fall", title: "Memorize early",
      text: "In part 1, place at least 6 training points so that they collapse at a noise above σ\u00a0=\u00a00.5.",
      check() {
        const [count, collapse] = [levels()?.count ?? 0, levels()?.collapse?.sigma ?? 0];
        return answer(count >= 6 && collapse > 0.5, `σc\u00a0=\u00a0${shown(collapse)}: few points, far apart, are told apart even in strong noise.`, `${count} points collapse at σc\u00a0=\u00a0${shown(collapse)}. Fewer and farther apart?`);
      },
    },
    {
      key: "late", part: "fall", title: "Memorize late",
      text: "In part 1, place at least 40 training points so that they collapse at a noise below σ\u00a0=\u00a00.03.",
      check() {
        const [count, collapse] = [levels()?.count ?? 0, levels()?.collapse?.sigma ?? Infinity];
        return answer(count >= 40 && collapse < 0.03, `σc\u00a0=\u00a0${shown(collapse)}: close points stay together until the noise is as small as their distance.`, `${count} points collapse at σc\u00a0=\u00a0${shown(collapse)}. The noise must be as small as the distance between neighbours.`);
      },
    },
    {
      key: "information", part: "levels", title: "Log P against information", number: "σ",
      text: "Part 2, D\u00a0=\u00a020 and P\u00a0=\u00a0100, large dimension: at which σ does the noised point tell just enough, I = log P?",
      check(value) {
        const wanted = Math.sqrt(collapseLimit(100, 20));
        return answer(near(value, wanted, 0.02), `Yes: 1/√(100^(2/20) − 1)\u00a0=\u00a0${shown(wanted)}.`, "Solve (D/2) log(1 + 1/σ²) = log P for σ.");
      },
    },
    {
      key: "curse", part: "levels", title: "The price of dimension", number: "P",
      text: "100 points in D\u00a0=\u00a010 dimensions collapse at some σ. How many points collapse at the same σ in D\u00a0=\u00a020 (large dimension)?",
      check(value) {
        return answer(near(value, 1e4, 0.01), "Yes: log P / D must stay, so P is squared.", "The collapse depends on P and D through log P / D alone.");
      },
    },
    {
      key: "pixels", part: "structure", title: "Empty pixels", number: "factor",
      text: "Part 3, flat manifold, D\u00a0=\u00a08: go from N\u00a0=\u00a08 to N\u00a0=\u00a0512 pixels. By which factor does the collapse, over the spread, change?",
      check(value) {
        return answer(near(value, 1, 0.02), "Yes: by none. Empty pixels tell the denoiser nothing about which training point it sees.", "Watch the collapse line while you move N.");
      },
    },
    {
      key: "deep", part: "structure", title: "Deep inside", number: "N",
      text: "Part 3, flat manifold, D\u00a0=\u00a08, P\u00a0=\u00a01000, at this size: from how many pixels N on does the best stop lie below 0.15 spreads?",
      check(value) {
        const wanted = fewestPixels(structure, 0.15);
        return answer(near(value, wanted, 0.1), `Yes, from about N\u00a0=\u00a0${shown(Math.round(wanted))} on.`, "Move N until the best stop in the table reads 0.15.");
      },
    },
    {
      key: "network", part: "digits", title: "A model that does not copy",
      text: "Part 4: find a model and a noise below the collapse of its training rows at which none of the eight returns is a copy.",
      check() {
        const state = digits?.state();
        const last = digits?.last();
        if (!last) return answer(false, "", "Open part 4 first.");
        const below = last.sigma < state.levels.collapse.sigma;
        const copies = last.returns.filter((one) => one.copy).length;
        const where = below ? "below" : "above";
        return answer(below && copies === 0, `σ\u00a0=\u00a0${shown(last.sigma)}, below the collapse, and no copies: this network did not learn the exact score. It generalizes.`, `At σ\u00a0=\u00a0${shown(last.sigma)}, ${where} the collapse, ${copies} of 8 returns are copies. The exact score always copies below the collapse; look for a model that does not follow it.`);
      },
    },
  ];
}
