// The chart's bars: guarded when they arrive, and the last one kept live without ever going back in time.

const STEP_S = { "1m": 60, "5m": 300, "15m": 900, "1h": 3600, "4h": 14_400 };

/** Bars sorted by time, one a time (the later wins), without those that have a non-finite price. */
export function guarded(bars) {
  const byTime = new Map();
  for (const bar of bars) {
    if ([bar.time, bar.open, bar.high, bar.low, bar.close].every(Number.isFinite)) byTime.set(bar.time, bar);
  }
  return [...byTime.values()].sort((one, other) => one.time - other.time);
}

/**
 * Fold a price into the bars: it widens the last bar or opens the next one on its boundary.
 * Returns the bar that changed, or null when the price belongs to no bar of this chart.
 */
export function folded(bars, { price, at }, frame, session) {
  const time = startOf(bars.at(-1), Math.floor(at / 1000), frame, session);
  if (time === null || !Number.isFinite(price)) return null;
  const last = bars.at(-1);
  if (last && time < last.time) return null;
  if (last?.time === time) {
    Object.assign(last, { close: price, high: Math.max(last.high, price), low: Math.min(last.low, price) });
    return last;
  }
  const bar = { time, open: price, high: price, low: price, close: price, volume: 0 };
  bars.push(bar);
  return bar;
}

function startOf(last, second, frame, session) {
  if (!session || second < session.open || second >= session.close) return null;
  if (frame === "1D") return session.day;
  const step = STEP_S[frame];
  const anchor = last && last.time >= session.open ? last.time : session.open;
  return second < anchor ? null : anchor + Math.floor((second - anchor) / step) * step;
}
