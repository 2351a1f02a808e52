// What one sees, to pass on: a link, a frame for another page, a picture.
import { byId, element, say } from "./dom.js";
import { addressOf, settings } from "./settings.js";

const base = () => location.href.split("#")[0];

function give(text, what) {
  const box = byId("shared");
  const field = element("input", { readonly: "", value: text, "aria-label": what });
  box.replaceChildren(field);
  box.hidden = false;
  field.focus();
  field.select();
  const copied = navigator.clipboard?.writeText(text) ?? Promise.reject();
  copied.then(() => say(`${what} copied`), () => say(`${what}: copy it from the field`));
}

function savePicture(canvas) {
  const flat = element("canvas", { width: canvas.width, height: canvas.height });
  const context = flat.getContext("2d");
  context.fillStyle = getComputedStyle(document.body).getPropertyValue("--card");
  context.fillRect(0, 0, flat.width, flat.height);
  context.drawImage(canvas, 0, 0);
  element("a", { href: flat.toDataURL("image/png"), download: `remanifold-${settings.part}.png` }).click();
}

// An SVG as it looks now: its styles are written into a copy, which is drawn on a canvas and saved.
function saveDrawing(drawing) {
  const copy = drawing.cloneNode(true);
  const [from, to] = [drawing, copy].map((one) => [one, ...one.querySelectorAll("*")]);
  from.forEach((one, k) => {
    const style = getComputedStyle(one);
    for (const name of ["fill", "stroke", "stroke-width", "stroke-dasharray", "font-size", "font-family", "opacity"]) to[k].style.setProperty(name, style.getPropertyValue(name));
  });
  const { width, height } = drawing.getBoundingClientRect();
  copy.setAttribute("xmlns", "http://www.w3.org/2000/svg");
  const image = new Image();
  image.onload = () => {
    const canvas = element("canvas", { width: 2 * width, height: 2 * height });
    canvas.getContext("2d").drawImage(image, 0, 0, 2 * width, 2 * height);
    savePicture(canvas);
  };
  image.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(new XMLSerializer().serializeToString(copy))}`;
}

// `pictures` says for a part which canvas or drawing is its picture.
export function startSharing(pictures) {
  byId("share-link").addEventListener("click", () => give(base() + addressOf(), "Link"));
  byId("share-embed").addEventListener("click", () => {
    const source = base() + addressOf({ embed: 1 });
    give(`<iframe src="${source}" width="100%" height="900" style="border:0" title="remanifold explorer"></iframe>`, "Code of a frame");
  });
  byId("share-picture").addEventListener("click", () => {
    const picture = pictures[settings.part]?.();
    if (picture instanceof HTMLCanvasElement) savePicture(picture);
    else if (picture) saveDrawing(picture);
    else say("This part has no picture");
  });
}
