// The theory's tables, read between their entries. Logarithms of t D / N over log(P)/D and D/N, as Python computed them.

// Value of a curve (values may be null) at x on ascending knots: cubic through the neighbours (Catmull and Rom) where all
// four are known, else linear; null beyond the ends or beside a null.
export function curveAt(knots, values, x) {
  if (!(x >= knots[0] - 1e-9 && x <= knots.at(-1) + 1e-9)) return null;
  let k = knots.findIndex((knot) => knot >= x);
  k = Math.min(Math.max(k === -1 ? knots.length - 1 : k, 1), knots.length - 1);
  const [a, b] = [values[k - 1], values[k]];
  if (a === null || b === null) return null;
  const width = knots[k] - knots[k - 1];
  const part = (x - knots[k - 1]) / width;
  const slope = (from, to) => (values[to] === undefined || values[from] === undefined || values[to] === null || values[from] === null ? (b - a) / width : (values[to] - values[from]) / (knots[to] - knots[from]));
  const [before, after] = [slope(k - 2 < 0 ? k - 1 : k - 2, k) * width, slope(k - 1, k + 1 < knots.length ? k + 1 : k) * width];
  const [square, cube] = [part * part, part ** 3];
  return (2 * cube - 3 * square + 1) * a + (cube - 2 * square + part) * before + (3 * square - 2 * cube) * b + (cube - square) * after;
}

// Linear between two neighbours, for the coordinate in which tables change slowly; null beyond the ends.
function linearAt(knots, of, x) {
  if (!(x >= knots[0] - 1e-9 && x <= knots.at(-1) + 1e-9)) return null;
  const k = Math.min(Math.max(knots.findIndex((knot) => knot >= x - 1e-9), 1), knots.length - 1);
  const part = Math.min(1, Math.max(0, (x - knots[k - 1]) / (knots[k] - knots[k - 1])));
  const [a, b] = [part < 1 ? of(k - 1) : 0, part > 0 ? of(k) : 0];
  return a === null || b === null ? null : (1 - part) * a + part * b;
}

const logs = (values) => values.map(Math.log);

// log(t D / N) in the limit of large dimension; `name` is "t_onset", "t_collapse" or "t_generalization".
export function limitLog(tables, activation, name, latent, ambient, logPoints) {
  const table = tables.limit[activation][name];
  const load = Math.log(logPoints / latent);
  return linearAt(logs(tables.ratios), (row) => curveAt(logs(tables.loads), table[row], load), Math.log(latent / ambient));
}

// The same at finite size: the limit plus a correction that changes slowly with D, D/N and P. Null where no table reaches:
// nonlinear maps are sampled up to `most_ambient` numbers a row only.
export function finiteLog(tables, activation, name, latent, ambient, logPoints) {
  const table = tables.finite[activation];
  if (!table || ambient > (table.most_ambient ?? Infinity)) return null;
  const { latent_dims: dims, ratios, log10_points: powers } = table;
  const correction = (i, j) => {
    const values = powers.map((power, k) => {
      const [value, limit] = [table[name][i][j][k], limitLog(tables, activation, name, dims[i], dims[i] / ratios[j], power * Math.LN10)];
      return value === null || limit === null ? null : value - limit;
    });
    return curveAt(powers, values, logPoints / Math.LN10);
  };
  const added = linearAt(logs(dims), (i) => linearAt(logs(ratios), (j) => correction(i, j), Math.log(latent / ambient)), Math.log(latent));
  const limit = limitLog(tables, activation, name, latent, ambient, logPoints);
  return added === null || limit === null ? null : limit + added;
}

// Numbers of the entries of a table around a place: of D, of D/N, of P.
function placesAround(table, latent, ambient, logPoints) {
  const around = (knots, x) => {
    const above = knots.findIndex((knot) => knot >= x - 1e-9);
    return above < 0 ? [knots.length - 1] : above === 0 ? [0] : [above - 1, above];
  };
  return [around(table.latent_dims, latent), around(table.ratios, latent / ambient), around(table.log10_points, logPoints / Math.LN10)];
}

// Why there is no time of this very size, in words; empty where no reason is known. An entry's reason is the engine's own.
export function finiteReason(tables, activation, latent, ambient, logPoints) {
  const table = tables.finite[activation];
  if (!table?.why) return "";
  const [most, least] = [table.latent_dims.at(-1), table.ratios[0]];
  if (ambient > table.most_ambient) return `such data were sampled up to N\u00a0=\u00a0${table.most_ambient}`;
  if (latent > most) return `such data were sampled up to D\u00a0=\u00a0${most}`;
  if (latent / ambient < least - 1e-9) return `such data were sampled up to ${1 / least} numbers a direction`;
  const places = placesAround(table, latent, ambient, logPoints);
  const found = places[0].flatMap((i) => places[1].flatMap((j) => places[2].map((k) => table.why[i][j][k])));
  return found.filter((reason) => reason).at(-1) ?? "";
}

// Standard error of log(t D / N) there: the largest of the entries around it; 0 where the table is exact.
export function finiteError(tables, activation, name, latent, ambient, logPoints) {
  const table = tables.finite[activation];
  const errors = table?.[`${name}_error`];
  if (!errors) return 0;
  const places = placesAround(table, latent, ambient, logPoints);
  const found = places[0].flatMap((i) => places[1].flatMap((j) => places[2].map((k) => errors[i][j][k])));
  return Math.max(0, ...found.filter((error) => error !== null));
}
