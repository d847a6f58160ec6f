// The heatmap panel: numbers from the page, refreshed by themselves; modes, zoom and selection stay as they are.

import { getPartial, send } from "../http.js";
import { announce, toast } from "../toast.js";
import { bindKeys, bindPointer } from "./gestures.js";
import { Grid } from "./grid.js";
import { MODES } from "./modes.js";
import { Pane } from "./pane.js";
import { Plot, strikeText } from "./plot.js";
import { makeRamp, showBar } from "./ramp.js";
import { makeScale } from "./scale.js";
import { fillTable } from "./table.js";
import * as windows from "./window.js";

const EVERY_MS = 60_000;
const STEP = 1.5;

/** Open the heatmap of a panel; returns how to close it. */
export function open(node) {
  const panel = new Heatmap(node);
  return node.querySelector("[data-plot]") ? panel.start() : null;
}

class Heatmap {
  constructor(node) {
    this.node = node;
    this.form = node.querySelector("[data-heat-form]");
    this.chosen = { mode: node.dataset.mode, scale: node.dataset.scale };
    this.cursor = null;
    this.abort = new AbortController();
  }

  find(name) {
    return this.node.querySelector(`[data-${name}]`);
  }

  start() {
    this.plot = new Plot(this.find("plot"));
    this.pane = new Pane(this.find("pane"), this.node.dataset.cellSource);
    this.take();
    this.bind();
    const timer = setInterval(() => document.visibilityState === "visible" && this.load(), EVERY_MS);
    const watch = new ResizeObserver(() => this.draw());
    watch.observe(this.find("plot"));
    return () => {
      clearInterval(timer);
      watch.disconnect();
      this.abort.abort();
    };
  }

  bind() {
    const { signal } = this.abort;
    this.form.addEventListener("change", () => this.changed());
    this.form.addEventListener("submit", (event) => event.preventDefault());
    this.node.addEventListener("click", (event) => this.clicked(event), { signal });
    bindPointer(this.find("plot"), this);
    bindKeys(this.find("plot"), this);
    this.find("plot").addEventListener("focus", () => this.cursor || this.home({ quietly: true }));
  }

  clicked(event) {
    const button = event.target.closest("a[data-choose], button");
    if (button?.dataset.choose && !event.ctrlKey && !event.metaKey) {
      event.preventDefault();
      this.choose(button.dataset.choose, button.dataset.value);
    } else if (button?.dataset.zoom) this.zoomButton(button.dataset.zoom);
    else if (button?.matches("[data-refresh]")) this.load({ told: true });
    else if (button?.matches("[data-table-toggle]")) this.toggleTable(button);
    else if (button?.matches("[data-unpin]")) this.unpin();
  }

  // Numbers

  /** Read what the page carries and show it, with the strikes and the cell that were in sight. */
  take() {
    const fresh = new Grid(JSON.parse(this.node.querySelector("#heatmap-data").textContent));
    this.seen = this.grid ? windows.carried(this.seen, this.grid.strikes, fresh.strikes) : windows.whole(fresh.strikes.length);
    const named = this.cursor && this.grid.name(this.cursor);
    this.grid = fresh;
    this.cursor = named && fresh.find(named);
    this.shade();
    this.read();
  }

  async load({ told = false } = {}) {
    const asked = (this.asked = {});
    const frame = this.find("frame");
    frame.dataset.state = told ? "loading" : frame.dataset.state;
    try {
      const query = new URLSearchParams({ ...this.counts(), ...(told ? { fresh: 1 } : {}) });
      const numbers = await getPartial(`${this.node.dataset.source}&${query}`, { signal: this.abort.signal });
      if (this.asked !== asked) return;
      this.find("numbers").replaceChildren(numbers);
      this.take();
      if (this.pane.name) this.pane.show(this.pane.name, this.counts());
    } catch (problem) {
      // What is shown stays, with its age on it.
      if (told && problem.name !== "AbortError") toast({ text: "The heatmap could not be refreshed", detail: problem.message, token: "warn" });
    } finally {
      if (this.asked === asked) frame.dataset.state = "ready";
    }
  }

  changed() {
    this.keep();
    this.load({ told: true });
  }

  counts() {
    const { expirations, strikes } = this.form.elements;
    return { expirations: expirations.value, strikes: strikes.value };
  }

  // Modes and scales

  choose(what, value) {
    this.chosen[what] = value;
    this.form.elements[what].value = value;
    for (const link of this.node.querySelectorAll(`[data-choose="${what}"]`)) {
      link.toggleAttribute("aria-current", link.dataset.value === value);
      if (link.dataset.value === value) link.setAttribute("aria-current", "true");
    }
    this.keep();
    this.shade();
    this.read();
  }

  async keep() {
    const { expirations, strikes } = this.counts();
    const chosen = { ...this.chosen, expirations: Number(expirations), strikes: Number(strikes) };
    const query = new URLSearchParams({ symbol: this.node.dataset.symbol, ...chosen });
    history.replaceState(history.state, "", `${location.pathname}?${query}`);
    try {
      await send("PATCH", this.node.dataset.prefsApi, { ui: { heatmap: chosen } });
    } catch (problem) {
      toast({ text: "The view could not be saved", detail: problem.message, token: "warn" });
    }
  }

  get mode() {
    return MODES[this.chosen.mode];
  }

  get values() {
    return this.grid.values(this.chosen.mode);
  }

  /** Colour the values of the mode anew. */
  shade() {
    const rank = this.chosen.scale === "rank";
    this.scale = makeScale(this.values, { signed: this.mode.signed, rank });
    this.ramp = makeRamp(this.mode.tokens);
    this.find("unit").textContent = `${this.mode.name}, ${this.mode.unit}${rank ? ", by rank" : ", 2nd to 98th percentile"}`;
    showBar(this.find("bar"), this.find("ticks"), this.ramp, this.scale, this.mode.print);
    this.table();
    this.draw();
  }

  draw() {
    cancelAnimationFrame(this.frame);
    this.frame = requestAnimationFrame(() => {
      const { grid, seen, mode, values, scale, ramp, cursor } = this;
      this.plot.draw({ grid, seen, mode, values, scale, ramp, cursor, pinned: grid.find(this.pane.name) });
      this.find("plot").dataset.lines = Math.round(seen.span);
    });
  }

  // Zoom, told by buttons, keys, wheel and fingers

  zoomButton(how) {
    if (how === "reset") this.reset();
    else if (how === "in") this.closer();
    else this.further();
  }

  closer() {
    this.zoomAt(STEP, this.middle());
  }

  further() {
    this.zoomAt(1 / STEP, this.middle());
  }

  reset() {
    this.seen = windows.whole(this.grid.strikes.length);
    this.draw();
  }

  /** About the pointer; says whether anything changed. */
  zoom(factor, y) {
    const { from, span } = this.seen;
    const share = (y - this.plot.y(from)) / (span * this.plot.lineHeight);
    return this.zoomAt(factor, from + Math.min(1, Math.max(0, share)) * span);
  }

  zoomAt(factor, at) {
    const before = this.seen;
    this.seen = windows.zoomed(before, this.grid.strikes.length, factor, at);
    this.draw();
    return this.seen.span !== before.span;
  }

  drag(pixels) {
    this.seen = windows.moved(this.seen, this.grid.strikes.length, -pixels / this.plot.lineHeight);
    this.draw();
  }

  // About the chosen cell while it is in sight, else about the spot.
  middle() {
    return this.cursor ? this.cursor.line + 0.5 : windows.lineOf(this.grid.strikes, this.grid.data.spot);
  }

  // Cells

  point(x, y) {
    const found = this.plot.hit(x, y);
    if (found) this.read(found);
  }

  leave() {
    this.read();
  }

  press(x, y) {
    const found = this.plot.hit(x, y);
    if (!found || this.grid.index(found.line, found.column) === undefined) return;
    this.cursor = { line: found.line, column: found.column };
    this.pin();
  }

  step(lines, columns) {
    const here = this.cursor ?? this.nearSpot();
    const next = columns ? this.grid.nearest(here.line, here.column + columns) : this.grid.down(here, lines);
    this.moveTo(next ?? here);
  }

  home({ quietly = false } = {}) {
    this.moveTo(this.nearSpot(), quietly);
  }

  nearSpot() {
    return this.grid.nearest(Math.floor(windows.lineOf(this.grid.strikes, this.grid.data.spot)), this.cursor?.column ?? 0);
  }

  moveTo(cell, quietly = false) {
    this.cursor = cell;
    this.seen = windows.showing(this.seen, this.grid.strikes.length, cell.line);
    this.draw();
    this.read(cell);
    if (!quietly) announce(this.words(cell));
  }

  pin() {
    if (!this.cursor) return;
    this.show(this.grid.name(this.cursor));
    this.read(this.cursor);
  }

  async show(name) {
    const shown = this.pane.show(name, this.counts());
    this.draw();
    const generatedAt = await shown;
    // The map says what the pane says.
    if (generatedAt && generatedAt !== this.grid.data.generatedAt) await this.load();
  }

  unpin() {
    this.pane.clear();
    this.draw();
    this.find("plot").focus({ preventScroll: true });
  }

  read(cell = this.cursor) {
    if (cell) this.find("readout").textContent = this.words(cell);
  }

  words({ line, column }) {
    const { date, days } = this.grid.columns[column];
    const index = this.grid.index(line, column);
    const sides = { both: "call and put", call: "call only", put: "put only" }[this.grid.data.sides[index]] ?? "not listed";
    const value = index === undefined ? "" : `: ${this.mode.name} ${this.mode.print(this.values[index] ?? NaN) ?? "not known"}`;
    return `${strikeText(this.grid.strikes[line])}, ${date.slice(5, 7)}/${date.slice(8)} (${days}d), ${sides}${value}`;
  }

  toggleTable(button) {
    const open = this.find("table").classList.toggle("open");
    button.setAttribute("aria-expanded", String(open));
    this.table();
  }

  table() {
    const box = this.find("table");
    if (box.classList.contains("open")) fillTable(box.querySelector("table"), this.grid, this.mode, this.values);
  }
}
