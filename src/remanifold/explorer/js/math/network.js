// The shipped networks in the page: `remanifold.networks.ResidualMLP`, residual layers under EDM's preconditioning
// (arXiv 2206.00364), read from their safetensors file.

const [WAVES, SHORTEST, LONGEST] = [8, 1, 16]; // waves of ln(sigma / sigma_data), their periods
const LEVELS = [-5, 3]; // of ln(sigma / sigma_data)
const EPSILON = 1e-5; // of the layer norm

function halfToNumber(bits) {
  const [sign, exponent, fraction] = [bits & 0x8000 ? -1 : 1, (bits >> 10) & 31, bits & 1023];
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 31) return fraction ? NaN : sign * Infinity;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

// {name: Float32Array} and the configuration of a network's file (bytes).
export function readNetwork(bytes) {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const length = Number(view.getBigUint64(0, true));
  const header = JSON.parse(new TextDecoder().decode(bytes.subarray(8, 8 + length)));
  const weights = {};
  for (const [name, entry] of Object.entries(header)) {
    if (name === "__metadata__") continue;
    const [start, end] = entry.data_offsets.map((offset) => offset + 8 + length);
    const half = entry.dtype === "F16";
    weights[name] = Float32Array.from({ length: (end - start) / (half ? 2 : 4) }, (_, k) =>
      half ? halfToNumber(view.getUint16(start + 2 * k, true)) : view.getFloat32(start + 4 * k, true),
    );
  }
  return { weights, config: JSON.parse(header.__metadata__.remanifold).config };
}

function linear(weights, name, input) {
  const [matrix, bias] = [weights[`${name}.weight`], weights[`${name}.bias`]];
  const width = input.length;
  return Float64Array.from(bias, (value, row) => {
    let sum = value;
    for (let k = 0, at = row * width; k < width; k++, at++) sum += matrix[at] * input[k];
    return sum;
  });
}

function layerNorm(weights, name, input) {
  const mean = input.reduce((sum, value) => sum + value, 0) / input.length;
  const variance = input.reduce((sum, value) => sum + (value - mean) ** 2, 0) / input.length;
  const scale = 1 / Math.sqrt(variance + EPSILON);
  return input.map((value, k) => (value - mean) * scale * weights[`${name}.weight`][k] + weights[`${name}.bias`][k]);
}

const silu = (value) => value / (1 + Math.exp(-value));

// Embedding of the noise level: waves of ln(sigma / sigma_data), one layer.
function embedding({ weights, config }, t) {
  const relative = Math.min(LEVELS[1], Math.max(LEVELS[0], 0.5 * Math.log(t) - Math.log(config.sigma_data)));
  const angles = Array.from({ length: WAVES }, (_, k) => relative * ((2 * Math.PI) / LONGEST) * (LONGEST / SHORTEST) ** (k / (WAVES - 1)));
  return linear(weights, "level", [...angles.map(Math.sin), ...angles.map(Math.cos)]).map(silu);
}

// The network's posterior mean at x for noise variance t.
export function networkMean(network, x, t) {
  const { weights, config } = network;
  const [data, centre] = [config.sigma_data ** 2, weights.centre];
  const total = t + data;
  const level = embedding(network, t);
  let h = linear(weights, "first", Array.from(x, (value, k) => (value - centre[k]) / Math.sqrt(total)));
  for (let block = 0; block < config.depth; block++) {
    const modulation = linear(weights, `blocks.${block}.modulation`, level);
    const inner = layerNorm(weights, `blocks.${block}.norm`, h).map((value, k) => value * (1 + modulation[k]) + modulation[h.length + k]);
    const added = linear(weights, `blocks.${block}.second`, linear(weights, `blocks.${block}.first`, inner).map(silu));
    h = h.map((value, k) => value + added[k]);
  }
  const last = linear(weights, "last", layerNorm(weights, "norm", h));
  return last.map((value, k) => centre[k] + (data / total) * (x[k] - centre[k]) + Math.sqrt((t * data) / total) * value);
}
