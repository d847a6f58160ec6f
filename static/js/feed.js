// Adds new detections on top of a feed; a feed that holds them offers them behind a bar first.

import { behaviour, mount } from "./page.js";
import { getPartial } from "./http.js";

const POLL_MS = 15_000;

/** Bind every feed on the page. */
export function start() {
  behaviour("[data-feed]", (node) => new Feed(node).bind());
}

class Feed {
  constructor(node) {
    this.node = node;
    this.card = node.closest(".card");
    this.bar = this.card.querySelector("[data-feed-new]");
    this.waiting = [];
    this.asking = false;
  }

  bind() {
    const timer = setInterval(() => !document.hidden && this.ask(), POLL_MS);
    const hear = ({ detail }) => detail.type === "setup_detected" && this.ask();
    document.addEventListener("coach:setup", hear);
    this.bar?.addEventListener("click", () => this.release());
    return () => {
      clearInterval(timer);
      document.removeEventListener("coach:setup", hear);
    };
  }

  async ask() {
    if (this.asking) return;
    this.asking = true;
    try {
      const partial = await getPartial(this.address());
      this.take([...partial.querySelectorAll("[data-detection]")].filter((row) => !this.has(row)));
    } catch {
      // The next round asks again; the connection chip says when nothing can be had.
    } finally {
      this.asking = false;
    }
  }

  address() {
    const address = new URL(this.node.dataset.feed, location.origin);
    const newest = this.waiting[0] ?? this.node.firstElementChild;
    if (newest) address.searchParams.set("after", newest.dataset.at);
    if (this.node.dataset.feedDetail) address.searchParams.set("detail", "true");
    return address;
  }

  has(row) {
    const id = CSS.escape(row.dataset.detection);
    return this.waiting.some((other) => other.dataset.detection === row.dataset.detection) || this.node.querySelector(`[data-detection="${id}"]`);
  }

  take(rows) {
    if (!rows.length) return;
    this.waiting.unshift(...rows);
    if (!this.node.dataset.feedHold || !this.node.childElementCount) this.release();
    else this.offer();
  }

  offer() {
    this.bar.textContent = `${this.waiting.length} new`;
    this.bar.hidden = false;
  }

  release() {
    for (const row of this.waiting) row.classList.add("arrived");
    this.node.prepend(...this.waiting);
    this.waiting.forEach(mount);
    this.waiting = [];
    if (this.bar) this.bar.hidden = true;
    this.trim();
    this.count();
  }

  trim() {
    const limit = Number(this.node.dataset.feedLimit || Infinity);
    while (this.node.childElementCount > limit) this.node.lastElementChild.remove();
  }

  count() {
    this.card.querySelector("[data-feed-empty]").hidden = this.node.childElementCount > 0;
    const count = this.card.querySelector("[data-feed-count]");
    if (count) count.textContent = this.node.childElementCount;
  }
}
