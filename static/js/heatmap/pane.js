// The pane beside the map: call and put of the pinned cell, as the server prints them.

import { getPartial } from "../http.js";
import { toast } from "../toast.js";

export class Pane {
  constructor(node, source) {
    this.node = node;
    this.source = source;
    this.empty = [...node.childNodes];
    this.name = null;
  }

  /** Show a cell by its name; of two that are asked for the later one stays. Says when its numbers were made. */
  async show(name, counts) {
    this.name = name;
    try {
      const shown = await getPartial(`${this.source}&${new URLSearchParams({ ...name, ...counts })}`);
      if (this.name !== name) return null;
      const { generatedAt } = shown.querySelector("[data-generated-at]").dataset;
      this.put(shown);
      return generatedAt;
    } catch (problem) {
      if (this.name === name) toast({ text: "This cell could not be read", detail: problem.message, token: "warn" });
      return null;
    }
  }

  clear() {
    this.name = null;
    this.node.replaceChildren(...this.empty);
  }

  put(shown) {
    this.node.replaceChildren(shown);
    // Below the map it would open out of sight.
    if (matchMedia("(width < 1024px)").matches) this.node.scrollIntoView({ block: "nearest" });
  }
}
