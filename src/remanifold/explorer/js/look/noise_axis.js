// The noise axis of every part: phases in colour, the three levels as pins, a slider to move along it.
import { element, shown } from "./dom.js";

export const LEVELS = [
  ["generalization", "best stop", "g"],
  ["collapse", "collapse", "c"],
  ["onset", "onset of traps", "o"],
];
const TICKS = [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100];
const [LETTER, LINE] = [8.5, 27]; // pixels: of a letter of a label, from one label to the next
const PHASES = { memorizing: "memorizing", traps: "traps exist", "no-traps": "few traps" };

// The name of the phase at sigma; null where the levels are not known.
export function phaseAt(levels, sigma) {
  if (!levels || !levels.collapse) return null;
  if (sigma < levels.collapse.sigma) return "memorizing";
  return levels.onset && sigma < levels.onset.sigma ? "traps" : "no-traps";
}

// An axis from sigma `low` to `high` in `host`; `moved(sigma)` is called when the reader moves the slider.
export function noiseAxis(host, { low, high, label, steps = 200, moved }) {
  const place = (sigma) => (100 * Math.log(sigma / low)) / Math.log(high / low);
  const pins = element("div", { class: "pins" });
  const phases = element("div", { class: "axis" });
  const slider = element("input", { type: "range", min: 0, max: steps, step: 1, "aria-label": label });
  const ticks = element("div", { class: "ticks", "aria-hidden": "true" });
  let last = -Infinity;
  for (const tick of TICKS.filter((one) => one >= low && one <= high)) {
    if (place(tick) - last < 9 || place(tick) > 98) continue;
    last = place(tick);
    ticks.append(element("span", { style: `left:${last}%` }, String(tick)));
  }
  const ends = element("p", { class: "ends" });
  ends.append(
    element("span", {}, "←\u00a0less noise", element("i", {}, ": the end of sampling")),
    element("span", {}, "more noise", element("i", {}, ": its start"), "\u00a0→"),
  );
  const rail = element("div", { class: "rail" }, phases, slider);
  host.replaceChildren(pins, rail, ticks, ends);

  const speak = (sigma) => slider.setAttribute("aria-valuetext", `sigma ${shown(sigma)}`);
  slider.addEventListener("input", () => {
    const sigma = low * (high / low) ** (slider.value / steps);
    speak(sigma);
    moved(sigma);
  });

  return {
    slider,
    show(sigma) {
      slider.value = Math.round((steps * place(sigma)) / 100);
      speak(sigma);
    },
    // Levels {generalization, collapse, onset: {sigma}} or null while they are computed; stale: new ones are on their way.
    // Hidden: neither levels nor phases are shown, as long as the reader looks for them.
    mark(levels, { stale = false, hidden = false } = {}) {
      pins.hidden = hidden;
      if (hidden) {
        pins.replaceChildren();
        phases.replaceChildren();
        return;
      }
      const known = LEVELS.filter(([kind]) => levels?.[kind] && place(levels[kind].sigma) > 0 && place(levels[kind].sigma) < 100)
        .map(([kind, name, index]) => ({ kind, name: levels[kind].name ?? name, index: levels[kind].index ?? index, sigma: levels[kind].sigma, left: place(levels[kind].sigma) }))
        .sort((a, b) => a.sigma - b.sigma);
      pins.replaceChildren(...spread(known, host.clientWidth || 1000).map(pinOf));
      pins.classList.toggle("stale", stale);
      pins.classList.toggle("waiting", !levels);
      const edges = [["memorizing", 0, levels?.collapse], ["traps", levels?.collapse, levels?.onset], ["no-traps", levels?.onset ?? levels?.collapse, null]];
      const clamp = (level, usual) => (level ? Math.min(100, Math.max(0, place(level.sigma))) : usual);
      phases.replaceChildren();
      for (const [kind, from, to] of edges) {
        const [start, end] = [from === 0 ? 0 : clamp(from, 0), clamp(to, kind === "no-traps" ? 100 : 0)];
        if (!levels?.collapse && kind !== "no-traps") continue;
        if (end > start) phases.append(phaseOf(kind, start, end - start));
      }
      for (const { left, kind } of known) phases.append(element("i", { style: `left:${left}%;color:var(--${kind})` }));
    },
  };
}

// Pins, from left to right, with sides and heights for their labels, so that as few lines as can be cross a label: to
// the right of their lines labels fall in height from left to right, to the left of them they rise.
function spread(pins, width) {
  const ends = ({ name, index, sigma, left, leftwards }) => {
    const long = (100 * LETTER * `${name} σ${index} = ${shown(sigma)}`.length) / width;
    return leftwards ? [left - long, left] : [left, left + long];
  };
  const faults = (way) => {
    let [outside, crossed] = [0, 0];
    for (const pin of way) {
      const [low, high] = ends(pin);
      outside += low < 0 || high > 100;
      for (const other of way) crossed += low < other.left && other.left < high && other.level > pin.level;
    }
    return 10 * outside + crossed;
  };
  const ways = [];
  for (let split = pins.length; split >= 0; split--)
    for (const [right, left] of [[0, split], [pins.length - split, 0]])
      ways.push(pins.map((pin, k) => (k < split ? { ...pin, level: right + split - 1 - k } : { ...pin, leftwards: true, level: left + k - split })));
  return ways.reduce((best, way) => (faults(way) < faults(best) ? way : best), ways[0]);
}

function pinOf({ kind, name, index, sigma, left, leftwards, level }) {
  const value = element("b", {}, "σ", element("sub", {}, index), `\u00a0=\u00a0${shown(sigma)}`);
  const style = `${leftwards ? `right:${100 - left}%` : `left:${left}%`};height:${28 + LINE * level}px`;
  return element("div", { class: `pin ${kind}${leftwards ? " left" : ""}`, style }, element("span", {}, `${name} `, value));
}

function phaseOf(kind, left, width) {
  const made = element("div", { class: `phase ${kind}`, style: `left:${left}%;width:${width}%` });
  if (width > 18) made.append(element("span", {}, PHASES[kind]));
  return made;
}
