// Paints live prices into the cells that show them, and asks by HTTP while the socket is down.

import { behaviour } from "./page.js";
import * as socket from "./socket.js";
import * as formats from "./formats.js";
import { getJson } from "./http.js";
import { mark, overdue } from "./staleness.js";

const POLL_MS = 60_000;
const FLASH_MS = 700;
const LOOK_FOR_STALE_MS = 5000;

const holders = new Map();
const latest = new Map();
const watchers = new Set();

/** Call `watcher(price)` for every price that arrives; returns how to stop. */
export function watch(watcher) {
  watchers.add(watcher);
  return () => watchers.delete(watcher);
}

/** The last price heard of a symbol, undefined before the first. */
export function last(symbol) {
  return latest.get(symbol);
}

/** Follow every `data-live` node for as long as it is on the page. */
export function start() {
  behaviour("[data-live]", follow);
  socket.on("price", (frame) => heard(fromFrame(frame)));
  setInterval(poll, POLL_MS);
  setInterval(age, LOOK_FOR_STALE_MS);
}

function follow(node) {
  const symbol = node.dataset.live;
  const nodes = holders.get(symbol) ?? new Set();
  holders.set(symbol, nodes.add(node));
  const release = socket.hold({ symbols: [symbol] });
  return () => {
    nodes.delete(node);
    release();
  };
}

function fromFrame(frame) {
  const unknown = frame.unavailable ?? [];
  const member = (name) => (unknown.includes(name) ? null : frame[name]);
  return {
    symbol: frame.symbol,
    price: frame.price,
    change: member("change"),
    changePct: member("changePct"),
    volume: member("volume"),
    at: new Date(frame.timestamp),
    stale: Boolean(frame.stale),
    delayed: Boolean(frame.delayed),
  };
}

async function poll() {
  const wanted = [...holders].filter(([, nodes]) => nodes.size).map(([symbol]) => symbol);
  if (socket.state().name === "live" || !wanted.length || document.hidden) return;
  const address = `${document.documentElement.dataset.prices}?symbols=${encodeURIComponent(wanted.join(","))}`;
  const { prices } = await getJson(address).catch(() => ({ prices: [] }));
  for (const price of prices) heard({ ...price, at: new Date(price.at) });
}

// Without a frame nobody says that a price is stale: a feed that has died is silent.
function age() {
  for (const price of latest.values()) if (!price.stale && overdue(price.heardAt)) apply({ ...price, stale: true });
}

function heard(price) {
  apply({ ...price, heardAt: Date.now() });
}

function apply(price) {
  const before = latest.get(price.symbol)?.price;
  latest.set(price.symbol, price);
  for (const node of holders.get(price.symbol) ?? []) paint(node, price, before);
  for (const watcher of watchers) watcher(price);
  tellPlan();
}

// One late price is enough to say that the plan's data are late; prices that are not say nothing of those off this page.
function tellPlan() {
  const late = [...latest.values()].some((price) => price.delayed);
  if (!late) return;
  for (const node of document.querySelectorAll("[data-delayed-plan]")) node.removeAttribute("hidden");
}

function paint(node, price, before) {
  for (const cell of node.querySelectorAll("[data-cell]")) {
    // A live row may hold rows of other symbols.
    if (cell.closest("[data-live]") === node) PAINTERS[cell.dataset.cell]?.(cell, price, before);
  }
  node.classList.toggle("old", price.stale);
  node.querySelector("[data-feed-note]")?.toggleAttribute("hidden", !price.stale);
  node.querySelector("[data-live-word]")?.toggleAttribute("hidden", price.stale || price.delayed);
  for (const tag of node.querySelectorAll("[data-delayed]")) {
    if (tag.closest("[data-live]") === node) tag.toggleAttribute("hidden", !price.delayed);
  }
}

const PAINTERS = {
  price(cell, price, before) {
    cell.textContent = formats.money(price.price);
    mark(cell, price);
    if (before !== undefined && before !== price.price) flash(cell, price.price > before);
  },
  change(cell, price) {
    const { token, shape, word } = formats.direction(price.change);
    cell.className = `change ${token}`;
    if (price.change === null) {
      cell.replaceChildren(formats.dash("no previous close"));
      return;
    }
    const text = `${formats.change(price.change)} (${formats.changePercent(price.changePct)})`;
    cell.replaceChildren(formats.hidden(shape, "shape"), formats.readable(`${word} `), text);
  },
  at(cell, price) {
    cell.textContent = formats.clock(price.at);
  },
};

function flash(cell, up) {
  const name = up ? "flash-up" : "flash-down";
  cell.classList.remove("flash-up", "flash-down");
  cell.classList.add(name);
  setTimeout(() => cell.classList.remove(name), FLASH_MS);
}
