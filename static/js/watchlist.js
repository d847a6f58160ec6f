// Edits a watchlist: chips with remove and arrows, add, paste, save or cancel; what is refused is named.

import { behaviour, mount, unmount } from "./page.js";
import { send } from "./http.js";
import { confirm } from "./dialogs.js";
import { go } from "./panels.js";
import * as prices from "./prices.js";
import * as formats from "./formats.js";

const API = "/api/watchlist";
const SYMBOL = /^[A-Z0-9._:-]{1,10}$/;

/** Bind the editor of the scanner. */
export function start() {
  behaviour("[data-watchlists]", (node) => new Editor(node).bind());
}

class Editor {
  constructor(node) {
    this.node = node;
    this.box = node.querySelector("[data-list]");
    this.chips = node.querySelector("[data-chips]");
    this.name = node.querySelector("[data-list-name]");
    this.save = node.querySelector("[data-save-list]");
    this.cancel = node.querySelector("[data-cancel-list]");
    this.limit = Number(this.box.dataset.limit);
    this.keep();
  }

  bind() {
    this.node.addEventListener("coach:symbol", (event) => {
      event.stopPropagation();
      this.add([event.detail]);
    });
    this.node.addEventListener("click", (event) => this.click(event));
    this.node.addEventListener("keydown", (event) => this.key(event));
    this.name.addEventListener("input", () => this.changed());
    this.save.addEventListener("click", () => this.store());
    this.cancel.addEventListener("click", () => this.restore());
    this.on("[data-paste-add]", () => this.paste());
    this.on("[data-new-list]", () => this.begin());
    this.on("[data-make-default]", () => this.makeDefault());
    this.on("[data-delete-list]", () => this.remove());
    return () => {};
  }

  on(selector, run) {
    this.node.querySelector(selector)?.addEventListener("click", run);
  }

  symbols() {
    return [...this.chips.children].map((chip) => chip.dataset.symbol);
  }

  keep() {
    this.stored = { name: this.name.value, symbols: this.symbols() };
  }

  click(event) {
    const chip = event.target.closest("[data-symbol]");
    if (!chip) return;
    if (event.target.closest("[data-remove]")) this.take(chip);
    const mover = event.target.closest("[data-move]");
    if (mover) this.move(chip, Number(mover.dataset.move), mover);
  }

  key(event) {
    const chip = event.target.closest("[data-symbol]");
    const steps = { ArrowLeft: -1, ArrowRight: 1 };
    if (chip && event.key in steps) this.move(chip, steps[event.key], event.target);
    if (chip && event.key === "Delete") this.take(chip);
    if (event.key === "Enter" && event.target.matches("[data-paste]")) this.paste();
  }

  take(chip) {
    const next = chip.nextElementSibling ?? chip.previousElementSibling;
    unmount(chip);
    chip.remove();
    (next?.querySelector("[data-remove]") ?? this.node.querySelector("[role=combobox]")).focus();
    this.changed();
  }

  move(chip, step, focus) {
    const other = step < 0 ? chip.previousElementSibling : chip.nextElementSibling;
    if (!other) return;
    if (step < 0) other.before(chip);
    else other.after(chip);
    focus.focus();
    this.changed();
  }

  add(texts) {
    const rejects = [];
    for (const text of texts) {
      const symbol = text.trim().toUpperCase();
      const reason = this.refusal(symbol);
      if (reason) rejects.push(`${text.trim() || "(empty)"}: ${reason}`);
      else this.append(symbol);
    }
    this.reject(rejects);
    this.changed();
  }

  refusal(symbol) {
    if (!SYMBOL.test(symbol)) return "not a symbol (up to ten of A-Z 0-9 . _ : -)";
    if (this.symbols().includes(symbol)) return "already on the list";
    return this.chips.childElementCount >= this.limit ? `the list is full (${this.limit})` : null;
  }

  append(symbol) {
    const chip = this.node.querySelector("[data-chip-template]").content.firstElementChild.cloneNode(true);
    chip.dataset.symbol = chip.dataset.live = symbol;
    chip.dataset.testid = `chip-${symbol}`;
    chip.querySelector("[data-name]").textContent = symbol;
    chip.querySelector("[data-cell]").replaceChildren(formats.money(prices.last(symbol)?.price) ?? formats.dash("no price has arrived yet"));
    for (const button of chip.querySelectorAll("button")) button.ariaLabel = button.ariaLabel.replace(/(Move|Remove) /, `$1 ${symbol}`);
    this.chips.append(chip);
    mount(chip);
  }

  paste() {
    const field = this.node.querySelector("[data-paste]");
    // Words between commas belong together, so that what is refused is named as it was typed.
    const between = /[,;\n]/.test(field.value) ? /[,;\n]/ : /\s+/;
    const texts = field.value.split(between).map((text) => text.trim()).filter(Boolean);
    if (!texts.length) return;
    field.value = "";
    this.add(texts);
  }

  reject(lines) {
    const box = this.node.querySelector("[data-rejects]");
    box.replaceChildren(...lines.map((text) => Object.assign(document.createElement("p"), { textContent: text })));
    box.hidden = !lines.length;
  }

  changed() {
    const now = JSON.stringify({ name: this.name.value, symbols: this.symbols() });
    const same = now === JSON.stringify(this.stored) && this.box.dataset.list;
    this.save.disabled = Boolean(same) || !this.chips.childElementCount || !this.name.value.trim();
    this.cancel.disabled = Boolean(same);
    this.node.querySelector("[data-count]").textContent = this.chips.childElementCount;
    this.node.querySelector("[data-saved]").hidden = true;
  }

  restore() {
    if (!this.box.dataset.list) {
      go(location.pathname);
      return;
    }
    unmount(this.chips, { content: true });
    this.chips.replaceChildren();
    this.name.value = this.stored.name;
    this.stored.symbols.forEach((symbol) => this.append(symbol));
    this.reject([]);
    this.changed();
  }

  begin() {
    unmount(this.chips, { content: true });
    this.chips.replaceChildren();
    this.box.dataset.list = "";
    this.name.value = "New list";
    this.name.select();
    this.name.focus();
    this.changed();
  }

  async store() {
    const body = { name: this.name.value.trim(), symbols: this.symbols() };
    const id = this.box.dataset.list;
    const made = await this.try(() => send(id ? "PUT" : "POST", id ? `${API}/${id}` : API, body));
    if (!made) return;
    if (!id) {
      go(`${location.pathname}?list=${made.watchlist.id}`);
      return;
    }
    this.keep();
    this.changed();
    this.node.querySelector("[aria-current]").firstChild.textContent = `${body.name} `;
    this.node.querySelector("[data-saved]").hidden = false;
  }

  async makeDefault() {
    const id = this.box.dataset.list;
    if (await this.try(() => send("PUT", `${API}/${id}`, { isDefault: true }))) go(`${location.pathname}?list=${id}`);
  }

  async remove() {
    const id = this.box.dataset.list;
    if (!id) return this.restore();
    const yes = await confirm({ title: `Delete ${this.stored.name}?`, text: "Its symbols stay on your other lists.", yes: "Delete" });
    if (yes && (await this.try(() => send("DELETE", `${API}/${id}`)))) go(location.pathname);
  }

  async try(act) {
    this.save.setAttribute("aria-busy", "true");
    try {
      return await act();
    } catch (problem) {
      this.reject(problem.issues?.length ? problem.issues : [problem.message]);
      return null;
    } finally {
      this.save.removeAttribute("aria-busy");
    }
  }
}
