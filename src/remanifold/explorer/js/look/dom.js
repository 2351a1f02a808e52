// Small helpers to build and find elements, and to say things to those who do not see the pictures.

export const byId = (id) => document.getElementById(id);

export const calm = () => matchMedia("(prefers-reduced-motion: reduce)").matches;

const SVG = "http://www.w3.org/2000/svg";

// An element with attributes and children (texts or elements).
export function element(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.append(...children);
  return made;
}

export function svg(name, attributes = {}, ...children) {
  const made = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.append(...children);
  return made;
}

// A number in at most three digits.
export function shown(value) {
  if (value === null || !Number.isFinite(value)) return "–";
  const size = Math.abs(value);
  if (size !== 0 && (size < 0.001 || size >= 1e5)) return value.toExponential(1).replace("e+", "e");
  return size >= 100 ? value.toFixed(0) : String(Number(value.toPrecision(3)));
}

// A number of things, as one says it.
export const about = (value) => (value < 10 ? value.toFixed(1) : value.toFixed(0));

export const percent = (share) => `${Math.round(100 * share)}\u00a0%`;

// A number with its standard error in two digits, the number in as many decimals.
export function measured(value, error) {
  if (!(error > 0) || !Number.isFinite(error)) return shown(value);
  const decimals = Math.max(0, 1 - Math.floor(Math.log10(error)));
  return `${value.toFixed(decimals)}\u00a0±\u00a0${error.toFixed(decimals)}`;
}

// Sigma of a level with its standard error, which may not be known.
export const withError = (level) => (level ? measured(level.sigma, (level.sigma * level.logError) / 2) : "none found");

// A text in which σg, σc, σo and σG have their letters below the line, as children of an element.
export function subscripted(text) {
  return text.split(/(σ[gcoG])(?![a-z])/).map((part) => (/^σ[gcoG]$/.test(part) ? element("span", {}, "σ", element("sub", {}, part[1])) : part));
}

let lastSaid = "";
let timer = 0;

// Speak through the page's live region, once things have come to rest.
export function say(text) {
  clearTimeout(timer);
  timer = setTimeout(() => {
    if (text !== lastSaid) byId("spoken").textContent = lastSaid = text;
  }, 700);
}

// Take back what was said or is about to be: it was about a part that the reader has left.
export function hush() {
  clearTimeout(timer);
  byId("spoken").textContent = lastSaid = "";
}

// A table with a caption: `columns` are headings, `rows` arrays of texts.
export function tableOf(caption, columns, rows) {
  const head = element("tr", {}, ...columns.map((text) => element("th", { scope: "col" }, ...subscripted(text))));
  const body = rows.map(([first, ...rest]) =>
    element("tr", {}, element("th", { scope: "row" }, ...subscripted(first)), ...rest.map((text) => element("td", {}, ...subscripted(text)))),
  );
  return element(
    "table", {}, element("caption", {}, caption), element("thead", {}, head), element("tbody", {}, ...body),
  );
}
