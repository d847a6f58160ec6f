// Marks prices that are too old to act on: dimmed, with the time they are from.

import { clock } from "./formats.js";

// Twice the cadence of the feed in each phase of the market.
const ALLOWED_MS = { open: 60_000, "pre-market": 120_000, "after-hours": 120_000, closed: 600_000 };

/** Whether the next price should have come long ago; `heardAt` in milliseconds of this browser's clock. */
export function overdue(heardAt) {
  const phase = document.querySelector("[data-market-pill]")?.dataset.status;
  return Date.now() - heardAt > (ALLOWED_MS[phase] ?? ALLOWED_MS.open);
}

/** Mark a price cell, or take the mark away. */
export function mark(cell, { stale, at }) {
  cell.classList.toggle("stale", stale);
  if (stale) cell.dataset.asOf = `as of ${clock(at)}`;
  else delete cell.dataset.asOf;
}
