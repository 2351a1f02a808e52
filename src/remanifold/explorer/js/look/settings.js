// Every setting of the page stands in its address after #: a link brings back what one sees.

const DEFAULTS = {
  part: "fall", seed: 1, embed: 0,
  data: "moons", n: 30, pts: "", score: "exact", method: "sde", at: 0, marks: 0,
  dim: 10, points: 400, view: "own", level: 1.2,
  ambient: 64, latent: 8, logp: 3, activation: "linear",
  digit: 3, model: "exact", size: "100", noise: 0.8, round: 0, own: 0, ownnoise: -1, done: "",
};
const DELAY = 300; // ms; browsers allow few changes of the address a second

export const settings = { ...DEFAULTS };
const listeners = [];
let timer = 0;

function readAddress() {
  const given = new URLSearchParams(location.hash.slice(1));
  for (const [name, usual] of Object.entries(DEFAULTS)) {
    const text = given.get(name);
    if (text === null) settings[name] = usual;
    else if (typeof usual === "string") settings[name] = text.slice(0, 4000);
    else settings[name] = Number.isFinite(Number(text)) && text !== "" ? Number(text) : usual;
  }
}

export function addressOf(changes = {}) {
  const all = { ...settings, ...changes };
  const kept = Object.entries(all).filter(([name, value]) => value !== DEFAULTS[name] || name === "part");
  return "#" + kept.map(([name, value]) => `${name}=${encodeURIComponent(value)}`).join("&");
}

function writeAddress(how = "replaceState") {
  try {
    history[how](null, "", addressOf());
  } catch {
    location.hash = addressOf(); // where the page may not rewrite its history
  }
}

// Change settings; everybody who listens is told, and the address follows.
export function change(changes) {
  Object.assign(settings, changes);
  clearTimeout(timer);
  if ("part" in changes) writeAddress("pushState"); // so that the browser's way back leads to the part before
  else timer = setTimeout(() => writeAddress(), DELAY);
  for (const tell of listeners) tell(Object.keys(changes));
}

export function onChange(tell) {
  listeners.push(tell);
}

export function startSettings() {
  readAddress();
  addEventListener("hashchange", () => {
    readAddress();
    for (const tell of listeners) tell(Object.keys(DEFAULTS));
  });
}
