// Part 5, your data: some of the reader's rows, with the noise levels of all of them and of these alone.
import { asker } from "../look/asking.js";
import { byId, element, tableOf, withError } from "../look/dom.js";
import { LEVELS } from "../look/noise_axis.js";
import { bytesOf, pictureShape } from "../look/rows.js";
import { startUturn } from "../digits/uturn_panel.js";
import { EXTENT, pointsToText } from "../fall/shapes.js";
import { change, onChange, settings } from "../look/settings.js";

const MOST_POINTS = 200; // of part 1
const [PICKS, WIDE] = [18, 1.6]; // how many rows can be picked; the axis reaches so far beyond the levels

function rowsOf(own) {
  const bytes = bytesOf(own.numbers);
  const stored = own.kind === "u1" ? bytes : new Float32Array(bytes.buffer);
  return Float64Array.from(stored, (value) => own.scale * value + own.shift);
}

// Points of the plane moved and scaled onto the stage of part 1, as many as it takes.
function onStage(rows) {
  const points = Array.from(rows.subarray(0, 2 * MOST_POINTS));
  const ends = [0, 1].map((k) => points.filter((_, at) => at % 2 === k)).map((values) => [Math.min(...values), Math.max(...values)]);
  const scale = (1.5 * EXTENT) / Math.max(ends[0][1] - ends[0][0], ends[1][1] - ends[1][0]);
  return points.map((value, at) => scale * (value - (ends[at % 2][0] + ends[at % 2][1]) / 2));
}

export function startOwn(own) {
  if (!own) return null;
  const dim = own.shape.reduce((product, side) => product * side, 1);
  const rows = rowsOf(own);
  const count = rows.length / dim;
  const span = rows.reduce(([low, high], value) => [Math.min(low, value), Math.max(high, value)], [Infinity, -Infinity]);
  const picks = Array.from({ length: Math.min(PICKS, count) }, (_, k) => ({ values: rows.subarray(dim * k, dim * (k + 1)), row: k, label: `row ${own.rows[k]}` }));
  const sigmas = Object.values(own.levels).filter(Boolean).map((level) => level.sigma);
  const axis = [Math.min(own.std / 20, ...sigmas.map((sigma) => sigma / WIDE)), Math.max(3 * own.std, ...sigmas.map((sigma) => sigma * WIDE))];
  const kind = { shape: own.noun === "image" ? pictureShape(own.shape) : null, span: span[0] < span[1] ? span : [span[0] - 1, span[0] + 1] };
  const state = () => ({ rows, dim, network: null, model: count, picks, levels: own.levels, rowLevels: mine });
  const ask = asker();
  let [asked, mine] = [false, null];

  function askForLevels() {
    if (asked || settings.part !== "own") return;
    asked = true;
    ask("levels", { rows, dim, draws: 2, seed: 0 }, (answer) => {
      mine = answer;
      panel.refresh();
      const cells = LEVELS.map(([name, title, index]) => [`${title}, σ${index}`, withError(own.levels[name]), withError(mine?.[name])]);
      byId("own-levels").replaceChildren(tableOf("Noise levels σ in data units, ± one standard error", ["Level", `all ${own.n_points} rows (the report's)`, `the ${count} rows in this page`], cells));
    });
  }

  const size = own.shape.length > 1 ? own.shape.join("\u00a0×\u00a0") : `${dim} numbers a row`;
  byId("own-facts").append(element("b", {}, own.source), `: ${own.n_points} rows, ${own.n_distinct} distinct, ${size}. `);
  byId("own-facts").append(`This page holds ${count} of them, drawn at random: give it only to those who may have them.`);
  if (dim === 2) {
    const fall = element("button", { type: "button", class: "quiet" }, "Watch particles fall onto them in part 1");
    fall.addEventListener("click", () => change({ part: "fall", pts: pointsToText(onStage(rows)), at: 0 }));
    byId("own-facts").append(" ", fall);
  }
  const panel = startUturn({ prefix: "own", part: "own", names: { index: "own", noise: "ownnoise" }, axis, scale: own.std, state, kind });
  onChange(askForLevels);
  askForLevels();
  return { ...panel, rows };
}
