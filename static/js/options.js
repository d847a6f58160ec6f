// The options panel: the chain refreshes itself, changed cells flash once, a contract opens in the drawer.

import { behaviour } from "./page.js";
import { getPartial, send } from "./http.js";
import { refresh } from "./panels.js";
import { toast } from "./toast.js";

const EVERY_MS = 30_000;

/** Bind the panel. */
export function start() {
  behaviour("[data-options]", (node) => new Options(node).bind());
}

class Options {
  constructor(node) {
    this.node = node;
    this.chain = node.querySelector("[data-chain]");
    this.drawer = node.querySelector("dialog.drawer");
  }

  bind() {
    this.node.addEventListener("click", (event) => this.clicked(event));
    this.node.querySelector("[data-columns]")?.addEventListener("change", () => this.keepColumns());
    this.node.querySelector("[data-focused]")?.scrollIntoView({ block: "center" });
    if (!this.node.querySelector("[data-focused]")) this.centre();
    const timer = setInterval(() => document.visibilityState === "visible" && this.update(), EVERY_MS);
    return () => clearInterval(timer);
  }

  clicked(event) {
    const link = event.target.closest("a[data-contract]");
    if (link && !event.ctrlKey && !event.metaKey) {
      event.preventDefault();
      this.open(link.href);
    } else if (event.target.closest("[data-refresh-chain]")) this.update({ told: true });
  }

  async open(address) {
    try {
      this.drawer.replaceChildren(await getPartial(address));
      this.drawer.showModal();
    } catch (problem) {
      toast({ text: "This contract could not be read", detail: problem.message, token: "warn" });
    }
  }

  async update({ told = false } = {}) {
    if (!this.chain || this.busy) return;
    this.busy = true;
    try {
      const fresh = await getPartial(this.chain.dataset.source);
      const before = cells(this.chain);
      const scroll = this.chain.querySelector(".chain-scroll");
      const { scrollTop, scrollLeft } = scroll;
      this.chain.replaceChildren(fresh);
      this.chain.querySelector(".chain-scroll").scrollTo(scrollLeft, scrollTop);
      flash(before, cells(this.chain));
    } catch (problem) {
      // What is shown stays, with its age on it.
      if (told) toast({ text: "The chain could not be refreshed", detail: problem.message, token: "warn" });
    } finally {
      this.busy = false;
    }
  }

  // The page keeps its place; only the box of the chain scrolls to the money.
  centre() {
    const scroll = this.node.querySelector(".chain-scroll");
    const row = scroll?.querySelector("tr.atm");
    if (row) scroll.scrollTop = row.offsetTop - (scroll.clientHeight - row.offsetHeight) / 2;
  }

  async keepColumns() {
    const boxes = [...this.node.querySelectorAll("[data-columns] input")];
    const columns = boxes.filter((box) => box.checked).map((box) => box.value);
    try {
      await send("PATCH", this.node.dataset.prefsApi, { ui: { options: { columns } } });
      refresh();
    } catch (problem) {
      toast({ text: "The columns could not be saved", detail: problem.message, token: "warn" });
    }
  }
}

// Text of each cell by contract and column.
function cells(chain) {
  const found = new Map();
  for (const row of chain.querySelectorAll("tbody tr")) {
    for (const [at, cell] of row.querySelectorAll("td[data-cell-key]").entries()) {
      found.set(`${row.dataset.strike ?? row.dataset.row} ${at}`, cell);
    }
  }
  return found;
}

function flash(before, after) {
  for (const [key, cell] of after) {
    const old = before.get(key);
    if (!old || old.textContent === cell.textContent) continue;
    const [was, is] = [old, cell].map((each) => Number(each.textContent.replace(/[^0-9.-]/g, "")));
    cell.classList.add(is < was ? "flash-down" : "flash-up");
  }
}
