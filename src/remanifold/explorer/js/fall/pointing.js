// Training points by mouse, finger and keyboard: drag one, add one, draw a line of them, take one away.
import { EXTENT } from "./shapes.js";
import { toPlane } from "./stage.js";

const REACH = 16; // pixels in which a point is taken hold of
const GAP = 0.09; // between the points of a drawn line, data units
const STRIDE = EXTENT / 40; // of an arrow key

// Listens on `canvas`; `place` has points() and edited(points), which is called after each change.
export function pointing(canvas, place) {
  let held = -1;
  let drawing = null;
  const cursor = [0, 0];
  let shown = false;

  const nearest = (x, y) => {
    const points = place.points();
    let [best, least] = [-1, Infinity];
    for (let k = 0; k < points.length; k += 2) {
      const distance = Math.hypot(points[k] - x, points[k + 1] - y);
      if (distance < least) [best, least] = [k, distance];
    }
    return { at: best, distance: least };
  };
  const where = (event) => {
    const box = canvas.getBoundingClientRect();
    return toPlane(event.clientX - box.left, event.clientY - box.top, box.width);
  };
  const reach = () => (REACH / canvas.clientWidth) * 2 * EXTENT;
  const add = (x, y) => place.edited([...place.points(), x, y]);
  const remove = (at) => at >= 0 && place.edited(place.points().filter((_, k) => k !== at && k !== at + 1));
  const move = (at, x, y) => place.edited(place.points().map((value, k) => (k === at ? x : k === at + 1 ? y : value)));

  canvas.addEventListener("pointerdown", (event) => {
    const [x, y] = where(event);
    const { at, distance } = nearest(x, y);
    canvas.setPointerCapture(event.pointerId);
    shown = false;
    if (distance < reach()) {
      if (event.altKey || event.button === 2) return void remove(at);
      held = at;
    } else {
      add(x, y);
      drawing = [x, y];
    }
    event.preventDefault();
    canvas.focus({ preventScroll: true });
  });
  canvas.addEventListener("pointermove", (event) => {
    const [x, y] = where(event);
    if (held >= 0) move(held, x, y);
    else if (drawing && Math.hypot(x - drawing[0], y - drawing[1]) > GAP) {
      add(x, y);
      drawing = [x, y];
    } else canvas.style.cursor = nearest(x, y).distance < reach() ? "grab" : "crosshair";
  });
  const release = () => ([held, drawing] = [-1, null]);
  canvas.addEventListener("pointerup", release);
  canvas.addEventListener("pointercancel", release);
  canvas.addEventListener("contextmenu", (event) => event.preventDefault());
  canvas.addEventListener("dblclick", (event) => {
    const [x, y] = where(event);
    const found = nearest(x, y);
    if (found.distance < reach()) remove(found.at);
  });
  canvas.addEventListener("blur", () => {
    shown = false;
    place.redraw();
  });
  canvas.addEventListener("keydown", (event) => {
    const step = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] }[event.key];
    const found = nearest(...cursor);
    if (step) {
      const grabbed = event.shiftKey && found.distance < 2 * STRIDE ? found.at : -1;
      for (const k of [0, 1]) cursor[k] = Math.max(-EXTENT, Math.min(EXTENT, cursor[k] + STRIDE * step[k]));
      if (grabbed >= 0) move(grabbed, ...cursor);
    } else if (event.key === "Enter") add(...cursor);
    else if (event.key === "Delete" || event.key === "Backspace") found.distance < 2 * STRIDE && remove(found.at);
    else return;
    shown = true;
    event.preventDefault();
    place.redraw();
  });
  return { cursor: () => (shown ? cursor : null) };
}
