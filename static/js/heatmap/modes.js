// What each mode of the heatmap says: its unit, its colours from low to high, and how a value of it prints.

import { compact } from "../formats.js";

const count = (value) => compact(value);
const percent = (value) => (Number.isFinite(value) ? `${(100 * value).toFixed(1)}%` : null);
const contracts = (token) => ({ unit: "contracts, calls and puts", tokens: ["heat-pale", token], print: count });
const exposure = (unit) => ({ unit, tokens: ["heat-negative", "heat-zero", "heat-positive"], signed: true, print: dollars });

export const MODES = {
  volume: { name: "Volume", ...contracts("heat-volume") },
  oi: { name: "Open interest", ...contracts("heat-oi") },
  iv: { name: "IV", unit: "implied volatility, out of the money", tokens: ["heat-calm", "heat-warm", "heat-hot"], print: percent },
  gex: { name: "GEX", ...exposure("$ of delta per 1% move") },
  vanna: { name: "Vanna", ...exposure("$ of delta per volatility point") },
  charm: { name: "Charm", ...exposure("$ of delta per day") },
};

/** `+$1.2M`, `-$340.0K`, `$0`; null when there is no number. */
export function dollars(value) {
  if (!Number.isFinite(value)) return null;
  return `${value < 0 ? "-" : value > 0 ? "+" : ""}$${compact(Math.abs(value))}`;
}
