// Part 3, why structure matters: the three levels over the number of points and over the number of pixels.
import { finiteError, finiteLog, finiteReason, limitLog } from "../math/interpolation.js";
import { onScheme } from "../look/colours.js";
import { byId, element, measured, say, shown, tableOf } from "../look/dom.js";
import { chartKey, chartTable, lineChart } from "../look/line_chart.js";
import { LEVELS } from "../look/noise_axis.js";
import { change, onChange, settings } from "../look/settings.js";

const [LEAST_LATENT, MOST_LATENT, WIDEST, POWERS] = [4, 64, 64, [1, 8]];
const DATA = { linear: "a flat manifold (linear)", tanh: "a curved manifold (tanh)", relu: "a folded manifold (relu)", sign: "corners of a cube (sign)" };

export function startStructure(tables) {
  let drawing = null;

  // sigma in units of the spread along the manifold, or null where there is no such level.
  function sigmaOf(kind, { latent, ambient, logPoints, finite, activation = settings.activation }) {
    const name = `t_${kind}`;
    const log = finite ? finiteLog(tables, activation, name, latent, ambient, logPoints) : limitLog(tables, activation, name, latent, ambient, logPoints);
    return log === null ? null : Math.exp(log / 2);
  }

  // At this very size where it is known, else in the limit.
  function nowOf(kind, here) {
    return sigmaOf(kind, { ...here, finite: true }) ?? sigmaOf(kind, { ...here, finite: false });
  }

  // With its standard error, where that is known: half that of log t.
  function toldOf(kind, here, sigma) {
    const sampled = sigma !== null && sigmaOf(kind, { ...here, finite: true }) !== null;
    const error = sampled ? finiteError(tables, settings.activation, `t_${kind}`, here.latent, here.ambient, here.logPoints) / 2 : 0;
    return measured(sigma, sigma * error);
  }

  function missing(points, { latent, logPoints }) {
    const load = logPoints / latent;
    const outside = load < tables.loads[0] || load > tables.loads.at(-1);
    const why = outside ? `log P / D\u00a0=\u00a0${shown(load)} lies outside the tables of this page` : "the points are nearly as many as, or more than, such data can tell apart";
    return `No levels are shown for ${points} points and D\u00a0=\u00a0${latent}: ${why}.`;
  }

  // Where the limit alone is known here, and why.
  function limitAlone(here, points) {
    const known = (finite) => LEVELS.every(([kind]) => sigmaOf(kind, { ...here, finite }) !== null);
    if (!known(false) || known(true)) return "";
    const why = finiteReason(tables, settings.activation, here.latent, here.ambient, here.logPoints);
    return `For ${points} points in N\u00a0=\u00a0${here.ambient} only the limit of large dimension is shown, no time of this very size${why ? `: ${why}` : ""}.`;
  }

  function place() {
    const latent = Math.min(MOST_LATENT, Math.max(LEAST_LATENT, Math.round(settings.latent)));
    const ambient = Math.min(WIDEST * latent, Math.max(latent, Math.round(settings.ambient)));
    const power = Math.min(POWERS[1], Math.max(POWERS[0], settings.logp));
    return { latent, ambient, power, logPoints: power * Math.LN10 };
  }

  function seriesOver(xs, at) {
    const kinds = tables.finite[settings.activation] ? [false, true] : [false];
    return kinds.flatMap((finite) =>
      LEVELS.map(([kind, name, index]) => ({
        name: `${name} σ${index}${finite ? ", at this size" : ""}`, short: `σ${index}${finite ? " (size)" : ""}`, colour: kind, dash: finite ? "2 5" : "",
        points: xs.map((x) => [x, sigmaOf(kind, { ...at(x), finite })]),
      })),
    );
  }

  function refresh() {
    if (settings.part !== "structure") return;
    if (!Object.hasOwn(DATA, settings.activation)) settings.activation = "linear";
    const here = place();
    const across = Array.from({ length: 57 }, (_, k) => 10 ** (POWERS[0] + ((POWERS[1] - POWERS[0]) * k) / 56));
    const wide = Array.from({ length: 49 }, (_, k) => here.latent * WIDEST ** (k / 48));
    const now = Object.fromEntries(LEVELS.map(([kind]) => [kind, nowOf(kind, here)]));
    const dots = (x) => LEVELS.map(([kind]) => ({ x, y: now[kind], colour: kind }));
    const overPoints = seriesOver(across, (x) => ({ ...here, logPoints: Math.log(x) }));
    const overPixels = seriesOver(wide, (x) => ({ ...here, ambient: x }));
    const all = [...overPoints, ...overPixels].flatMap((one) => one.points.map(([, y]) => y)).filter((y) => y !== null);
    const span = [Math.max(0.0001, Math.min(...all) * 0.8), Math.min(40, Math.max(...all) * 1.25)];
    const yTitle = "σ / spread along the manifold";
    drawing = lineChart(byId("structure-pixels"), {
      x: [here.latent, here.latent * WIDEST], y: span, xTitle: "N, numbers a row has (pixels)", yTitle, series: overPixels, dots: dots(here.ambient),
      marks: [{ x: here.ambient, label: "you are here", colour: "muted" }],
      alt: "The three levels over the ambient dimension N: onset and collapse stay, the best stop falls.",
    });
    lineChart(byId("structure-points"), {
      x: [10 ** POWERS[0], 10 ** POWERS[1]], y: span, xTitle: "P, training points", yTitle, series: overPoints, dots: dots(10 ** here.power),
      marks: [{ x: 10 ** here.power, label: "you are here", colour: "muted" }],
      alt: "The three levels over the number of training points: all fall as P grows, the faster the smaller D.",
    });
    const drawn = overPoints.filter((one, k) => [one, overPixels[k]].some((series) => series.points.some(([, y]) => y !== null)));
    byId("structure-key").replaceChildren(chartKey(drawn.map((one) => ({ ...one, name: one.dash ? one.name : `${one.name}, large dimension` }))));
    byId("structure-table").replaceChildren(chartTable("Over P", "P", overPoints, 8), chartTable("Over N", "N", overPixels, 8));
    const points = shownPower(here.power);
    const order = now.generalization < now.collapse ? "below the collapse: the best samples come from inside the memorization phase" : "above the collapse: one can stop before memorization begins";
    byId("structure-sentence").textContent = now.collapse === null || now.generalization === null
      ? missing(points, here)
      : `${points} points on ${DATA[settings.activation]} of D\u00a0=\u00a0${here.latent} dimensions in N\u00a0=\u00a0${here.ambient}: the best stop lies ${order}.`;
    byId("structure-why").textContent = limitAlone(here, points);
    byId("structure-now").replaceChildren(tableOf(
      "You are here: noise levels in units of the spread of the data along the manifold", ["Level", "σ / spread", "σ in data units"],
      LEVELS.map(([kind, name, index]) => [`${name}, σ${index}`, toldOf(kind, here, now[kind]), now[kind] === null ? "–" : shown(now[kind] * Math.sqrt(here.ambient / here.latent))]),
    ));
    for (const [name, value] of [["latent", here.latent], ["ambient", here.ambient], ["logp", points]]) byId(`structure-${name}-now`).textContent = value;
    say(`${byId("structure-sentence").textContent} ${byId("structure-why").textContent}`.trim());
  }

  const shownPower = (power) => Number((10 ** power).toPrecision(2)).toLocaleString("en");
  const wideOf = (text) => Math.round(place().latent * WIDEST ** (Number(text) / 100));
  const controls = {
    latent: { read: Number, show: () => place().latent },
    ambient: { read: wideOf, show: () => Math.round((100 * Math.log(place().ambient / place().latent)) / Math.log(WIDEST)) },
    logp: { read: Number, show: () => place().power },
    activation: { read: (text) => text, show: () => settings.activation },
  };
  for (const [name, { read }] of Object.entries(controls)) byId(`set-${name}`).addEventListener("input", (event) => change({ [name]: read(event.target.value) }));
  for (const [key, changes] of [["pixels", { latent: 8, ambient: 8 }], ["pixels-more", { latent: 8, ambient: 512 }], ["flat", { latent: 64, ambient: 64 }]])
    byId(`structure-${key}-go`).addEventListener("click", () => change(changes));
  const showControls = () => {
    for (const [name, { show }] of Object.entries(controls)) byId(`set-${name}`).value = show();
  };
  onChange((names) => {
    if (!names.some((name) => name in controls || name === "part")) return;
    showControls();
    refresh();
  });
  byId("set-activation").replaceChildren(...Object.entries(DATA).map(([value, text]) => element("option", { value }, text)));
  onScheme(refresh);
  addEventListener("resize", refresh);
  showControls();
  refresh();
  return { drawing: () => drawing, sigmaOf };
}
