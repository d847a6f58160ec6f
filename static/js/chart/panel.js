// The chart panel: data from the page, then live prices and a fresh copy each minute, drawn by its parts.

import { getJson } from "../http.js";
import { announce, toast } from "../toast.js";
import * as prices from "../prices.js";
import { folded, guarded } from "./data.js";
import { bindFrames, bindKeyboard } from "./keyboard.js";
import { showLegend, spoken } from "./legend.js";
import { Plot } from "./plot.js";
import { fillTable } from "./table.js";
import { Switches, snapshot } from "./toolbar.js";
import { Viewport } from "./viewport.js";

const RETRY_AFTER_MS = [3000, 6000];
const GEX_EVERY_MS = 300_000;

/** Open the chart of a panel; returns how to close it. */
export function open(node) {
  const panel = new Panel(node);
  panel.start();
  return () => panel.stop();
}

class Panel {
  constructor(node) {
    this.node = node;
    this.frame = node.dataset.frame;
    this.switches = new Switches(node);
    this.on = (name) => this.switches.on(name);
    this.plot = new Plot(this.find("plot"), this.frame);
    this.viewport = new Viewport(this.plot.chart, this.find("plot"));
    this.cursor = null;
    this.byKeyboard = false;
    this.stops = [];
    this.abort = new AbortController();
    this.retries = 0;
  }

  find(name) {
    return this.node.querySelector(`[data-${name}]`);
  }

  start() {
    this.take(JSON.parse(document.getElementById("chart-data").textContent));
    this.bind();
    this.stops.push(prices.watch((price) => this.priced(price)), bindFrames(this.node));
    bindKeyboard(this.find("plot"), { move: (bars) => this.move(bars), speak: () => this.speak() }, this.viewport);
    this.again();
    this.followGex();
  }

  stop() {
    this.abort.abort();
    clearTimeout(this.timer);
    clearTimeout(this.gexTimer);
    this.stops.forEach((stop) => stop());
    this.plot.remove();
  }

  bind() {
    this.switches.bind(() => {
      this.draw();
      this.followGex();
    });
    this.press("fit", () => this.viewport.fit());
    this.press("now", () => this.viewport.showFirst(this.data));
    this.press("snapshot", () => snapshot(this.plot.chart, `${this.node.dataset.symbol}-${this.frame}`));
    this.press("retry", () => this.load());
    this.press("table-toggle", () => this.toggleTable());
    this.find("levels-list").addEventListener("change", ({ target }) => {
      if (target.dataset.level) this.plot.levels.hide(target.dataset.level, !target.checked);
      // One switch in two menus: the indicators' is the one that is kept.
      else this.switches.press("levels");
      this.draw();
    });
    this.plot.chart.subscribeCrosshairMove(({ time, sourceEvent }) => {
      // What the keyboard points at stays until the pointer moves: zooming and new bars report a crosshair, too.
      if (!sourceEvent && this.byKeyboard) return;
      this.byKeyboard = false;
      this.pointed(time ?? null);
    });
    this.plot.chart.timeScale().subscribeVisibleTimeRangeChange(() => this.table());
  }

  press(name, run) {
    this.find(name).addEventListener("click", run);
  }

  /** Show what the server said; a failure keeps the bars that are there. */
  take(data) {
    if (data.state !== "error" || !this.data) this.data = { markers: [], ...data, bars: guarded(data.bars ?? []) };
    this.state(data);
    this.viewport.keeping(this.data, () => this.plot.draw(this.data, this.on));
    this.find("plot").dataset.markers = this.data.markers.length;
    this.legend();
    this.table();
  }

  state({ state, title = "", text = "" }) {
    const box = this.find("state");
    box.dataset.state = state;
    box.hidden = state === "ready" || (state === "error" && this.data.bars.length > 0);
    if (title) box.querySelector("[data-state-title]").textContent = title;
    if (text) box.querySelector("[data-state-text]").textContent = text;
    this.retries = state === "error" ? this.retries : 0;
    this.failed = state === "error";
  }

  again() {
    clearTimeout(this.timer);
    const wait = this.failed && this.retries < RETRY_AFTER_MS.length ? RETRY_AFTER_MS[this.retries++] : this.data.resyncMs;
    // A session that is over has no more bars to come.
    if (!wait) return;
    this.timer = setTimeout(() => (document.hidden ? this.again() : this.load()), wait);
  }

  async load() {
    try {
      this.take(await getJson(this.node.dataset.source, { signal: this.abort.signal }));
    } catch (problem) {
      if (problem.name === "AbortError" || this.abort.signal.aborted) return;
      this.state({ state: "error", title: "The chart could not be loaded", text: problem.message });
    }
    this.again();
  }

  /** Have the levels of gamma exposure while they are shown, anew every five minutes. */
  async followGex() {
    clearTimeout(this.gexTimer);
    if (!this.node.dataset.gex || !this.on("gex")) return;
    try {
      this.plot.gex.take(await getJson(this.node.dataset.gex, { signal: this.abort.signal }));
      this.node.dataset.gexLines = this.plot.gex.levels.length;
      this.draw();
    } catch (problem) {
      if (problem.name === "AbortError" || this.abort.signal.aborted) return;
      toast({ text: "The GEX levels could not be read", detail: problem.message, token: "warn" });
    }
    this.gexTimer = setTimeout(() => this.followGex(), GEX_EVERY_MS);
  }

  draw() {
    this.plot.draw(this.data, this.on);
    const shown = this.find("levels-shown");
    if (shown) shown.checked = this.on("levels");
    this.legend();
  }

  priced(price) {
    if (price.symbol !== this.node.dataset.symbol || !this.data.bars.length || price.stale) return;
    const bar = folded(this.data.bars, price, this.frame, this.data.session);
    if (!bar) return;
    this.plot.update(bar, this.data, this.on);
    if (this.cursor === null) this.legend();
  }

  pointed(time) {
    this.cursor = time;
    this.legend();
  }

  legend() {
    const facts = this.facts();
    if (facts) showLegend(this.find("legend"), facts);
  }

  facts() {
    const { bars, levels, hasVolume } = this.data;
    const found = this.cursor === null ? -1 : bars.findIndex((bar) => bar.time === this.cursor);
    const index = found < 0 ? this.resting() : found;
    if (index < 0) return null;
    const bar = bars[index];
    const shown = this.on("levels") ? levels : [];
    return { bar, before: bars[index - 1], lines: this.plot.lines.valuesAt(this.data, bar.time), levels: shown, frame: this.frame, hasVolume };
  }

  /** The bar that the legend reads while nobody points: the newest, or in a session that is over the trigger. */
  resting() {
    const { bars, markers, session } = this.data;
    return session || !markers.length ? bars.length - 1 : bars.findLastIndex((bar) => bar.time <= markers[0].time);
  }

  move(steps) {
    const { bars } = this.data;
    const here = this.cursor === null ? bars.length : bars.findIndex((bar) => bar.time === this.cursor);
    const bar = bars[Math.min(bars.length - 1, Math.max(0, here + steps))];
    if (!bar) return;
    this.viewport.hold();
    this.byKeyboard = true;
    this.plot.chart.setCrosshairPosition(bar.close, bar.time, this.plot.candles);
    this.pointed(bar.time);
  }

  speak() {
    const facts = this.facts();
    if (facts) announce(spoken(facts));
  }

  toggleTable() {
    const open = this.find("table").classList.toggle("open");
    this.find("table-toggle").setAttribute("aria-expanded", String(open));
    this.table();
  }

  table() {
    if (!this.find("table").classList.contains("open")) return;
    const seen = this.plot.chart.timeScale().getVisibleRange();
    const bars = seen ? this.data.bars.filter(({ time }) => time >= seen.from && time <= seen.to) : this.data.bars;
    fillTable(this.find("table").querySelector("tbody"), bars, this.frame, this.data.hasVolume);
  }
}
