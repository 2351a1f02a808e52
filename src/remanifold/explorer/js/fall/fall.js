// Part 1, watch it fall: particles from noise down onto training points in the plane.
import { levelsDown } from "../math/sampler.js";
import { asker } from "../look/asking.js";
import { onScheme } from "../look/colours.js";
import { byId, calm, percent, say, shown, subscripted } from "../look/dom.js";
import { noiseAxis, phaseAt } from "../look/noise_axis.js";
import { change, onChange, settings } from "../look/settings.js";
import { judgeStop, levelRows, orderOf } from "./stopping.js";
import { pointing } from "./pointing.js";
import { SHAPES, pointsToText, rounded, shapePoints, spreadOf, textToPoints } from "./shapes.js";
import { paint } from "./stage.js";

const [LOW, HIGH, STEPS, PARTICLES] = [0.02, 1.6, 100, 300]; // sigma of the last and the first level
const PACE = 13; // levels a second
const WIDE = 0.05; // bandwidth of the smoothed score until the best stop is known

const WORDS = {
  "no-traps": ["Generalizing", "Many training points at once draw each particle: new points near the data, blurred by the noise that is left."],
  traps: ["Traps open", "Training points begin to hold particles that come close. Most particles still miss them."],
  memorizing: ["Memorizing", "A typical particle now belongs to one training point and falls onto it: a copy, not a new point."],
};

// Before the reader has said where to stop: nothing that tells what happens at this noise.
const ASKED = ["Your guess first", "Move the noise and watch the particles. What happens to them, and how many are copies, stands here once you have said where you would stop, or show the marks."];

const NOTES = {
  exact: "Exact score: that of the training points themselves, which a network learns that fits them perfectly.",
  smoothed: "Smoothed score: that of the training points blurred by the noise of the best stop.",
  gaussian: "Gaussian score: that of one Gaussian with their mean and covariance; it knows no single point.",
};

export function startFall() {
  const [canvas, play] = [byId("stage"), byId("play")];
  const variances = levelsDown(HIGH ** 2, LOW ** 2, STEPS);
  const [askRun, askLevels] = [asker(), asker()];
  let points = pointsOfSettings();
  let [run, levels, playing, before, dirty, answered] = [null, null, false, 0, true, false];
  const sigmaAt = (at) => HIGH * (LOW / HIGH) ** (at / STEPS);
  const levelAt = (sigma) => (STEPS * Math.log(sigma / HIGH)) / Math.log(LOW / HIGH);
  const label = "Noise level; move it to see the particles at any noise";
  const axis = noiseAxis(byId("fall-axis"), { low: LOW, high: HIGH, label, steps: STEPS, moved: (sigma) => go(Math.round(levelAt(sigma))) });

  function pointsOfSettings() {
    if (settings.pts) return textToPoints(settings.pts);
    return shapePoints(settings.data, Math.min(200, Math.max(3, Math.round(settings.n))), 1);
  }

  function askForRun() {
    const bandwidth = levels?.generalization?.t ?? WIDE;
    const rows = Float64Array.from(points);
    const details = { rows, dim: 2, seed: settings.seed, count: PARTICLES, levels: variances, method: settings.method, score: settings.score, bandwidth };
    if (points.length < 2) return void (run = null);
    askRun("fall", details, (answer) => {
      run = { ...answer, count: PARTICLES };
      dirty = true;
    });
  }

  function askForLevels() {
    if (points.length < 6) levels = null;
    showMarks({ stale: true });
    askLevels("levels", { rows: Float64Array.from(points), dim: 2, draws: 4, seed: 0 }, (answer) => {
      [levels, answered] = [answer, true];
      showMarks();
      dirty = true;
      if (settings.score === "smoothed") askForRun();
    });
  }

  // The marks, and what else would give them away, once the reader has answered or asked for them.
  function showMarks({ stale = false } = {}) {
    const hidden = settings.marks !== 1;
    axis.mark(levels, { stale, hidden });
    byId("marks-key").hidden = hidden;
    if (hidden) byId("stop-answer").replaceChildren();
    byId("show-marks").textContent = hidden ? "Show the marks" : "Hide the marks";
    byId("fall-order").replaceChildren(...subscripted(orderOf(hidden ? null : levels)));
    byId("fall-numbers").replaceChildren(hidden ? "Say where you would stop, or show the marks: then they stand here." : levelRows(levels));
  }

  function renew() {
    byId("stop-answer").replaceChildren(); // it was about other points
    askForRun();
    askForLevels();
    byId("count").textContent = `${points.length / 2} training points`;
    dirty = true;
  }

  function go(at, { stop = true } = {}) {
    if (stop) setPlaying(false);
    change({ at: Math.min(STEPS, Math.max(0, at)) });
    dirty = true;
  }

  function setPlaying(now) {
    playing = now;
    play.textContent = now ? "❚❚ Pause" : "▶ Play";
    play.setAttribute("aria-pressed", String(now));
  }

  function describe() {
    const sigma = sigmaAt(settings.at);
    const phase = phaseAt(levels, sigma);
    const asked = settings.marks !== 1 && settings.score === "exact"; // no other score has phases to guess
    const copies = run ? run.copies[Math.round(settings.at)] : 0;
    const spread = spreadOf(points);
    let [word, sentence] = WORDS[phase] ?? ["…", points.length < 6 ? "Add at least three training points." : answered ? "These points are too few or too alike: add others." : "Computing the three noise levels of these points."];
    if (phase && asked) [word, sentence] = ASKED;
    else if (phase && settings.score !== "exact") {
      const kind = settings.score === "gaussian" ? "Gaussian score" : "Smoothed score";
      [word, sentence] = [kind, "This model does not know single training points: its particles end at new places."];
    } else if (!asked && points.length >= 6 && sigma > spread / 2 && phase !== "memorizing" && phase !== "traps")
      [word, sentence] = ["Noise", `The noise hides most of the shape of the data: σ is more than half their standard deviation, ${shown(spread)}.`];
    byId("phase-word").textContent = word;
    byId("status").dataset.phase = asked ? "" : settings.score === "exact" ? (phase ?? "") : "no-traps";
    byId("phase-sentence").textContent = sentence;
    byId("sigma-now").textContent = shown(sigma);
    byId("copies-now").textContent = asked ? "?" : percent(copies);
    byId("copies-bar").style.width = `${asked ? 0 : 100 * copies}%`;
    axis.show(sigma);
    if (!playing && settings.part === "fall") say(`Noise level ${shown(sigma)}. ${word}.${asked ? "" : ` ${percent(copies)} of the particles are copies of training points.`}`);
  }

  function frame(now) {
    requestAnimationFrame(frame);
    const passed = Math.min(0.1, (now - before) / 1000);
    before = now;
    if (settings.part !== "fall") return;
    if (playing && run) {
      const at = settings.at + PACE * passed;
      go(at, { stop: at >= STEPS });
    }
    if (!dirty) return;
    dirty = false;
    paint(canvas, { points, run, t: sigmaAt(settings.at) ** 2, at: settings.at, trails: !calm(), cursor: pointer.cursor() });
    describe();
  }

  const pointer = pointing(canvas, {
    points: () => points,
    edited: (next) => {
      points = next.slice(0, 400).map(rounded);
      change({ pts: pointsToText(points) });
      renew();
    },
    redraw: () => (dirty = true),
  });

  play.addEventListener("click", () => {
    if (!playing && settings.at >= STEPS) change({ at: 0 });
    setPlaying(!playing);
  });
  byId("step").addEventListener("click", () => go(Math.floor(settings.at) + 1));
  byId("back").addEventListener("click", () => go(Math.ceil(settings.at) - 1));
  byId("rewind").addEventListener("click", () => go(0));
  byId("reseed").addEventListener("click", () => change({ seed: settings.seed + 1 }));
  byId("clear").addEventListener("click", () => {
    points = [];
    change({ pts: "" });
    renew();
  });
  byId("stop-here").addEventListener("click", () => {
    setPlaying(false);
    const text = judgeStop(levels, sigmaAt(settings.at), run ? run.copies[Math.round(settings.at)] : 0);
    byId("stop-answer").replaceChildren(...subscripted(text));
    if (levels) change({ marks: 1 });
  });
  byId("show-marks").addEventListener("click", () => change({ marks: settings.marks === 1 ? 0 : 1 }));
  for (const name of ["data", "score", "method", "n"]) {
    const control = byId(`set-${name}`);
    const text = () => (name === "n" ? Number(control.value) : control.value);
    control.addEventListener("change", () => change(name === "data" || name === "n" ? { [name]: text(), pts: "" } : { [name]: text() }));
  }
  const showControls = () => {
    for (const name of ["data", "score", "method", "n"]) byId(`set-${name}`).value = settings[name];
    byId("score-note").textContent = Object.hasOwn(NOTES, settings.score) ? NOTES[settings.score] : "";
  };
  const keepInside = () => (settings.at = Math.min(STEPS, Math.max(0, settings.at)));
  onChange((names) => {
    keepInside();
    if (names.some((name) => ["data", "n", "pts"].includes(name)) && !(names.length === 1 && names[0] === "pts")) {
      points = pointsOfSettings();
      renew();
    } else if (names.some((name) => ["seed", "score", "method"].includes(name))) askForRun();
    if (names.includes("marks") || names.includes("part")) showMarks();
    if (names.some((name) => name !== "at")) showControls();
    dirty = true;
  });
  onScheme(() => (dirty = true));
  addEventListener("resize", () => (dirty = true));
  if (!SHAPES.includes(settings.data)) settings.data = SHAPES[0];
  keepInside();
  showControls();
  renew();
  setPlaying(false);
  requestAnimationFrame(frame);
  return { levels: () => levels, run: () => run, canvas };
}
