// The density of the noised rows in the plane, on a square grid. A Gaussian factorizes over x and y, so that a row costs
// 2 * size exponentials instead of size^2.

// size x size values of p_t over [-extent, extent]^2, the first row at the top, scaled to a maximum of 1.
export function planeDensity(rows, t, size, extent) {
  const count = rows.length / 2;
  const [across, down] = [new Float64Array(size * count), new Float64Array(size * count)];
  const scale = -0.5 / t;
  for (let mu = 0; mu < count; mu++)
    for (let k = 0; k < size; k++) {
      const place = ((k + 0.5) / size) * 2 * extent - extent;
      across[mu * size + k] = Math.exp(scale * (place - rows[2 * mu]) ** 2);
      down[mu * size + k] = Math.exp(scale * (-place - rows[2 * mu + 1]) ** 2);
    }
  const values = new Float64Array(size * size);
  for (let mu = 0; mu < count; mu++)
    for (let j = 0; j < size; j++) {
      const weight = down[mu * size + j];
      if (weight < 1e-12) continue;
      const base = mu * size;
      for (let i = 0; i < size; i++) values[j * size + i] += weight * across[base + i];
    }
  let top = 0;
  for (const value of values) if (value > top) top = value;
  if (top > 0) for (let k = 0; k < values.length; k++) values[k] /= top;
  return values;
}
