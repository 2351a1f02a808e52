// The page's colours as a canvas needs them; they follow light and dark.

let known = null;
const dark = matchMedia("(prefers-color-scheme: dark)");
dark.addEventListener("change", () => (known = null));

export function colours() {
  if (!known) {
    const style = getComputedStyle(document.documentElement);
    const names = ["page", "card", "ink", "muted", "line", "collapse", "onset", "generalization", "accent", "training", "samples"];
    known = Object.fromEntries(names.map((name) => [name, style.getPropertyValue(`--${name}`).trim()]));
    known.dark = dark.matches;
  }
  return known;
}

export function onScheme(tell) {
  dark.addEventListener("change", tell);
}

// Red, green, blue of "#rrggbb".
export function channels(colour) {
  return [1, 3, 5].map((at) => parseInt(colour.slice(at, at + 2), 16));
}
