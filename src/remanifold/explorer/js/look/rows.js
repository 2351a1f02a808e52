// Rows of data: out of the page's text, and as pictures, or as lines where they are none.
import { element } from "./dom.js";
import { colours } from "./colours.js";

export function bytesOf(text) {
  return Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
}

// Height, width and channels of a row of this shape, and where channels stand; null where it is none.
export function pictureShape(shape) {
  const [a, b, c] = shape;
  if (shape.length === 2) return { height: a, width: b, channels: 1, first: true };
  if (a === 1 || a === 3) return { height: b, width: c, channels: a, first: true };
  return c === 1 || c === 3 ? { height: a, width: b, channels: c, first: false } : null;
}

function paintPicture(canvas, values, { height, width, channels, first }, [low, high], inverted) {
  canvas.width = width;
  canvas.height = height;
  const context = canvas.getContext("2d");
  const image = context.createImageData(width, height);
  for (let pixel = 0; pixel < height * width; pixel++)
    for (let k = 0; k < 3; k++) {
      const channel = channels === 3 ? k : 0;
      const value = values[first ? channel * height * width + pixel : pixel * channels + channel];
      const part = Math.min(1, Math.max(0, (value - low) / (high - low)));
      image.data[4 * pixel + k] = 255 * (inverted ? 1 - part : part);
    }
  for (let pixel = 0; pixel < height * width; pixel++) image.data[4 * pixel + 3] = 255;
  context.putImageData(image, 0, 0);
}

function paintLine(canvas, values, [low, high]) {
  const [width, height] = [(canvas.width = 160), (canvas.height = 160)];
  canvas.classList.add("of-line");
  const [context, look] = [canvas.getContext("2d"), colours()];
  context.strokeStyle = look.accent;
  context.lineWidth = 4;
  context.beginPath();
  const last = Math.max(1, values.length - 1);
  values.forEach((value, k) => context.lineTo(4 + ((width - 8) * k) / last, height - 8 - ((height - 16) * (value - low)) / (high - low)));
  context.stroke();
}

// A canvas that shows `values`, unspoken without a label; `kind` is {shape, span: [low, high], inverted}, shape as `pictureShape` gives it or null.
export function rowPicture(values, kind, label) {
  const spoken = label ? { role: "img", "aria-label": label } : { "aria-hidden": "true" };
  const canvas = element("canvas", { class: "row-picture", ...spoken });
  if (kind.shape) paintPicture(canvas, values, kind.shape, kind.span, kind.inverted);
  else paintLine(canvas, Array.from(values), kind.span);
  return canvas;
}
