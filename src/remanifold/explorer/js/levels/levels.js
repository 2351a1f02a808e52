// Part 2, energy levels: memorization is the condensation of a random energy model.
import {
  boltzmann, collapseLimit, energies, freshCondensation, freshEntropy, gaussianInformation, gaussianRows, viewpoint,
} from "../math/random_energy.js";
import { asker } from "../look/asking.js";
import { onScheme } from "../look/colours.js";
import { about, byId, calm, say, shown } from "../look/dom.js";
import { chartKey, chartTable, lineChart } from "../look/line_chart.js";
import { noiseAxis } from "../look/noise_axis.js";
import { change, onChange, settings } from "../look/settings.js";
import { formulas } from "./formulas.js";
import { paintSpectrum } from "./spectrum.js";

const [LOW, HIGH, GRID, SECONDS] = [0.05, 6, 60, 7];

export function startLevels() {
  const canvas = byId("spectrum");
  const ask = asker();
  const axis = noiseAxis(byId("levels-axis"), { low: LOW, high: HIGH, label: "Noise level: the temperature", moved: (sigma) => change({ level: round(sigma) }) });
  let [rows, dim, measured, drawing, curve, playing, before] = [null, 0, null, null, [], false, 0];
  const round = (sigma) => Number(sigma.toPrecision(4));

  function renew() {
    dim = Math.min(60, Math.max(2, Math.round(settings.dim)));
    const count = Math.min(500, Math.max(10, Math.round(settings.points)));
    rows = gaussianRows(count, dim, settings.seed);
    measured = null;
    curve = Array.from({ length: GRID + 1 }, (_, k) => {
      const sigma = LOW * (HIGH / LOW) ** (k / GRID);
      return [sigma, stateAt(sigma).participation];
    });
    ask("levels", { rows, dim, draws: 2, seed: 0 }, (answer) => {
      measured = answer;
      refresh();
    });
    refresh();
  }

  function stateAt(sigma) {
    const found = energies(rows, dim, viewpoint(rows, dim, settings.seed, settings.view, sigma ** 2));
    return { levels: found, ...boltzmann(found, sigma ** 2) };
  }

  function refresh() {
    if (settings.part !== "levels" || !rows) return;
    const [sigma, count, fresh] = [Math.min(HIGH, Math.max(LOW, settings.level)), rows.length / dim, settings.view === "fresh"];
    const state = stateAt(sigma);
    const perDimension = state.levels.map((energy) => energy / dim);
    const top = 1.03 * perDimension.reduce((most, energy) => Math.max(most, energy), 0);
    paintSpectrum(canvas, { levels: perDimension, weights: state.weights, own: fresh ? -1 : 0, span: [0, top] });
    const limit = Math.sqrt(fresh ? freshCondensation(count, dim) : collapseLimit(count, dim));
    axis.mark(fresh ? { collapse: { sigma: limit, name: "condensation", index: "G" } } : measured ?? { collapse: { sigma: limit } });
    axis.show(sigma);
    const facts = {
      sigma, count, dim, fresh, limit, measured, participation: state.participation, entropy: state.entropy,
      information: gaussianInformation(dim, sigma ** 2), annealed: freshEntropy(count, dim, sigma ** 2), own: fresh ? Math.max(...state.weights) : state.weights[0],
    };
    const { word, sentence, list } = formulas(facts);
    byId("levels-word").textContent = word;
    byId("levels-status").dataset.phase = word === "Condensed" ? "memorizing" : "no-traps";
    byId("levels-sentence").textContent = sentence;
    byId("levels-formulas").replaceChildren(...list);
    const series = [{ name: "levels that share the weight, 1/Σw²", short: "levels", colour: "accent", points: curve }];
    const marks = [{ x: limit, label: fresh ? "condensation, large D" : "collapse, large D", colour: "collapse" }];
    drawing = lineChart(byId("levels-chart"), {
      x: [LOW, HIGH], y: [0.8, 1.3 * count], xTitle: "noise level σ", yTitle: "levels that share the weight", height: 260, series, marks,
      dots: [{ x: sigma, y: state.participation, colour: "accent" }],
      alt: `Number of levels that share the weight over the noise level; ${shown(state.participation)} at sigma ${shown(sigma)}`,
    });
    byId("levels-table").replaceChildren(chartTable("Levels that share the weight", "σ", series, 6));
    byId("levels-dim-now").textContent = dim;
    byId("levels-points-now").textContent = count;
    if (!playing) say(`${word}. Noise level ${shown(sigma)}: ${about(state.participation)} levels share the weight.`);
  }

  function frame(now) {
    const passed = Math.min(0.1, (now - before) / 1000);
    before = now;
    if (!playing || settings.part !== "levels") return;
    const next = settings.level * (LOW / HIGH) ** (passed / SECONDS);
    change({ level: Math.max(LOW, next) });
    if (next <= LOW) setPlaying(false);
    else requestAnimationFrame(frame);
  }

  function setPlaying(now) {
    playing = now;
    byId("levels-play").textContent = now ? "❚❚ Pause" : "▶ Lower the noise";
    if (now) requestAnimationFrame((time) => frame((before = time)));
  }

  byId("levels-play").addEventListener("click", () => {
    if (!playing && settings.level <= 1.05 * LOW) change({ level: HIGH });
    if (calm()) change({ level: settings.level / 1.3 });
    else setPlaying(!playing);
  });
  byId("levels-reseed").addEventListener("click", () => change({ seed: settings.seed + 1 }));
  byId("set-view").addEventListener("change", (event) => change({ view: event.target.value }));
  byId("set-dim").addEventListener("input", (event) => change({ dim: Number(event.target.value) }));
  byId("set-points").addEventListener("input", (event) => change({ points: Math.round(10 ** Number(event.target.value)) }));
  const showControls = () => {
    byId("set-view").value = settings.view;
    byId("set-dim").value = settings.dim;
    byId("set-points").value = Math.log10(settings.points);
  };
  onChange((names) => {
    if (names.some((name) => ["dim", "points", "view", "seed", "part"].includes(name))) {
      showControls();
      if (settings.part === "levels") renew();
    } else if (names.includes("level")) refresh();
  });
  onScheme(refresh);
  addEventListener("resize", refresh);
  byId("levels-key").replaceChildren(chartKey([{ name: "this view", colour: "accent" }]));
  showControls();
  if (settings.part === "levels") renew();
  return { canvas, drawing: () => drawing, measured: () => measured };
}
