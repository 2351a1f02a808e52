// One panel for digits and for the reader's rows: pick a row, noise it, bring it back, compare with the training rows.
import { asker } from "../look/asking.js";
import { onScheme } from "../look/colours.js";
import { byId, element, percent, say, shown } from "../look/dom.js";
import { noiseAxis, phaseAt } from "../look/noise_axis.js";
import { rowPicture } from "../look/rows.js";
import { change, onChange, settings } from "../look/settings.js";

const [RETURNS, LOW_SHARE] = [8, 0.04];
const [SIDE, GAP] = [240, 20]; // pixels of the saved picture

// `panel`: prefix of its elements, `part`, names of its settings {index, noise, round}, `axis` [low, high],
// `kind` of its pictures, and `state()`: {rows, dim, network, levels, rowLevels, picks: [{values, label, row}], model}, levels of the axis and of the rows.
export function startUturn(panel) {
  const at = (name) => byId(`${panel.prefix}-${name}`);
  const ask = asker();
  const [low, high] = panel.axis;
  const label = "Noise level that the row is brought to";
  const axis = noiseAxis(at("axis"), { low, high, label, moved: (sigma) => change({ [panel.names.noise]: Number(sigma.toPrecision(4)), round: 0 }) });
  let last = null;
  const noun = panel.kind.shape ? "image" : "row";

  const figure = (values, title, note = "") => {
    const caption = element("figcaption", {}, title);
    if (note) caption.append(element("small", {}, note));
    return element("figure", {}, rowPicture(values, panel.kind, title), caption);
  };
  const rowOf = (state, row) => state.rows.subarray(row * state.dim, (row + 1) * state.dim);
  const noiseOf = (state) => {
    const given = settings[panel.names.noise];
    return Math.min(high, Math.max(low, given > 0 ? given : (state.levels?.collapse?.sigma ?? Math.sqrt(low * high))));
  };
  const pickOf = (state) => state.picks[Math.min(state.picks.length - 1, Math.max(0, Math.round(settings[panel.names.index])))];

  function refresh() {
    if (settings.part !== panel.part) return;
    const state = panel.state();
    const [sigma, pick] = [noiseOf(state), pickOf(state)];
    axis.mark(state.levels);
    axis.show(sigma);
    const details = {
      rows: state.rows, dim: state.dim, network: state.network, start: pick.values, t: sigma ** 2, low: (LOW_SHARE * panel.scale) ** 2,
      seed: settings.seed, count: RETURNS, rounds: 1 + Math.min(9, Math.max(0, Math.round(settings.round))),
    };
    ask("uturn", details, (answer) => show(state, pick, sigma, details.rounds, answer));
    at("picks").querySelectorAll("button").forEach((button, k) => button.setAttribute("aria-pressed", String(state.picks[k] === pick)));
  }

  function show(state, pick, sigma, rounds, answer) {
    last = { ...answer, sigma, pick };
    const { noised, returns, nearest, stages } = answer;
    const first = returns[0];
    at("original").replaceChildren(figure(pick.values, pick.row >= 0 ? `a training ${noun}` : `an unseen ${noun}`, pick.label));
    at("noised").replaceChildren(figure(noised, "noised", `σ\u00a0=\u00a0${shown(sigma)}`));
    at("returned").replaceChildren(figure(first.values, rounds > 1 ? `back after ${rounds} turns` : "brought back", first.copy ? "a copy" : "no copy"));
    at("nearest").replaceChildren(figure(rowOf(state, nearest.row), `nearest training ${noun}`, `its weight ${percentOf(nearest.weight)}`));
    at("returns").replaceChildren(...returns.map((one) => {
      const made = rowPicture(one.values, panel.kind, one.copy ? `return: a copy of a training ${noun}` : "return: no copy");
      if (one.copy) made.classList.add("is-copy");
      return made;
    }));
    at("film").replaceChildren(...stages.map((stage) => rowPicture(stage.mean, panel.kind, `denoised at sigma ${shown(Math.sqrt(stage.t))}`)));
    const copies = returns.filter((one) => one.copy).length;
    const home = returns.filter((one) => one.copy && one.row === pick.row).length;
    const [word, sentence, phase] = verdict(state, pick, copies, home, sigma);
    at("word").textContent = word;
    at("sentence").textContent = sentence;
    at("status").dataset.phase = phase;
    at("weight").textContent = percentOf(nearest.weight);
    at("copies").textContent = `${copies} of ${RETURNS}`;
    at("bar").style.width = `${(100 * copies) / RETURNS}%`;
    if (settings.part === panel.part) say(`Noise level ${shown(sigma)}. ${word}. ${sentence}`);
  }

  const percentOf = (share) => (share > 0 && share < 0.005 ? "under 1\u00a0%" : percent(share));

  function verdict(state, pick, copies, home, sigma) {
    const phase = phaseAt(state.rowLevels, sigma);
    const where = { memorizing: `below the collapse of these ${noun}s`, traps: "between collapse and onset of traps", "no-traps": "above the onset of traps" }[phase] ?? "at this noise";
    const who = state.network ? `The network of ${state.model} ${noun}s` : `The exact score of ${state.model} ${noun}s`;
    if (home > RETURNS / 2) return ["It comes back", `${who}, ${where}, returns this very training ${noun} ${home} times of ${RETURNS}.`, "memorizing"];
    if (copies > RETURNS / 2) return [`Copies of training ${noun}s`, `${who}, ${where}, returns training ${noun}s, ${pick.row >= 0 ? "mostly others than this one" : `though it was asked about an unseen ${noun}`}.`, "memorizing"];
    if (copies > 0) return ["Some copies", `${who}, ${where}, returns copies ${copies} times of ${RETURNS}; the other ${noun}s are new.`, "traps"];
    return [`New ${noun}s`, `${who}, ${where}, returns ${noun}s that are no copies of training ${noun}s.`, "no-traps"];
  }

  function showPicks() {
    at("picks").replaceChildren(...panel.state().picks.map((pick, k) => {
      const button = element("button", { type: "button", "aria-label": `${pick.row >= 0 ? "training" : "unseen"} ${noun} ${pick.label}` }, rowPicture(pick.values, panel.kind, ""));
      button.addEventListener("click", () => change({ [panel.names.index]: k, round: 0 }));
      if (pick.row < 0) button.classList.add("unseen");
      return button;
    }));
  }

  at("again").addEventListener("click", () => change({ round: Math.min(9, settings.round + 1) }));
  at("first").addEventListener("click", () => change({ round: 0 }));
  at("reseed").addEventListener("click", () => change({ seed: settings.seed + 1 }));
  const mine = [...Object.values(panel.names), "round", "seed", "part", ...(panel.also ?? [])];
  onChange((names) => {
    if (names.some((name) => (panel.also ?? []).includes(name))) showPicks();
    if (names.some((name) => mine.includes(name))) refresh();
  });
  onScheme(() => {
    showPicks();
    refresh();
  });
  showPicks();
  refresh();
  // The four images of the turn side by side.
  function picture() {
    const whole = element("canvas", { width: 4 * (SIDE + GAP) + GAP, height: SIDE + 2 * GAP });
    const context = whole.getContext("2d");
    context.imageSmoothingEnabled = false;
    ["original", "noised", "returned", "nearest"].forEach((name, k) => {
      const one = at(name).querySelector("canvas");
      if (one) context.drawImage(one, GAP + k * (SIDE + GAP), GAP, SIDE, SIDE);
    });
    return whole;
  }

  return { last: () => last, picture, refresh };
}
