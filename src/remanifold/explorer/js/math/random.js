// Random numbers that belong to (seed, index, step): the same whatever was asked before, so that a run can be rewound.

const TWO_PI = 2 * Math.PI;

function mix(value) {
  let h = value | 0;
  h = Math.imul(h ^ (h >>> 16), 0x7feb352d);
  h = Math.imul(h ^ (h >>> 15), 0x846ca68b);
  return (h ^ (h >>> 16)) >>> 0;
}

// A function that gives uniform numbers in (0, 1), always the same ones for the same three whole numbers.
export function uniforms(seed, index, step) {
  let state = mix(mix(mix(seed + 0x9e3779b9) ^ (index + 0x85ebca6b)) ^ (step + 0xc2b2ae35));
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let h = Math.imul(state ^ (state >>> 15), 1 | state);
    h = (h + Math.imul(h ^ (h >>> 7), 61 | h)) ^ h;
    return (((h ^ (h >>> 14)) >>> 0) + 0.5) / 4294967296;
  };
}

// `count` standard normal numbers (Box and Muller).
export function normals(seed, index, step, count) {
  const draw = uniforms(seed, index, step);
  const out = new Float64Array(count);
  for (let k = 0; k < count; k += 2) {
    const radius = Math.sqrt(-2 * Math.log(draw()));
    const angle = TWO_PI * draw();
    out[k] = radius * Math.cos(angle);
    if (k + 1 < count) out[k + 1] = radius * Math.sin(angle);
  }
  return out;
}
