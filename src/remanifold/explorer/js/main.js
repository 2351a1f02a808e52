// The page: one part at a time, chosen by the address.
import { empiricalScore } from "./math/posterior.js";
import { noiseLevels } from "./math/noise_levels.js";
import { stepDown } from "./math/sampler.js";
import { byId, hush } from "./look/dom.js";
import { startSharing } from "./look/sharing.js";
import { change, onChange, settings, startSettings } from "./look/settings.js";
import { startFall } from "./fall/fall.js";
import { startLevels } from "./levels/levels.js";
import { networkMean } from "./math/network.js";
import { startDigits } from "./digits/digits.js";
import { startTasks } from "./tasks/tasks.js";
import { startOwn } from "./own/own.js";
import { startStructure } from "./structure/structure.js";

const PARTS = ["fall", "levels", "structure", "digits", "own", "tasks", "teach"];

function showPart() {
  if (!PARTS.includes(settings.part)) settings.part = PARTS[0];
  scrollTo({ top: 0 });
  hush();
  byId("share-picture").hidden = ["tasks", "teach"].includes(settings.part) || facts[settings.part] === null;
  document.body.classList.toggle("embedded", settings.embed === 1);
  for (const part of PARTS) {
    byId(`part-${part}`).hidden = part !== settings.part;
    const link = byId(`to-${part}`);
    if (part === settings.part) {
      link.setAttribute("aria-current", "page");
      link.parentElement.scrollLeft = link.offsetLeft - link.parentElement.offsetLeft; // on a phone the row of parts scrolls
    } else link.removeAttribute("aria-current");
  }
}

function startLinks() {
  for (const link of document.querySelectorAll("[data-part]"))
    link.addEventListener("click", (event) => {
      event.preventDefault();
      change({ part: link.dataset.part });
    });
}

startSettings();
const facts = JSON.parse(byId("explorer-data").textContent);
showPart();
onChange((names) => names.includes("part") || names.includes("embed") ? showPart() : null);
startLinks();
const fall = startFall();
const levels = startLevels();
const structure = startStructure(facts.tables);
const digits = startDigits(facts.digits);
const own = startOwn(facts.own);
startTasks({ fall, structure, digits });
startSharing({ fall: () => fall.canvas, levels: () => levels.canvas, structure: () => structure.drawing(), digits: () => digits?.picture(), own: () => own?.picture() });
globalThis.explorer = { empiricalScore, noiseLevels, stepDown, fall, levels, structure, digits, own, networkMean, settings, facts };
