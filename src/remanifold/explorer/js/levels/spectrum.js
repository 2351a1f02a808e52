// The energy levels as lines, the largest weights as bars.
import { colours } from "../look/colours.js";
import { fittedTo } from "../look/canvas.js";
import { shown } from "../look/dom.js";

const [TOP, BOTTOM, LEFT] = [34, 16, 14];
const [BINS, SHOWN] = [44, 10];

// Draw levels (per dimension) and weights; `own` is the level that made x, or -1; `span` [low, high] of the energy axis.
export function paintSpectrum(canvas, { levels, weights, own, span }) {
  const [width, height] = fittedTo(canvas);
  const context = canvas.getContext("2d");
  const look = colours();
  const [low, high] = span;
  const toY = (energy) => height - BOTTOM - ((height - TOP - BOTTOM) * (energy - low)) / (high - low);
  const [lines, bars] = [width * 0.34, width * 0.46];
  context.clearRect(0, 0, width, height);
  context.font = "600 13px system-ui, sans-serif";
  context.fillStyle = look.muted;
  context.fillText("energy levels", LEFT, 18);
  context.fillText("ten largest weights", bars, 18);

  const counts = new Float64Array(BINS);
  for (const energy of levels) {
    const bin = Math.floor((BINS * (energy - low)) / (high - low));
    if (bin >= 0 && bin < BINS) counts[bin]++;
  }
  const most = Math.max(...counts);
  context.fillStyle = look.accent;
  context.globalAlpha = 0.13;
  counts.forEach((count, bin) => {
    const [from, to] = [toY(low + ((high - low) * bin) / BINS), toY(low + ((high - low) * (bin + 1)) / BINS)];
    context.fillRect(LEFT, to, (lines * count) / most, from - to);
  });
  for (let mu = levels.length - 1; mu >= 0; mu--) {
    const isOwn = mu === own;
    context.globalAlpha = isOwn ? 1 : Math.max(0.25, Math.min(1, 40 / levels.length));
    context.strokeStyle = isOwn ? look.collapse : look.accent;
    context.lineWidth = isOwn ? 3 : 1;
    const y = toY(levels[mu]);
    if (y < TOP - 6) continue;
    context.beginPath();
    context.moveTo(LEFT, y);
    context.lineTo(LEFT + lines, y);
    context.stroke();
  }
  const heaviest = Array.from(weights.keys()).sort((a, b) => weights[b] - weights[a]).slice(0, SHOWN);
  heaviest.sort((a, b) => levels[a] - levels[b]);
  const step = (height - TOP - BOTTOM) / SHOWN;
  heaviest.forEach((mu, k) => {
    const y = height - BOTTOM - step * (k + 0.5);
    const colour = mu === own ? look.collapse : look.accent;
    context.globalAlpha = 0.45;
    context.strokeStyle = colour;
    context.lineWidth = 1;
    context.beginPath();
    context.moveTo(LEFT + lines, toY(levels[mu]));
    context.lineTo(bars - 4, y);
    context.stroke();
    context.globalAlpha = 1;
    context.fillStyle = colour;
    const bar = Math.max(1, weights[mu] * (width - bars - 66));
    context.fillRect(bars, y - step * 0.3, bar, step * 0.6);
    context.fillStyle = look.ink;
    if (weights[mu] >= 0.001) context.fillText(`${shown(100 * weights[mu])}\u00a0%`, bars + bar + 6, y + 5);
  });
  context.globalAlpha = 1;
}
