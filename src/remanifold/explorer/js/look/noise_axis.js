// The noise axis of every part: phases in colour, the three levels as pins, a slider to move along it.
import { element, shown } from "./dom.js";

export const LEVELS = [
  ["generalization", "best stop", "g"],
  ["collapse", "collapse", "c"],
  ["onset", "onset of traps", "o"],
];
const TICKS = [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100];
const ROOM = 200; // pixels that the words of a pin need
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
  ends.append(element("span", {}, "← less noise: the end of sampling"), element("span", {}, "more noise: its start →"));
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
    mark(levels, { stale = false } = {}) {
      const known = LEVELS.filter(([kind]) => levels?.[kind] && place(levels[kind].sigma) > 0 && place(levels[kind].sigma) < 100)
        .map(([kind, name, index]) => ({ kind, name: levels[kind].name ?? name, index: levels[kind].index ?? index, sigma: levels[kind].sigma, left: place(levels[kind].sigma) }))
        .sort((a, b) => a.sigma - b.sigma);
      pins.replaceChildren(...known.map((pin) => pinOf(pin, host.clientWidth || 1000)));
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

function pinOf({ kind, name, index, sigma, left }, width) {
  const value = element("b", {}, "σ", element("sub", {}, index), ` = ${shown(sigma)}`);
  const side = left > 55 || (1 - left / 100) * width < ROOM ? " left" : "";
  const style = side ? `right:${100 - left}%` : `left:${left}%`;
  return element("div", { class: `pin ${kind}${side}`, style }, element("span", {}, `${name} `, value));
}

function phaseOf(kind, left, width) {
  const made = element("div", { class: `phase ${kind}`, style: `left:${left}%;width:${width}%` });
  if (width > 18) made.append(element("span", {}, PHASES[kind]));
  return made;
}
