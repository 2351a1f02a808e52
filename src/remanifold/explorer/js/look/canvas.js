// Canvases as sharp as the screen.

// Fit the canvas to its place; returns width and height in CSS pixels, in which one then draws.
export function fittedTo(canvas) {
  const [width, height] = [canvas.clientWidth, canvas.clientHeight];
  const sharp = Math.min(2, devicePixelRatio || 1);
  if (canvas.width !== Math.round(width * sharp) || canvas.height !== Math.round(height * sharp)) {
    canvas.width = Math.round(width * sharp);
    canvas.height = Math.round(height * sharp);
  }
  canvas.getContext("2d").setTransform(sharp, 0, 0, sharp, 0, 0);
  return [width, height];
}
