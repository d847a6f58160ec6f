// The symbol combobox: type to search, arrows to choose, Enter to take; an unknown symbol is refused with a reason.

import { behaviour } from "./page.js";
import { cleaned, exists, searcher } from "./symbol_source.js";
import { go } from "./panels.js";

const DEBOUNCE_MS = 300;

/** Bind every box; choosing sends `coach:symbol`, and the box of the shell opens it where one is, or else its chart. */
export function start() {
  behaviour("[data-symbol-box]", (node) => new Box(node).bind());
  document.addEventListener("coach:symbol", (event) => {
    if (event.target.dataset.symbolBox !== "chart") return;
    // The chart's keys work at once; panels.js gives the focus to the heading.
    document.activeElement.blur();
    go(addressOf(event.target, event.detail));
  });
}

// A panel of one symbol says where another one is shown.
function addressOf(box, symbol) {
  const here = document.querySelector("[data-panel][data-symbol-address]");
  const frame = document.querySelector("[data-chart]")?.dataset.frame;
  const address = new URL(here?.dataset.symbolAddress ?? box.querySelector("form").action, location.href);
  address.searchParams.set("symbol", symbol);
  if (frame) address.searchParams.set("tf", frame);
  return address.pathname + address.search;
}

class Box {
  constructor(node) {
    this.node = node;
    this.input = node.querySelector("[role=combobox]");
    this.list = node.querySelector("[role=listbox]");
    this.error = node.querySelector("[data-symbol-error]");
    this.find = searcher((node.dataset.known ?? "").split(",").filter(Boolean));
    this.active = -1;
    this.timer = null;
  }

  bind() {
    const stop = new AbortController();
    const options = { signal: stop.signal };
    this.input.addEventListener("input", () => this.typed(), options);
    this.input.addEventListener("focus", () => this.look(0), options);
    this.input.addEventListener("keydown", (event) => this.key(event), options);
    this.input.addEventListener("blur", () => this.close(), options);
    this.node.querySelector("form").addEventListener("submit", (event) => event.preventDefault(), options);
    // Before blur, or the list would be gone when the click comes.
    this.list.addEventListener("pointerdown", (event) => this.press(event), options);
    return () => {
      clearTimeout(this.timer);
      stop.abort();
    };
  }

  typed() {
    const text = cleaned(this.input.value);
    if (text !== this.input.value) this.input.value = text;
    this.refuse("");
    this.look(DEBOUNCE_MS);
  }

  look(wait) {
    clearTimeout(this.timer);
    this.timer = setTimeout(async () => {
      const found = await this.find(this.input.value);
      if (found && document.activeElement === this.input) this.show(found);
    }, wait);
  }

  show({ groups, notice }) {
    this.active = -1;
    this.list.replaceChildren(...groups.map(([label, results]) => this.group(label, results)));
    if (notice) this.list.append(this.element("p", "symbol-note", notice));
    this.list.hidden = false;
    this.input.setAttribute("aria-expanded", "true");
    this.mark();
  }

  group(label, results) {
    const group = this.element("div");
    group.setAttribute("role", "group");
    group.setAttribute("aria-label", label);
    const title = this.element("div", "symbol-group", label);
    title.setAttribute("aria-hidden", "true");
    group.append(title, ...results.map((result) => this.option(result)));
    return group;
  }

  option({ symbol, name, exchange }) {
    const option = this.element("div", "symbol-option");
    option.setAttribute("role", "option");
    option.id = `${this.list.id}-${symbol.replace(/[^A-Z0-9]/g, "_")}`;
    option.dataset.symbol = symbol;
    option.dataset.testid = `option-${symbol}`;
    option.append(this.element("b", "", symbol), this.element("span", "", name), this.element("small", "", exchange ?? ""));
    return option;
  }

  options() {
    return [...this.list.querySelectorAll("[role=option]")];
  }

  key(event) {
    const options = this.options();
    const open = !this.list.hidden && options.length;
    const moves = { ArrowDown: this.active + 1, ArrowUp: this.active - 1, Home: 0, End: options.length - 1 };
    if (open && event.key in moves && !(this.active < 0 && ["Home", "End"].includes(event.key))) {
      event.preventDefault();
      this.active = (moves[event.key] + options.length) % options.length;
      this.mark();
    } else if (event.key === "ArrowDown") this.look(0);
    else if (event.key === "Enter") this.enter(event, options[this.active]);
    else if (event.key === "Escape") this.escape(event);
  }

  mark() {
    this.options().forEach((option, index) => option.setAttribute("aria-selected", String(index === this.active)));
    const chosen = this.options()[this.active];
    chosen?.scrollIntoView({ block: "nearest" });
    if (chosen) this.input.setAttribute("aria-activedescendant", chosen.id);
    else this.input.removeAttribute("aria-activedescendant");
  }

  enter(event, chosen) {
    event.preventDefault();
    const typed = this.input.value;
    const exact = this.options().find((option) => option.dataset.symbol === typed);
    const option = chosen ?? exact;
    if (option) this.take(option.dataset.symbol);
    else if (typed) this.validate(typed);
  }

  async validate(symbol) {
    this.node.setAttribute("aria-busy", "true");
    try {
      if (await exists(symbol)) this.take(symbol);
      else this.refuse(`${symbol} is not a symbol the market data provider knows.`);
    } catch (problem) {
      this.refuse(problem.message);
    } finally {
      this.node.removeAttribute("aria-busy");
    }
  }

  take(symbol) {
    this.input.value = "";
    this.close();
    this.refuse("");
    this.node.dispatchEvent(new CustomEvent("coach:symbol", { bubbles: true, detail: symbol }));
  }

  refuse(reason) {
    this.error.textContent = reason;
    this.error.hidden = !reason;
    this.input.toggleAttribute("aria-invalid", Boolean(reason));
    if (!reason) return;
    this.input.setAttribute("aria-invalid", "true");
    this.close();
  }

  press(event) {
    const option = event.target.closest("[role=option]");
    event.preventDefault();
    if (option) this.take(option.dataset.symbol);
  }

  escape(event) {
    if (this.list.hidden && !this.input.value) this.input.blur();
    event.stopPropagation();
    this.input.value = "";
    this.refuse("");
    this.close();
  }

  close() {
    clearTimeout(this.timer);
    this.list.hidden = true;
    this.input.setAttribute("aria-expanded", "false");
    this.input.removeAttribute("aria-activedescendant");
  }

  element(name, className = "", text = "") {
    return Object.assign(document.createElement(name), { className, textContent: text });
  }
}
