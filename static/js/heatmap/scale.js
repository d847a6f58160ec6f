// From values to places on a colour bar, 0 to 1: linear between the 2nd and 98th percentile, or by rank.

const [LOWEST, HIGHEST] = [0.02, 0.98];

/**
 * The scale of some values, those that are null left out. A signed one has 0 in its middle.
 *
 * `place(value)` is where a value stands, null for one that is not known; `at(place)` is the value that stands there.
 */
export function makeScale(values, { signed = false, rank = false } = {}) {
  const known = values.filter(Number.isFinite);
  const sorted = Float64Array.from(signed && rank ? known.map(Math.abs) : known).sort();
  const made = rank ? byRank(sorted) : linear(signed ? around0(sorted) : [quantile(sorted, LOWEST), quantile(sorted, HIGHEST)]);
  const whole = signed && rank ? mirrored(made) : made;
  return { place: (value) => (Number.isFinite(value) ? whole.place(value) : null), at: sorted.length ? whole.at : () => null };
}

/** The value below which a share of the sorted values lies, between two of them where it falls between. */
export function quantile(sorted, share) {
  if (!sorted.length) return NaN;
  const at = share * (sorted.length - 1);
  const below = Math.floor(at);
  const above = Math.min(below + 1, sorted.length - 1);
  return sorted[below] + (at - below) * (sorted[above] - sorted[below]);
}

function linear([low, high]) {
  const width = high - low;
  return {
    place: (value) => (width > 0 ? Math.min(1, Math.max(0, (value - low) / width)) : value > high ? 1 : value < low ? 0 : 0.5),
    at: (place) => low + place * width,
  };
}

function around0(sorted) {
  const limit = Math.max(Math.abs(quantile(sorted, LOWEST)), Math.abs(quantile(sorted, HIGHEST)));
  return [-limit, limit];
}

// Equals stand where the first of them does, so that the many zeros of a quiet chain are all the lowest.
function byRank(sorted) {
  const last = Math.max(1, sorted.length - 1);
  return { place: (value) => below(sorted, value) / last, at: (place) => quantile(sorted, place) };
}

// Ranks of the sizes, on the side of the sign.
function mirrored({ place, at }) {
  return {
    place: (value) => 0.5 + 0.5 * Math.sign(value) * place(Math.abs(value)),
    at: (where) => Math.sign(where - 0.5) * at(Math.abs(2 * where - 1)),
  };
}

// How many are smaller.
function below(sorted, value) {
  let [low, high] = [0, sorted.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (sorted[middle] < value) low = middle + 1;
    else high = middle;
  }
  return low;
}
