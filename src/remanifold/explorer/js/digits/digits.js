// Part 4, digits: the exact score and trained networks of 100 or 1400 handwritten digits.
import { readNetwork } from "../math/network.js";
import { byId } from "../look/dom.js";
import { bytesOf } from "../look/rows.js";
import { change, onChange, settings } from "../look/settings.js";
import { startUturn } from "./uturn_panel.js";

const [DIM, SEEN, UNSEEN] = [64, 12, 6];

export function startDigits(facts) {
  if (!facts) {
    byId("digits-missing").hidden = false;
    byId("digits-panel").hidden = true;
    return null;
  }
  const stored = bytesOf(facts.rows);
  const rowAt = (row) => Float64Array.from(stored.subarray(DIM * row, DIM * (row + 1)), (value) => value / 8 - 1);
  const networks = {};
  const sets = {};
  for (const size of Object.keys(facts.training)) {
    const rows = new Float64Array(DIM * facts.training[size].length);
    facts.training[size].forEach((row, k) => rows.set(rowAt(row), DIM * k));
    const seen = Array.from({ length: SEEN }, (_, k) => ({ values: rows.subarray(DIM * k, DIM * (k + 1)), row: k, label: `number ${k}` }));
    const unseen = facts.held_out.slice(0, UNSEEN).map((row) => ({ values: rowAt(row), row: -1, label: "from the hold-out" }));
    sets[size] = { rows, picks: [...seen, ...unseen] };
  }
  const networkOf = (size) => (networks[size] ??= readNetwork(bytesOf(facts.networks[size])));
  const state = () => {
    const size = Object.hasOwn(sets, settings.size) ? settings.size : "100";
    return { ...sets[size], dim: DIM, model: size, levels: facts.levels[size], rowLevels: facts.levels[size], network: settings.model === "network" ? networkOf(size) : null };
  };
  const controls = ["size", "model"];
  for (const name of controls) byId(`set-${name}`).addEventListener("change", (event) => change({ [name]: event.target.value, round: 0 }));
  const showControls = () => controls.forEach((name) => (byId(`set-${name}`).value = settings[name]));
  onChange(showControls);
  showControls();
  const panel = startUturn({
    prefix: "digits", part: "digits", names: { index: "digit", noise: "noise" }, also: ["size", "model"], axis: [0.05, 5], scale: 0.5, state,
    kind: { shape: { height: 8, width: 8, channels: 1, first: true }, span: [-1, 1], inverted: true },
  });
  return { ...panel, networkOf, state };
}
