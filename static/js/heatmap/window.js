// Which lines of the map are seen: a window of some of them, moved and zoomed by plain arithmetic.

export const MOST_ZOOM = 8;
export const LEAST_LINES = 12;

/** All lines. */
export function whole(lines) {
  return { from: 0, span: lines };
}

/** The window after zooming by a factor, above 1 closer, with the line at `at` kept in its place. */
export function zoomed(seen, lines, factor, at) {
  const least = Math.min(lines, Math.max(LEAST_LINES, lines / MOST_ZOOM));
  const span = Math.min(lines, Math.max(least, seen.span / factor));
  return clamped({ from: at - ((at - seen.from) * span) / seen.span, span }, lines);
}

/** The window moved by some lines. */
export function moved(seen, lines, by) {
  return clamped({ from: seen.from + by, span: seen.span }, lines);
}

/** The window moved as little as shows this line whole. */
export function showing(seen, lines, line) {
  if (line < seen.from) return clamped({ from: line, span: seen.span }, lines);
  if (line + 1 > seen.from + seen.span) return clamped({ from: line + 1 - seen.span, span: seen.span }, lines);
  return seen;
}

/** The window on other strikes that shows what the one on `before` showed; both descend. */
export function carried(seen, before, after) {
  if (seen.span >= before.length || !before.length) return whole(after.length);
  const middle = lineOf(after, strikeAt(before, seen.from + seen.span / 2));
  const span = Math.min(after.length, seen.span);
  return clamped({ from: middle - span / 2, span }, after.length);
}

/** Where a price stands among descending strikes, in lines: the middle of line n is n + 0.5. */
export function lineOf(strikes, price) {
  const last = strikes.length - 1;
  if (last < 0) return 0;
  if (price >= strikes[0]) return 0.5;
  if (price <= strikes[last]) return last + 0.5;
  const below = strikes.findIndex((strike) => strike < price);
  const [high, low] = [strikes[below - 1], strikes[below]];
  return below - 0.5 + (high - price) / (high - low);
}

function strikeAt(strikes, line) {
  const at = Math.min(strikes.length - 1, Math.max(0, line - 0.5));
  const [above, below] = [Math.floor(at), Math.ceil(at)];
  return strikes[above] + (at - above) * (strikes[below] - strikes[above]);
}

function clamped({ from, span }, lines) {
  return { from: Math.min(lines - span, Math.max(0, from)), span };
}
