// The list of tracked setups: live rows arrive, change and leave one by one; the list itself is never fetched again.

import { behaviour, mount, unmount } from "./page.js";
import { getPartial } from "./http.js";
import { paintRow } from "./tracked_row.js";
import { bindActions } from "./tracked_actions.js";
import { bindBulk } from "./tracked_bulk.js";
import { bindNotes, isEditing } from "./tracked_notes.js";
import * as prices from "./prices.js";

const LEAVES_AFTER_MS = 5000;
const QUIET_MS = 1500;
const LOOK_AGAIN_MS = 500;

/** Bind the panel. */
export function start() {
  behaviour("[data-tracked]", (node) => new List(node).bind());
}

/** The rows on the page and what is asked about them. */
export class List {
  constructor(node) {
    this.node = node;
    this.rows = node.querySelector("[data-list]");
    this.movedAt = -Infinity;
    this.queue = [];
    // How to take back the trader's own changes. Kept here, because the change also comes back as an event.
    this.undos = new Map();
    this.timers = new Set();
  }

  bind() {
    const hear = ({ detail }) => this.hear(detail);
    document.addEventListener("coach:setup", hear);
    const stopWatching = prices.watch((price) => this.priced(price));
    this.rows.addEventListener("pointermove", () => (this.movedAt = Date.now()));
    const looking = setInterval(() => this.insertWaiting(), LOOK_AGAIN_MS);
    bindActions(this);
    bindNotes(this);
    bindBulk(this);
    this.showLinked();
    return () => {
      document.removeEventListener("coach:setup", hear);
      stopWatching();
      clearInterval(looking);
      for (const timer of this.timers) clearTimeout(timer);
    };
  }

  /** The row of a setup, null when it is not on the page. */
  row(id) {
    return this.rows.querySelector(`[data-row="${CSS.escape(id)}"]`);
  }

  hear({ type, data }) {
    const id = data.trackedSetupId ?? data.setupId;
    if (type === "setup_changed" && data.status === null) {
      this.remove(this.row(id));
      this.recount();
    } else if (id) this.load(id);
  }

  /** Fetch one row and put it where it belongs. */
  async load(id) {
    const partial = await getPartial(`${this.node.dataset.rows}?ids=${id}&status=${this.node.dataset.filter}`).catch(() => null);
    if (!partial) return;
    this.counts(partial.querySelector("[data-counts]"));
    const fresh = partial.querySelector("[data-row]");
    const shown = this.row(id);
    if (fresh && shown) this.replace(shown, fresh);
    else if (fresh && this.belongs(fresh)) this.queue.push(fresh);
    this.insertWaiting();
  }

  /** Ask how many setups each filter holds now. */
  async recount() {
    const partial = await getPartial(`${this.node.dataset.rows}?ids=`).catch(() => null);
    if (partial) this.counts(partial.querySelector("[data-counts]"));
  }

  counts(node) {
    if (!node) return;
    for (const [status, count] of Object.entries(JSON.parse(node.dataset.counts))) {
      const cell = this.node.querySelector(`[data-count="${status}"]`);
      if (cell) cell.textContent = count;
    }
  }

  belongs(row) {
    const { filter, symbolFilter } = this.node.dataset;
    return (filter === "all" || filter === row.dataset.status) && (!symbolFilter || symbolFilter === row.dataset.live);
  }

  replace(shown, fresh) {
    if (isEditing(shown)) {
      this.say(shown, "Changed elsewhere. Your note is kept; save it or cancel to see the change.");
      return;
    }
    const focused = shown.contains(document.activeElement) ? document.activeElement.dataset.testid : null;
    fresh.querySelector("[data-pick]").checked = shown.querySelector("[data-pick]").checked;
    unmount(shown);
    shown.replaceWith(fresh);
    this.settle(fresh);
    if (focused) (fresh.querySelector(`[data-testid="${focused}"]`) ?? fresh.querySelector("button, a")).focus({ preventScroll: true });
    if (this.belongs(fresh)) this.undos.delete(fresh.dataset.row);
    else this.leave(fresh);
  }

  settle(row) {
    mount(row);
    const price = prices.last(row.dataset.live);
    if (price) paintRow(row, price);
  }

  insertWaiting() {
    // Nothing moves under a pointer that is in use, or while a note is being written.
    const busy = Date.now() - this.movedAt < QUIET_MS || this.rows.querySelector("[data-notes-form]");
    if (busy || !this.queue.length) return;
    for (const row of this.queue.splice(0)) {
      if (this.row(row.dataset.row)) continue;
      row.classList.add("arrived");
      this.rows.prepend(row);
      this.settle(row);
    }
    this.filled();
  }

  leave(row) {
    const undo = this.undos.get(row.dataset.row);
    row.classList.add("leaving");
    this.say(row, "Moved out of this filter.", undo && { label: "Undo", run: undo });
    this.after(LEAVES_AFTER_MS, () => row.isConnected && this.remove(row));
  }

  /** Take a row off the page and give its focus to its neighbour. */
  remove(row) {
    if (!row) return;
    const next = row.nextElementSibling ?? row.previousElementSibling;
    const focused = row.contains(document.activeElement);
    this.undos.delete(row.dataset.row);
    unmount(row);
    row.remove();
    if (focused) (next?.querySelector("a, button") ?? this.node.querySelector("h1")).focus({ preventScroll: true });
    this.filled();
  }

  /** Say something on a row, with at most one thing to do about it. */
  say(row, text, action = null) {
    const line = row.querySelector("[data-message]");
    line.replaceChildren(text);
    if (action) {
      const button = Object.assign(document.createElement("button"), { type: "button", className: "button small", textContent: action.label });
      button.dataset.testid = "undo";
      button.addEventListener("click", action.run, { once: true });
      line.append(button);
    }
    line.hidden = !text;
  }

  after(ms, run) {
    const timer = setTimeout(() => (this.timers.delete(timer), run()), ms);
    this.timers.add(timer);
  }

  filled() {
    this.node.querySelector("[data-empty]").hidden = this.rows.childElementCount > 0;
    this.node.dispatchEvent(new CustomEvent("coach:rows"));
  }

  priced(price) {
    for (const row of this.rows.querySelectorAll(`[data-live="${CSS.escape(price.symbol)}"]`)) paintRow(row, price);
  }

  showLinked() {
    const row = location.hash.startsWith("#setup-") && document.getElementById(location.hash.slice(1));
    if (!row) return;
    row.classList.add("arrived");
    row.scrollIntoView({ block: "center" });
  }
}
