// The analyzer's form: only the boxes of the chosen type are shown, and what is changed makes the result one of before.

import { behaviour } from "./page.js";

const NOT_OF_STOCK = ["expiry"];
const OF_STRUCTURES = ["quantity", "price", "expiry"];

/** Bind the panel. */
export function start() {
  behaviour("[data-analyzer]", (node) => new Analyzer(node).bind());
}

class Analyzer {
  constructor(node) {
    this.node = node;
    this.form = node.querySelector("[data-form]");
    this.type = this.form.elements.type;
  }

  bind() {
    this.showBoxes();
    this.said = this.whole();
    this.form.addEventListener("input", ({ target }) => this.changed(target));
    this.node.querySelector("[data-track]")?.addEventListener("submit", (event) => this.tracked(event));
    // What is wrong is where the keys go next.
    this.form.querySelector("[aria-invalid=true]")?.focus();
  }

  changed(target) {
    // The root belongs to the contract that the form was filled in from.
    if (target.name === "symbol") this.form.elements.root.value = "";
    if (target === this.type) this.showBoxes();
    this.tellAge();
  }

  // Back to what was analysed is the analysis again.
  tellAge() {
    const result = this.node.querySelector("[data-result]");
    const banner = result.querySelector("[data-outdated]");
    if (!banner) return;
    const outdated = this.whole() !== this.said;
    banner.hidden = !outdated;
    result.classList.toggle("outdated", outdated);
    const button = result.querySelector("[data-track-button]");
    if (button) button.disabled = outdated;
  }

  // A second press while the first is on its way sends nothing; the key in the form would store nothing twice anyway.
  tracked(event) {
    if (this.sent) event.preventDefault();
    this.sent = true;
    event.target.querySelector("[data-track-button]").setAttribute("aria-busy", "true");
  }

  whole() {
    return new URLSearchParams(new FormData(this.form)).toString();
  }

  showBoxes() {
    const { value, selectedOptions } = this.type;
    const strikes = Number(selectedOptions[0].dataset.strikes);
    for (const box of this.form.querySelectorAll("[data-strike-box]")) box.hidden = Number(box.dataset.strikeBox) > strikes;
    for (const box of this.form.querySelectorAll("[data-box]")) {
      const name = box.dataset.box;
      if (name === "legs") box.hidden = value !== "legs";
      else if (value === "legs") box.hidden = OF_STRUCTURES.includes(name);
      else box.hidden = value === "stock" && NOT_OF_STOCK.includes(name);
    }
    this.form.querySelector("[data-quantity-label]").textContent = value === "stock" ? "Shares" : "Contracts";
    this.form.querySelector("[data-condor-hint]").hidden = value !== "iron_condor";
  }
}
