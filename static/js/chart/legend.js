// The legend: bar under the crosshair, overlays' values there, distance to the nearest level.

import { change, changePercent, compact, dash, direction, money, price } from "../formats.js";
import { label } from "./time.js";
import { nearest } from "./levels.js";

const NAMES = { ema8: "EMA 8", ema21: "EMA 21", vwap: "VWAP", rsi: "RSI", macd: "MACD" };

/** Show a bar and what stands beside it. */
export function showLegend(node, { bar, before, lines, levels, frame, hasVolume }) {
  node.replaceChildren(row([text(label(bar.time, frame)), ...prices(bar), moved(bar, before), volume(bar, hasVolume)]));
  if (lines.length) node.append(row(lines.map(([name, value]) => overlay(name, value))));
  const near = nearest(levels, bar.close);
  if (near) node.append(row([pair(`Nearest level ${near.name},`, away(near.distance))]));
}

/** The same in a sentence, to be spoken on demand. */
export function spoken({ bar, lines, frame, hasVolume }) {
  const values = lines.map(([name, value]) => `${NAMES[name]} ${value.toFixed(2)}`);
  const traded = hasVolume ? [`volume ${compact(bar.volume)}`] : [];
  const parts = [`open ${bar.open.toFixed(2)}`, `high ${bar.high.toFixed(2)}`, `low ${bar.low.toFixed(2)}`, `close ${bar.close.toFixed(2)}`];
  return [label(bar.time, frame), ...parts, ...traded, ...values].join(", ");
}

function prices(bar) {
  return [["O", bar.open], ["H", bar.high], ["L", bar.low], ["C", bar.close]].map(([name, value]) => pair(name, money(value)));
}

function moved(bar, before) {
  const from = before?.close ?? bar.open;
  const { token, shape } = direction(bar.close - from);
  const node = text(`${shape} ${change(bar.close - from)} (${changePercent(((bar.close - from) / from) * 100)})`);
  node.className = token;
  return node;
}

function volume(bar, hasVolume) {
  const node = pair("Vol", compact(bar.volume) ?? "");
  if (!hasVolume) node.querySelector("b").replaceChildren(dash("an index has no volume"));
  return node;
}

function overlay(name, value) {
  const node = pair(NAMES[name], price(value));
  node.classList.add("key");
  node.prepend(Object.assign(document.createElement("i"), { className: `swatch ${name}` }));
  return node;
}

// A level is where the price may go, so it is said from the price.
function away(distance) {
  return `${price(Math.abs(distance))} pts ${distance < 0 ? "below" : "above"}`;
}

function pair(name, value) {
  const node = text(`${name} `);
  node.append(Object.assign(document.createElement("b"), { textContent: value }));
  return node;
}

function text(content) {
  return Object.assign(document.createElement("span"), { textContent: content });
}

function row(nodes) {
  const node = document.createElement("div");
  node.append(...nodes);
  return node;
}
