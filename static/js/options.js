// The options panel: the chain refreshes itself, changed cells flash once, a contract opens in the drawer.

import { behaviour } from "./page.js";
import { confirm } from "./dialogs.js";
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
    this.node.addEventListener("coach:card", () => this.tellFacts());
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
    } else if (event.target.closest("[data-add-position]")) this.add(event.target.closest("[data-add-position]"));
    else if (event.target.closest("[data-refresh-chain]")) this.update({ told: true });
    else if (event.target.closest("[data-card-switch]")) this.turn(event.target.closest("[data-card-switch]"));
  }

  async turn(button) {
    const on = button.getAttribute("aria-pressed") !== "true";
    this.showCard(button, on);
    try {
      await this.keep();
    } catch (problem) {
      this.showCard(button, !on);
      toast({ text: "The switch could not be saved", detail: problem.message, token: "warn" });
    }
  }

  showCard(button, on) {
    button.setAttribute("aria-pressed", String(on));
    button.querySelector("[data-switch-word]").textContent = on ? "On" : "Off";
    const card = this.node.querySelector(`[data-card="${button.dataset.cardSwitch}"]`);
    card.hidden = !on;
    if (on) card.dispatchEvent(new CustomEvent("coach:shown"));
    this.tellFacts();
  }

  // What the cards know of the whole symbol stands beside its price as well.
  tellFacts() {
    const told = [...this.node.querySelectorAll("[data-card]:not([hidden]) [data-header-fact]")].map((source) => {
      const text = source.dataset.headerFact || source.textContent;
      return Object.assign(document.createElement("span"), { className: source.className, textContent: text });
    });
    this.node.querySelector("[data-header-facts]").replaceChildren(...told);
  }

  async open(address) {
    try {
      this.drawer.replaceChildren(await getPartial(address));
      this.drawer.showModal();
    } catch (problem) {
      toast({ text: "This contract could not be read", detail: problem.message, token: "warn" });
    }
  }

  // The key is the drawer's: asked twice, it is stored once.
  async add(button) {
    const { key, body } = JSON.parse(button.querySelector("script").textContent);
    const yes = await confirm({ title: "Add to positions?", text: button.dataset.asks, yes: "Add" });
    if (!yes) return;
    button.setAttribute("aria-busy", "true");
    const told = this.drawer.querySelector("[data-added]");
    try {
      await send("POST", "/api/positions", body, { "Idempotency-Key": key });
      const link = Object.assign(document.createElement("a"), { href: button.dataset.positions, textContent: "Open positions" });
      told.replaceChildren("Added and watched from now on. ", link);
      // What is hidden takes no focus, and the button that had it goes.
      told.hidden = false;
      button.remove();
      link.focus();
    } catch (problem) {
      told.textContent = `Not added: ${problem.message}`;
      told.hidden = false;
      button.removeAttribute("aria-busy");
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
      this.tellPrice();
    } catch (problem) {
      // What is shown stays, with its age on it.
      if (told) toast({ text: "The chain could not be refreshed", detail: problem.message, token: "warn" });
    } finally {
      this.busy = false;
    }
  }

  // Where no feed knows the symbol its price is the one that the chain was read with.
  tellPrice() {
    const told = this.chain.querySelector("template[data-header-price]");
    const shown = this.node.querySelector("[data-with-chain]");
    if (told && shown) shown.parentElement.replaceChildren(told.content.cloneNode(true));
  }

  // The page keeps its place; only the box of the chain scrolls to the money.
  centre() {
    const scroll = this.node.querySelector(".chain-scroll");
    const row = scroll?.querySelector("tr.atm");
    if (row) scroll.scrollTop = row.offsetTop - (scroll.clientHeight - row.offsetHeight) / 2;
  }

  // What is kept for a panel is replaced as a whole.
  keep() {
    const switches = [...this.node.querySelectorAll("[data-card-switch]")];
    const cards = switches.map((button) => [button.dataset.cardSwitch, button.getAttribute("aria-pressed") === "true"]);
    const columns = this.node.dataset.shownColumns.trim().split(" ");
    return send("PATCH", this.node.dataset.prefsApi, { ui: { options: { ...Object.fromEntries(cards), columns } } });
  }

  async keepColumns() {
    const boxes = [...this.node.querySelectorAll("[data-columns] input")];
    this.node.dataset.shownColumns = boxes.filter((box) => box.checked).map((box) => box.value).join(" ");
    try {
      await this.keep();
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
