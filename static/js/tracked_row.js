// Repaints a row's distances and its place between stop and target when the price moves.

import { change, changePercent, numberOf } from "./formats.js";

/** Paint what follows from the price; the price itself is painted by prices.js. */
export function paintRow(row, { price }) {
  for (const cell of row.querySelectorAll("[data-far]")) {
    const level = numberOf(row.dataset[cell.dataset.far]);
    if (level !== null) cell.textContent = distance(level, price);
  }
  const track = row.querySelector("[data-track]");
  if (track) place(track, progress(numberOf(row.dataset.stop), numberOf(row.dataset.target), price));
}

/** Where a price stands between stop (0) and target (1), clamped. */
export function progress(stop, target, price) {
  return Math.min(1, Math.max(0, (price - stop) / (target - stop)));
}

function distance(level, price) {
  return `${change(level - price)} pts (${changePercent(((level - price) / price) * 100)})`;
}

function place(track, share) {
  const mark = track.querySelector("[data-track-now]");
  mark.setAttribute("cx", `${(share * 100).toFixed(2)}%`);
  mark.removeAttribute("hidden");
  track.querySelector("[data-track-label]").setAttribute("aria-label", `${Math.round(share * 100)}% of the way from stop to target`);
}
